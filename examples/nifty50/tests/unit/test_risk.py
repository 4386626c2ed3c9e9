import pytest

from app.risk import Book, Order, refusal
from app.settings import Limits

LIMITS = Limits(150, 0.70, 0.02, 10, 0.05)
BOOK = Book(trades_today=0, position=0, portfolio_value=1_000_000)


def order(quantity: int = 1, confidence: float = 0.9, price: float = 1_500) -> Order:
    return Order("RELIANCE", quantity, price, confidence)


def test_an_order_within_all_limits_may_be_placed() -> None:
    assert refusal(order(), BOOK, LIMITS) is None


@pytest.mark.parametrize(
    ("wanted", "book", "reason"),
    [
        (order(), Book(150, 0, 1_000_000), "150 trades today, at most 150 are allowed"),
        (order(confidence=0.69), BOOK, "confidence 0.69, at least 0.70 is asked"),
        (order(quantity=11), BOOK, "position 11, at most 10 is allowed"),
        (order(quantity=-2), Book(0, -9, 1_000_000), "position -11, at most 10 is allowed"),
        (order(quantity=10, price=300_000), BOOK, "risk 0.0600 of the portfolio"),
    ],
)
def test_each_limit_refuses_with_its_reason(wanted: Order, book: Book, reason: str) -> None:
    assert (refusal(wanted, book, LIMITS) or "").startswith(reason)
