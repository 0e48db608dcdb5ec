"""Whether each person can be reached: available, busy (in a call) or offline.

    reachable?   in a call?   presence          reachable: a device is connected, or the last one went away
    yes          no           available         less than the grace ago (a page that is loaded anew must not
    yes          yes          busy              flicker)
    no           either       offline

Somebody in a call whose devices are all gone is offline: presence says whether they can be reached, and the
call remembers its participants by itself.

After each `handle_…` drain `changes()`; `deadline()` says when to call `handle_time` without an event.
`now` never goes back (it is `clock.monotonic`). Who is told, and how changes are gathered into messages, is the
server's matter.
"""

from dataclasses import dataclass, field
from typing import Final

from sightline.wire.signalling import Presence

GRACE_S: Final = 5.0
"""A page loads again in 1 to 3 s on a poor network. Guess, errs on the side of showing somebody who just left."""


class Presences:
    """The presence of everybody who is not offline. Memory is bounded by who is connected or in a call."""

    def __init__(self, *, grace_s: float = GRACE_S) -> None:
        self._grace_s = grace_s
        self._people: dict[str, _Reach] = {}
        self._leaving: dict[str, float] = {}
        """When the grace runs out of those whose last device is gone. The grace is the same for all and time
        does not go back, so the order of the dict is the order of time."""
        self._reported: dict[str, Presence] = {}
        self._touched: dict[str, None] = {}  # a set that keeps the order

    def presence_of(self, person: str) -> Presence:
        """As of the last event handled; somebody never heard of is offline."""
        reach = self._people.get(person)
        if reach is None or not (reach.devices or person in self._leaving):
            return "offline"
        return "busy" if reach.calls else "available"

    def handle_connected(self, now: float, person: str, device: str) -> None:
        """A device of the person (a tab, a phone) has connected. Saying it twice changes nothing."""
        self.handle_time(now)
        self._leaving.pop(person, None)
        self._people.setdefault(person, _Reach()).devices.add(device)
        self._touched[person] = None

    def handle_disconnected(self, now: float, person: str, device: str) -> None:
        """The device is gone; if it was the last one the person stays reachable for the grace."""
        self.handle_time(now)
        reach = self._people.get(person)
        if reach is None or device not in reach.devices:
            return
        reach.devices.discard(device)
        if not reach.devices:
            self._leaving[person] = now + self._grace_s

    def handle_call_joined(self, now: float, person: str, call: str) -> None:
        """The person is in the call; with how many devices does not matter."""
        self.handle_time(now)
        self._people.setdefault(person, _Reach()).calls.add(call)
        self._touched[person] = None

    def handle_call_left(self, now: float, person: str, call: str) -> None:
        """The person is no longer in the call, or the call has ended."""
        self.handle_time(now)
        reach = self._people.get(person)
        if reach is None:
            return
        reach.calls.discard(call)
        self._touched[person] = None
        self._forget_if_gone(person)

    def handle_removed(self, now: float, person: str) -> None:
        """The person may not be here any more (locked out): offline at once, without grace."""
        self.handle_time(now)
        self._leaving.pop(person, None)
        if self._people.pop(person, None) is not None:
            self._touched[person] = None

    def handle_time(self, now: float) -> None:
        """Let graces run out. Every other event does this first."""
        while self._leaving:
            person, gone_at = next(iter(self._leaving.items()))
            if gone_at > now:
                return
            del self._leaving[person]
            self._touched[person] = None
            self._forget_if_gone(person)

    def deadline(self) -> float | None:
        """When the next grace runs out, or None."""
        return next(iter(self._leaving.values()), None)

    def changes(self) -> dict[str, Presence]:
        """Whose presence differs from what this method last said of them, and what it is now. Drains."""
        changed: dict[str, Presence] = {}
        for person in self._touched:
            presence = self.presence_of(person)
            if presence != self._reported.get(person, "offline"):
                changed[person] = presence
            if presence == "offline":
                self._reported.pop(person, None)
            else:
                self._reported[person] = presence
        self._touched.clear()
        return changed

    def _forget_if_gone(self, person: str) -> None:
        reach = self._people[person]
        if not reach.devices and not reach.calls and person not in self._leaving:
            del self._people[person]


@dataclass(slots=True)
class _Reach:
    devices: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
