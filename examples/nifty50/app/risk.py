"""Which orders may be placed: pure, so that every limit is tested without a server."""

from dataclasses import dataclass

from app.settings import Limits


@dataclass(frozen=True)
class Order:
    symbol: str
    quantity: int
    price: float
    confidence: float


@dataclass(frozen=True)
class Book:
    """The day so far: its trades, the position in the order's symbol, the portfolio's value."""

    trades_today: int
    position: int
    portfolio_value: float


def refusal(order: Order, book: Book, limits: Limits) -> str | None:
    """Why the order may not be placed, or None."""
    if book.trades_today >= limits.max_trades_per_day:
        return f"{book.trades_today} trades today, at most {limits.max_trades_per_day} are allowed"
    if order.confidence < limits.min_confidence:
        return f"confidence {order.confidence:.2f}, at least {limits.min_confidence:.2f} is asked"
    position = book.position + order.quantity
    if abs(position) > limits.max_position:
        return f"position {position}, at most {limits.max_position} is allowed"
    risk = abs(order.quantity) * order.price * limits.stop_loss / book.portfolio_value
    if risk > limits.max_portfolio_risk:
        return (
            f"risk {risk:.4f} of the portfolio, at most {limits.max_portfolio_risk:.4f} is allowed"
        )
    return None
