import json
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest


def call(method: str, path: str, body: object = None) -> tuple[int, dict]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = Request(os.environ["API_URL"] + path, data, headers, method=method)
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture(autouse=True)
def _empty(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as database:
        database.execute("truncate trade")


def test_the_service_is_ready_with_its_servers() -> None:
    status, body = call("GET", "/health/ready")
    assert (status, body["parts"]) == (200, {"database": "HEALTHY", "redis": "HEALTHY"})


def test_an_order_is_placed_at_the_quoted_price_until_the_position_is_full() -> None:
    call("PUT", "/quotes/RELIANCE", {"price": 1500})
    order = {"symbol": "RELIANCE", "quantity": 6, "confidence": 0.8}
    status, placed = call("POST", "/orders", order)
    assert (status, placed["price"]) == (201, 1500)
    status, refused = call("POST", "/orders", order)
    assert (status, refused["detail"]) == (422, "position 12, at most 10 is allowed")


def test_a_symbol_without_a_price_cannot_be_traded() -> None:
    status, _ = call("POST", "/orders", {"symbol": "NOPE", "quantity": 1, "confidence": 0.9})
    assert status == 404
