"""The life of an invite."""

import pytest

from sightline.errors import RefusedError
from sightline.people.invite import InviteLife, check_expires_in, check_usable, state
from sightline.wire.api import InviteState


@pytest.mark.parametrize(
    ("life", "now", "expected"),
    [
        (InviteLife(expires_at=100), 99.9, "open"),
        (InviteLife(expires_at=100), 100, "expired"),
        (InviteLife(expires_at=100, used_at=50), 60, "used"),
        (InviteLife(expires_at=100, used_at=50), 1000, "used"),
        (InviteLife(expires_at=100, revoked_at=50), 60, "revoked"),
        (InviteLife(expires_at=100, revoked_at=50), 1000, "revoked"),
        (InviteLife(expires_at=100, used_at=40, revoked_at=50), 60, "used"),
    ],
)
def test_the_state_follows_from_the_moments(life: InviteLife, now: float, expected: InviteState) -> None:
    assert state(life, now) == expected


@pytest.mark.parametrize(
    ("life", "code"),
    [
        (None, "invite_unknown"),
        (InviteLife(expires_at=100, used_at=50), "invite_used"),
        (InviteLife(expires_at=100), "invite_expired"),
        (InviteLife(expires_at=300, revoked_at=50), "invite_revoked"),
    ],
)
def test_an_invite_that_is_not_open_is_refused_with_what_to_do(life: InviteLife | None, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check_usable(life, 200, host_name="Maria")
    assert refused.value.code == code
    assert refused.value.hint


def test_the_guest_is_told_whom_to_ask() -> None:
    with pytest.raises(RefusedError) as refused:
        check_usable(InviteLife(expires_at=100), 200, host_name="Maria")
    assert refused.value.hint == "Ask Maria for a new link."


def test_an_open_invite_is_usable() -> None:
    check_usable(InviteLife(expires_at=100), 99)


@pytest.mark.parametrize("expires_in_s", [60, 3600, 30 * 24 * 3600])
def test_an_invite_lives_from_a_minute_to_thirty_days(expires_in_s: int) -> None:
    check_expires_in(expires_in_s)


@pytest.mark.parametrize("expires_in_s", [-1, 0, 59, 30 * 24 * 3600 + 1])
def test_other_lives_are_refused(expires_in_s: int) -> None:
    with pytest.raises(RefusedError, match="expires_in_s"):
        check_expires_in(expires_in_s)
