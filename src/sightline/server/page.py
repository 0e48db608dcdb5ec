"""One page that is or was just now connected: whose it is, what was said, and how fast it may talk."""

from dataclasses import dataclass, field
from typing import Final

from sightline.calls.pace import Pace
from sightline.server.line import Line
from sightline.server.relays.desk import Handed
from sightline.server.relays.reached import NOWHERE, Reached
from sightline.server.roll import Identity
from sightline.server.sessions import PersonIdentity
from sightline.wire import signalling as wire
from sightline.wire.resume import Conversation

SESSION_KEPT_S: Final = 120.0
"""How long a session without a socket can be resumed. After it the browser gets a new one and the whole state."""

SOCKET_MOST_S: Final = 12 * 3600.0
"""A socket is then told to come back, which asks anew who it is: so no sign-in outlives its end for longer."""

MESSAGES: Final = 300
MESSAGES_PER_S: Final = 50
"""A call of four sets up with some 120 messages at once; candidates come in bursts when a network changes."""

DRAWN: Final = 300
DRAWN_PER_S: Final = 150
"""A page says what was drawn once a frame, and fast screens have 120 of them a second."""

MEDIA_CHANGES: Final = 20
MEDIA_CHANGES_PER_S: Final = 1
"""Each is told to everybody in the call, so that it costs others more than the one who says it."""

ARRIVALS: Final = 30
ARRIVALS_PER_S: Final = 1
"""Pages of one person or guest that say hello; a page on a bad network comes back five times a second at first."""

COME_BACK: Final = 1012
REPLACED: Final = 4409
NOT_SIGNED_IN: Final = 4401
BROKEN: Final = 4400
"""Close codes that the browser knows; all others make it come back."""


@dataclass(eq=False, slots=True)
class Session:
    """One page that is or was just now connected."""

    id: str
    identity: Identity
    instance: str
    conversation: Conversation[wire.FromServer] = field(default_factory=Conversation)
    pace: Pace = field(default_factory=lambda: Pace(MESSAGES, MESSAGES_PER_S))
    drawing_pace: Pace = field(default_factory=lambda: Pace(DRAWN, DRAWN_PER_S))
    media_pace: Pace = field(default_factory=lambda: Pace(MEDIA_CHANGES, MEDIA_CHANGES_PER_S))
    line: Line | None = None
    reached: Reached = NOWHERE
    """How its last socket came here."""
    handed: Handed | None = None
    """The relays that it knows of."""
    opened_at: float = 0.0
    """When its socket was opened (monotonic)."""
    lost_at: float | None = None
    """When its socket was lost (monotonic), or None while it is open."""


def owner_of(identity: Identity) -> str:
    """A person, or a guest's seat, has one page at a time."""
    return identity.person_id if isinstance(identity, PersonIdentity) else identity.participant_id


def role_of(identity: Identity) -> wire.Role:
    """What `people.roles` is asked about."""
    return identity.role if isinstance(identity, PersonIdentity) else "guest"
