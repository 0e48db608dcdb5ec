"""The roll: which members there are, whether each can be reached, and which page may see whom.

The rules of presence are in `people.presence`; this keeps names beside them and gathers changes into few messages.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from sightline import clock
from sightline.people.presence import Presences
from sightline.people.roles import Permission, is_allowed
from sightline.server.sessions import GuestIdentity, PersonIdentity
from sightline.wire import signalling as wire

GATHER_S: Final = 0.25
"""Changes are gathered for so long before they are told: a server's restart changes everybody's at once."""

Identity = PersonIdentity | GuestIdentity


class Directory(Protocol):
    """Who belongs to an organisation."""

    async def people_of(self, organisation: str) -> list[wire.Person]:
        """Its members, with presence `offline`."""

    async def person(self, person_id: str) -> tuple[str, wire.Person] | None:
        """(organisation, member)."""


class Roll:
    """Members and their presence. `on_changed` is told, soon after a change, that `changes()` has something."""

    def __init__(self, directory: Directory, on_changed: Callable[[], None]) -> None:
        self._directory = directory
        self._on_changed = on_changed
        self._presences = Presences()
        self._members: dict[str, tuple[str, wire.Person]] = {}
        """(organisation, member) as last read, so that a change of presence can be told with a name."""
        self._timer: asyncio.TimerHandle | None = None

    async def member(self, person_id: str) -> tuple[str, wire.Person] | None:
        """(organisation, member), read anew."""
        found = await self._directory.person(person_id)
        if found is not None:
            self._members[person_id] = found
        return found

    async def seen_by(self, identity: Identity, host: str | None) -> list[wire.Person]:
        """Whom a page is shown when it is welcomed: a member their colleagues, a guest the call's host."""
        if isinstance(identity, GuestIdentity):
            found = await self.member(host) if host is not None else None
            return [self._with_presence(found[1])] if found is not None else []
        if not is_allowed(identity.role, Permission.SEE_PEOPLE):
            return []
        people = await self._directory.people_of(identity.organisation_id)
        self._members.update((person.id, (identity.organisation_id, person)) for person in people)
        return [self._with_presence(person) for person in people]

    def may_see(self, identity: Identity, host: str | None, person: wire.Person) -> bool:
        """Whether a page is told of a change of this person's presence."""
        if isinstance(identity, GuestIdentity):
            return person.id == host
        organisation, _ = self._members[person.id]
        return organisation == identity.organisation_id and is_allowed(identity.role, Permission.SEE_PEOPLE)

    def presence_of(self, person_id: str) -> wire.Presence:
        """Whether the person can be reached now."""
        return self._presences.presence_of(person_id)

    def handle_connected(self, person_id: str) -> None:
        """The person's page has opened its socket."""
        self._presences.handle_connected(clock.monotonic(), person_id, person_id)
        self._tell_soon()

    def handle_disconnected(self, person_id: str) -> None:
        """The person's socket is gone; the grace that follows runs out in `handle_time`."""
        self._presences.handle_disconnected(clock.monotonic(), person_id, person_id)

    def handle_in_call(self, person_id: str, call_id: str, *, is_in: bool) -> None:
        """The person has somebody in a call with them, or no longer has."""
        handle = self._presences.handle_call_joined if is_in else self._presences.handle_call_left
        handle(clock.monotonic(), person_id, call_id)
        self._tell_soon()

    def handle_time(self) -> None:
        """Let graces run out; every second or so is enough."""
        deadline = self._presences.deadline()
        if deadline is not None and deadline <= clock.monotonic():
            self._presences.handle_time(clock.monotonic())
            self._tell_soon()

    def changes(self) -> list[wire.Person]:
        """Whose presence has changed since the last time; drained."""
        changed = self._presences.changes()
        return [self._with_presence(self._members[person][1]) for person in changed if person in self._members]

    def close(self) -> None:
        """Tell nobody anything any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _with_presence(self, person: wire.Person) -> wire.Person:
        return msgspec.structs.replace(person, presence=self.presence_of(person.id))

    def _tell_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._tell)

    def _tell(self) -> None:
        self._timer = None
        self._on_changed()
