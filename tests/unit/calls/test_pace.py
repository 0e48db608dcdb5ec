"""The token bucket."""

from hypothesis import given
from hypothesis import strategies as st

from sightline.calls.pace import Pace


def test_a_burst_and_then_the_pace() -> None:
    pace = Pace(burst=3, per_s=2)
    assert [pace.allows(0.0) for _ in range(4)] == [True, True, True, False]
    assert pace.allows(0.5)
    assert not pace.allows(0.5)
    assert [pace.allows(100.0) for _ in range(4)] == [True, True, True, False]


@given(st.lists(st.floats(0, 2), max_size=80))
def test_never_more_than_the_burst_and_the_pace_together(pauses: list[float]) -> None:
    pace, now, allowed = Pace(burst=5, per_s=2), 0.0, 0
    for pause in pauses:
        now += pause
        allowed += pace.allows(now)
    assert allowed <= 5 + 2 * now + 1e-6
