import pytest

from app.health import level, measured, worst


@pytest.mark.parametrize(
    ("latency", "expected"),
    [(10, "HEALTHY"), (1000, "DEGRADED"), (2000, "DEGRADED"), (2001, "UNHEALTHY")],
)
def test_latency_decides(latency: float, expected: str) -> None:
    assert level(latency, 1000, 2000) == expected


def test_no_answer_is_unhealthy_and_nothing_asked_is_unknown() -> None:
    assert level(measured(lambda: 1 / 0), 1000, 2000) == "UNHEALTHY"
    assert worst([]) == "UNKNOWN"


def test_the_whole_is_as_its_worst_part() -> None:
    assert worst(["HEALTHY", "DEGRADED"]) == "DEGRADED"
