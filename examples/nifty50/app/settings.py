"""What the environment decides, read once at the start; a value that is wrong ends the start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Risk limits of a day and of one order; a rollback brings back the values of its release."""

    max_trades_per_day: int
    min_confidence: float
    stop_loss: float
    max_position: int
    max_portfolio_risk: float


@dataclass(frozen=True)
class Settings:
    version: str
    trading_mode: str
    database_url: str
    redis_url: str
    limits: Limits


class InvalidSettings(ValueError):
    """Names the variable, what it holds, and what was expected."""


def _number(environment: Mapping[str, str], name: str, usual: str, most: float) -> float:
    text = environment.get(name, usual)
    try:
        value = float(text)
    except ValueError as error:
        raise InvalidSettings(f"{name} is {text!r}, expected a number") from error
    if not 0 < value <= most:
        raise InvalidSettings(f"{name} is {text}, expected more than 0 and at most {most:g}")
    return value


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    mode = environment.get("TRADING_MODE", "paper")
    if mode not in ("paper", "production"):
        raise InvalidSettings(f"TRADING_MODE is {mode!r}, expected paper or production")
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not environment.get(name)]
    if missing:
        raise InvalidSettings(f"{missing[0]} is not set")
    return Settings(
        version=environment.get("VERSION", "unknown"),
        trading_mode=mode,
        database_url=environment["DATABASE_URL"],
        redis_url=environment["REDIS_URL"],
        limits=Limits(
            max_trades_per_day=int(_number(environment, "MAX_TRADES_PER_DAY", "150", 10_000)),
            min_confidence=_number(environment, "MIN_CONFIDENCE", "0.70", 1),
            stop_loss=_number(environment, "DEFAULT_STOP_LOSS_PCT", "0.02", 1),
            max_position=int(_number(environment, "MAX_POSITION_SIZE", "10", 100_000)),
            max_portfolio_risk=_number(environment, "MAX_PORTFOLIO_RISK", "0.05", 1),
        ),
    )
