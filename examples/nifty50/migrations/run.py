"""Applies the SQL files that the database does not know yet, each whole or not at all."""

import os
from pathlib import Path

import psycopg

HERE = Path(__file__).parent


def migrate(database_url: str) -> list[str]:
    """The names of the files that were applied now."""
    applied = []
    with psycopg.connect(database_url, autocommit=True) as database:
        # Two programs that migrate at once wait for each other.
        database.execute("select pg_advisory_lock(50)")
        database.execute("create table if not exists migration (name text primary key)")
        for file in sorted(HERE.glob("*.sql")):
            with database.transaction():
                known = database.execute("select 1 from migration where name = %s", (file.name,))
                if known.fetchone() is None:
                    database.execute(file.read_text())
                    database.execute("insert into migration values (%s)", (file.name,))
                    applied.append(file.name)
    return applied


if __name__ == "__main__":
    print("applied:", ", ".join(migrate(os.environ["DATABASE_URL"])) or "nothing new")
