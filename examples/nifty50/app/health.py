"""Health by latency: a part is healthy, degraded or unhealthy; the whole is as its worst part."""

from collections.abc import Callable
from time import perf_counter

LEVELS = ["HEALTHY", "DEGRADED", "UNHEALTHY"]


def level(latency_ms: float | None, degraded_ms: float, unhealthy_ms: float) -> str:
    """None stands for no answer."""
    if latency_ms is None or latency_ms > unhealthy_ms:
        return "UNHEALTHY"
    return "DEGRADED" if latency_ms >= degraded_ms else "HEALTHY"


def worst(levels: list[str]) -> str:
    return max(levels, key=LEVELS.index) if levels else "UNKNOWN"


def measured(ask: Callable[[], object]) -> float | None:
    """How long the question took in ms, or None where there was no answer."""
    began = perf_counter()
    try:
        ask()
    except Exception:  # pylint: disable=broad-exception-caught  # whatever it was: no answer
        return None
    return (perf_counter() - began) * 1000
