import os
from collections.abc import Iterator

import psycopg
import pytest

from app.store import Store
from migrations.run import migrate


@pytest.fixture(scope="session", name="database_url")
def fixture_database_url() -> str:
    url = os.environ["DATABASE_URL"]
    migrate(url)
    return url


@pytest.fixture(name="store")
def fixture_store(database_url: str) -> Iterator[Store]:
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("truncate trade")
    yield Store(database_url, os.environ["REDIS_URL"])
