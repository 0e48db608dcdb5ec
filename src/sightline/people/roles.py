"""What each role may do. Nothing outside this file compares roles."""

from enum import StrEnum
from typing import Final

from sightline.errors import RefusedError
from sightline.wire.signalling import Role


class Permission(StrEnum):
    """One thing that a role may or may not do. The values are sent to the browser, so they are stable."""

    SEE_PEOPLE = "see_people"
    """See the colleagues and whether they can be reached."""
    INVITE = "invite"
    """Make links for guests, and see and revoke one's own."""
    HOST_CALLS = "host_calls"
    """Be the host of a call: let guests in, send them away."""
    MANAGE_PEOPLE = "manage_people"
    """Add people to the organisation, lock them out and in, and give them new first passwords."""
    SEE_NETWORK = "see_network"
    """See what other services need of a network, and have rules and documents made of it."""
    JOIN_AS_GUEST = "join_as_guest"
    """Be in the one call that the invite was for, and nothing else."""


_PERMISSIONS: Final[dict[Role, tuple[Permission, ...]]] = {
    "guest": (Permission.JOIN_AS_GUEST,),
    "worker": (Permission.SEE_PEOPLE,),
    "expert": (Permission.SEE_PEOPLE, Permission.INVITE, Permission.HOST_CALLS),
    "dispatcher": (Permission.SEE_PEOPLE, Permission.INVITE, Permission.HOST_CALLS),
    # In a small plant the administrator is the expert too, so the first account can try everything at once.
    "admin": (
        Permission.SEE_PEOPLE,
        Permission.INVITE,
        Permission.HOST_CALLS,
        Permission.MANAGE_PEOPLE,
        Permission.SEE_NETWORK,
    ),
}


def permissions(role: Role) -> tuple[Permission, ...]:
    """What the role may do, always in the same order."""
    return _PERMISSIONS[role]


def is_allowed(role: Role, permission: Permission) -> bool:
    """Whether the role has the permission. To enforce it, use `require`, whose answer cannot be ignored."""
    return permission in _PERMISSIONS[role]


def require(role: Role, permission: Permission) -> None:
    """Raise RefusedError `not_allowed` unless the role has the permission."""
    if not is_allowed(role, permission):
        raise RefusedError(
            "not_allowed",
            "Your account is not allowed to do this.",
            hint="Ask your administrator if you need it.",
        )
