"""The life of an invite: open until it is used, revoked or expired. Once is for ever: no state leads back to open."""

from dataclasses import dataclass
from typing import Final, assert_never

from sightline.errors import RefusedError
from sightline.wire.api import InviteState

MIN_EXPIRES_IN_S: Final = 60
"""Shorter than this the guest cannot even read the e-mail."""
MAX_EXPIRES_IN_S: Final = 30 * 24 * 3600
"""A forgotten link should not open a door months later."""


@dataclass(frozen=True, slots=True)
class InviteLife:
    """The moments that an invite's state follows from; None means: has not happened."""

    expires_at: float
    used_at: float | None = None
    revoked_at: float | None = None


def state(life: InviteLife, now: float) -> InviteState:
    """The state at `now`. What happened first cannot be undone by time: a used invite never becomes expired."""
    if life.used_at is not None:
        return "used"
    if life.revoked_at is not None:
        return "revoked"
    if now >= life.expires_at:
        return "expired"
    return "open"


def check_usable(life: InviteLife | None, now: float, *, host_name: str = "") -> None:
    """Raise RefusedError unless the invite is open. None means: no invite has this token."""
    if life is None:
        raise RefusedError(
            "invite_unknown",
            "This link is not known here.",
            hint="Check that the link is complete, or ask for a new one.",
        )
    hint = f"Ask {host_name} for a new link." if host_name else "Ask your host for a new link."
    match state(life, now):
        case "open":
            return
        case "used":
            raise RefusedError("invite_used", "This link has been used already; it works once.", hint=hint)
        case "expired":
            raise RefusedError("invite_expired", "This link has expired.", hint=hint)
        case "revoked":
            raise RefusedError("invite_revoked", "This link has been withdrawn.", hint=hint)
        case never:
            assert_never(never)


def check_expires_in(expires_in_s: int) -> None:
    """Raise RefusedError unless an invite may live that long."""
    if not MIN_EXPIRES_IN_S <= expires_in_s <= MAX_EXPIRES_IN_S:
        raise RefusedError(
            "expiry_out_of_range",
            f"expires_in_s lies between {MIN_EXPIRES_IN_S} (a minute) and {MAX_EXPIRES_IN_S} (30 days).",
        )
