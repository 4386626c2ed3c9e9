import pytest

from app.settings import InvalidSettings, read_settings

GIVEN = {"DATABASE_URL": "postgresql://localhost", "REDIS_URL": "redis://localhost"}


def test_what_is_left_out_has_the_usual_limits() -> None:
    limits = read_settings(GIVEN).limits
    assert (limits.max_trades_per_day, limits.max_position) == (150, 10)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MIN_CONFIDENCE", "1.2"), ("MAX_POSITION_SIZE", "many"), ("TRADING_MODE", "live")],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        read_settings({**GIVEN, name: value})


def test_a_missing_address_is_named() -> None:
    with pytest.raises(InvalidSettings, match="REDIS_URL is not set"):
        read_settings({"DATABASE_URL": "postgresql://localhost"})
