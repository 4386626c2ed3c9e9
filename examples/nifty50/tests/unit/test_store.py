from datetime import date

from app.risk import Order
from app.store import Store


def test_what_was_placed_counts_in_the_book(store: Store) -> None:
    store.place(Order("TCS", 3, 4_000, 0.9))
    store.place(Order("INFY", 1, 1_500, 0.9))
    book = store.book("TCS", date.today())
    assert (book.trades_today, book.position) == (2, 3)


def test_another_day_begins_without_trades_but_with_its_positions(store: Store) -> None:
    store.place(Order("TCS", 3, 4_000, 0.9))
    book = store.book("TCS", date(2000, 1, 1))
    assert (book.trades_today, book.position) == (0, 3)


def test_a_price_is_found_until_it_is_another_one(store: Store) -> None:
    assert store.price("HDFC") is None
    store.set_price("HDFC", 1_600.5)
    assert store.price("HDFC") == 1_600.5
