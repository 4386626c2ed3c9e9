"""Trades in PostgreSQL, the latest prices in Redis."""

from datetime import date

import psycopg
import redis

from app.risk import Book, Order

PORTFOLIO_VALUE = 1_000_000.0


class Store:
    def __init__(self, database_url: str, redis_url: str) -> None:
        self._database_url = database_url
        self._prices = redis.Redis.from_url(redis_url, decode_responses=True, socket_timeout=2)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._database_url, connect_timeout=2)

    def ask_database(self) -> None:
        with self._connect() as database:
            database.execute("select 1")

    def ask_prices(self) -> None:
        self._prices.ping()

    def set_price(self, symbol: str, price: float) -> None:
        self._prices.set(f"price:{symbol}", price)

    def price(self, symbol: str) -> float | None:
        found = self._prices.get(f"price:{symbol}")
        return None if found is None else float(found)

    def book(self, symbol: str, day: date) -> Book:
        with self._connect() as database:
            row = database.execute(
                """
                select count(*) filter (where placed_at::date = %s),
                       coalesce(sum(quantity) filter (where symbol = %s), 0)
                from trade
                """,
                (day, symbol),
            ).fetchone()
        trades, position = row if row is not None else (0, 0)
        return Book(trades_today=trades, position=position, portfolio_value=PORTFOLIO_VALUE)

    def place(self, order: Order) -> int:
        with self._connect() as database:
            row = database.execute(
                "insert into trade (symbol, quantity, price) values (%s, %s, %s) returning id",
                (order.symbol, order.quantity, order.price),
            ).fetchone()
        assert row is not None
        return row[0]
