"""What the HTTP API needs of whoever runs the calls."""

from dataclasses import dataclass
from typing import Protocol

from sightline.wire.signalling import Presence


@dataclass(frozen=True, slots=True)
class Seat:
    """A guest's place in a call."""

    call_id: str
    participant_id: str


class CallDesk(Protocol):
    """The one who knows calls and sockets."""

    async def seat_guest(self, *, host_person_id: str, invite_id: str, guest_name: str, now: float) -> Seat:
        """Give the guest a seat in the host's open call, or in a new one if there is none. May raise RefusedError:
        the invite is then open again.
        """
        ...

    async def close_sessions(self, *, person_id: str, session_id: str | None = None, but: str | None = None) -> None:
        """Close the person's sockets: only those of the sign-in session `session_id`, if it is given, and none of the
        session `but`. Other browsers of the person, and the calls they are in, go on.
        """
        ...

    def presence_of(self, person_id: str) -> Presence:
        """Whether the person can be reached."""
        ...
