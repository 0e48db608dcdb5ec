"""When a relay is called dead, and when alive again."""

import pytest

from sightline.relays.health import AGAIN_AFTER_S, EVERY_S, Health


def after(checks: str) -> Health:
    """What follows from good (+) and lost (-) checks, one a second."""
    health = Health(0.0)
    for second, check in enumerate(checks):
        if check == "+":
            health.handle_good(float(second), 0.02)
        else:
            health.handle_lost(float(second), "no answer")
    return health


@pytest.mark.parametrize(
    ("checks", "is_alive"),
    [
        ("", None),
        ("+", True),
        ("-", None),
        ("--", False),
        ("-+", True),
        ("+-", True),
        ("+-+-+-", True),
        ("+--", False),
        ("+--+", False),
        ("+--+-+", False),
        ("+--++", True),
        ("--++-", True),
    ],
)
def test_one_check_changes_nothing_and_two_do(checks: str, is_alive: bool | None) -> None:
    assert after(checks).is_alive is is_alive


@pytest.mark.parametrize(
    ("checks", "next_after_s"),
    [("+", EVERY_S), ("+-", AGAIN_AFTER_S), ("-", AGAIN_AFTER_S), ("--", EVERY_S), ("--+", AGAIN_AFTER_S)],
)
def test_what_is_in_doubt_is_checked_again_soon(checks: str, next_after_s: float) -> None:
    assert after(checks).deadline() == len(checks) - 1 + next_after_s


def test_it_is_checked_at_once_at_first_and_says_what_came_of_it() -> None:
    health = Health(7.0)
    assert health.deadline() == 7.0
    health.handle_lost(7.0, "no answer")
    assert (health.reason, health.round_trip_s) == ("no answer", None)
    health.handle_good(9.0, 0.02)
    assert (health.reason, health.round_trip_s) == ("", 0.02)
