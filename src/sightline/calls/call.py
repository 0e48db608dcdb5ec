"""One call, from the first guest who knocks to the end.

    A guest takes a seat (waiting); the host admits or refuses; whoever is admitted may exchange descriptions and
    candidates with the others who are admitted. A lost socket changes nothing but `is_connected`: the media runs on
    between the browsers, and nobody is ejected for a bad network.

A participant's life is the table TRANSITIONS and nothing else:

    waiting ──admit──► admitted ──leave──► left
       │ └──refuse──► refused                ▲
       └──────────────leave──────────────────┘

The call ends when the host leaves, when nobody but the host is left in it, when nobody at all has been connected for
ABANDONED_AFTER_S, or when its host has been gone for HOST_GONE_AFTER_S.

`now` counts up and never back within one run of the server (it is `clock.monotonic`), so that setting the clock ends
no call. Nothing of it means anything after a restart: then everybody is gone since the restart.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

from sightline.calls.chat import Said
from sightline.errors import RefusedError
from sightline.wire import signalling as wire

ABANDONED_AFTER_S: Final = 15 * 60.0
"""Nobody connected for so long ends the call. Guess: longer than a lift, a tunnel or a server's upgrade takes."""

HOST_GONE_AFTER_S: Final = 30 * 60.0
"""Guests who are still there are told then that the call is over. Guess: no expert is away for longer by accident."""

WAITING_GONE_AFTER_S: Final = 5 * 60.0
"""A waiting guest whose page has been closed so long leaves the waiting room. Guess, errs on the side of waiting."""

NEVER_SEEN_AFTER_S: Final = 60.0
"""A guest who took a seat and whose page never opened its socket. A page does so within seconds."""

MAX_ADMITTED: Final = 4
"""Each sends its media to each other directly: above four a phone's uplink gives out. Larger calls need the SFU."""

MAX_WAITING: Final = 8
"""A waiting room is not a queue: who finds it full is told so and can try again."""

COLOURS: Final = 6
"""As many as can be told apart by the colour-blind; the seventh seat begins again."""

Step: TypeAlias = Literal["admit", "refuse", "leave"]

TRANSITIONS: Final[dict[tuple[wire.ParticipantState, Step], wire.ParticipantState]] = {
    ("waiting", "admit"): "admitted",
    ("waiting", "refuse"): "refused",
    ("waiting", "leave"): "left",
    ("admitted", "leave"): "left",
}

PRESENT: Final = ("waiting", "admitted")
NO_MEDIA: Final = wire.Media(microphone="absent", camera="absent")


class Seat(msgspec.Struct, frozen=True):
    """A participant, as the call remembers them; stored as JSON."""

    id: str
    name: str
    role: wire.Role
    state: wire.ParticipantState
    person: str | None = None
    """The member of the organisation who sits here, or None for a guest."""
    instance: str = ""
    media: wire.Media = NO_MEDIA
    gone_since: float | None = None
    """When the socket was lost; None while it is open."""


class Record(msgspec.Struct, frozen=True):
    """All of a call that survives a restart of the server."""

    id: str
    opened_at: float
    seats: tuple[Seat, ...]
    phase: wire.CallPhase = "open"
    end_reason: wire.EndReason | None = None
    empty_since: float | None = None
    chat: tuple[Said, ...] = ()
    """Only in what is stored: while the call runs, `chat.py` keeps it."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Whoever may see the call is to be shown it anew."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over; nothing will change any more."""

    reason: wire.EndReason


Event: TypeAlias = Changed | Ended


class Call:
    """The state machine. The first seat is the host's."""

    def __init__(self, record: Record) -> None:
        assert record.seats, "a call has its host from the beginning"
        self._record = record
        self._events: list[Event] = []

    @classmethod
    def opened(cls, now: float, opened_at: float, call_id: str, host: Seat) -> "Call":
        """A new call with nobody in it but its host, who need not be connected yet. `opened_at` is for people."""
        host = replace_seat(host, state="admitted", gone_since=now)
        return cls(Record(id=call_id, opened_at=opened_at, seats=(host,), empty_since=now))

    @classmethod
    def restored(cls, now: float, record: Record) -> "Call":
        """The call after a restart of the server: everybody is gone until their page is heard from again."""
        seats = tuple(replace_seat(seat, gone_since=now) for seat in record.seats)
        return cls(msgspec.structs.replace(record, seats=seats, empty_since=now))

    # What has happened

    def handle_guest_seated(self, now: float, participant: str, name: str) -> None:
        """A guest has used an invite and waits to be let in."""
        self._require_open()
        if self._count("waiting") >= MAX_WAITING:
            raise RefusedError(
                "waiting_room_full", f"{MAX_WAITING} people are waiting already.", hint="Try again in a minute."
            )
        seat = Seat(id=participant, name=name, role="guest", state="waiting", gone_since=now)
        self._record = msgspec.structs.replace(self._record, seats=(*self._record.seats, seat))
        self._events.append(Changed())

    def handle_connected(self, now: float, participant: str, instance: str) -> None:
        """A page of the participant has opened its socket; a new `instance` has none of the old page's media."""
        seat = self.seat(participant)
        if seat.state not in PRESENT:
            return
        media = seat.media if seat.instance == instance else NO_MEDIA
        self._put(replace_seat(seat, instance=instance, media=media, gone_since=None))
        self._record = msgspec.structs.replace(self._record, empty_since=None)

    def handle_disconnected(self, now: float, participant: str) -> None:
        """The socket was lost. Nothing follows from it yet."""
        seat = self.seat(participant)
        if seat.state not in PRESENT:
            return
        self._put(replace_seat(seat, gone_since=now))
        if all(seat.gone_since is not None for seat in self._present()):
            self._record = msgspec.structs.replace(self._record, empty_since=now)

    def handle_media(self, participant: str, media: wire.Media) -> None:
        """The participant says what they send now."""
        self._require_open()
        seat = self.seat(participant)
        if seat.state not in PRESENT:
            raise RefusedError("not_now", f"A participant who is {seat.state} sends nothing.")
        self._put(replace_seat(seat, media=media))

    def handle_admit(self, by: str, participant: str) -> None:
        """The host lets somebody in."""
        self._require_host(by)
        if self._count("admitted") >= MAX_ADMITTED:
            raise RefusedError("call_full", f"{MAX_ADMITTED} people are in this call already.")
        self._step(participant, "admit")

    def handle_refuse(self, by: str, participant: str) -> None:
        """The host sends somebody away who waits."""
        self._require_host(by)
        self._step(participant, "refuse")
        self._end_if_alone()

    def handle_leave(self, participant: str) -> None:
        """Somebody hangs up."""
        self._step(participant, "leave")
        if participant == self.host.id:
            self._end("hung_up")
        else:
            self._end_if_alone()

    def handle_time(self, now: float) -> None:
        """Time has passed; call it at `deadline()` or later."""
        if self.has_ended:
            return
        for seat in self._record.seats:
            if seat.state == "waiting" and _is_due(_waits_until(seat), now):
                self._step(seat.id, "leave")
        if _is_due(self._abandoned_at(), now):
            self._end("abandoned")
        else:
            self._end_if_alone()

    # What follows from it

    def events(self) -> list[Event]:
        """What has come of the last `handle_…`; drained."""
        events, self._events = self._events, []
        return events

    def deadline(self) -> float | None:
        """When `handle_time` is to be called if nothing else happens before."""
        if self.has_ended:
            return None
        waiting = [_waits_until(seat) for seat in self._record.seats if seat.state == "waiting"]
        return min((at for at in [*waiting, self._abandoned_at()] if at is not None), default=None)

    # What can be asked

    @property
    def id(self) -> str:
        """The call's id."""
        return self._record.id

    @property
    def record(self) -> Record:
        """All of the call, to be stored."""
        return self._record

    @property
    def has_ended(self) -> bool:
        """Whether the call is over."""
        return self._record.phase == "ended"

    @property
    def host(self) -> Seat:
        """Who invited, admits, and by leaving ends the call."""
        return self._record.seats[0]

    def seat(self, participant: str) -> Seat:
        """The participant's seat."""
        for seat in self._record.seats:
            if seat.id == participant:
                return seat
        raise RefusedError("no_such_participant", "Nobody of that name is in this call.")

    def require_may_describe(self, sender: str, to: str, peer_instance: str) -> None:
        """Whether `sender` may send a description or candidate `to` another, for the page `peer_instance`."""
        self._require_open()
        if sender == to or self.seat(sender).state != "admitted" or self.seat(to).state != "admitted":
            raise RefusedError("not_admitted", "Both sides must be in the call before their pictures can meet.")
        if self.seat(to).instance != peer_instance:
            raise RefusedError("page_gone", "The other side has loaded its page anew.")

    def require_in(self, participant: str) -> None:
        """Whether the participant may say and show something now."""
        self._require_open()
        if self.seat(participant).state != "admitted":
            raise RefusedError("not_admitted", "This is for those who are in the call.")

    def admitted(self) -> list[str]:
        """Who is in the call, connected or not."""
        return [seat.id for seat in self._record.seats if seat.state == "admitted"]

    def viewers(self) -> list[Seat]:
        """Who is shown the call: everybody in it, also those who have just left it or were refused."""
        return list(self._record.seats)

    def view_for(self, participant: str) -> wire.Call:
        """The call as the participant may see it: who waits sees the host, only the host sees who waits."""
        me = self.seat(participant)
        return wire.Call(
            id=self.id,
            phase=self._record.phase,
            opened_at=self._record.opened_at,
            participants=[
                _shown(seat, index % COLOURS + 1)
                for index, seat in enumerate(self._record.seats)
                if self._may_see(me, seat)
            ],
            you=participant,
            end_reason=self._record.end_reason,
        )

    def _may_see(self, viewer: Seat, seat: Seat) -> bool:
        if viewer.id in (seat.id, self.host.id) or seat.id == self.host.id:
            return True
        return viewer.state == "admitted" and seat.state in ("admitted", "left")

    def _present(self) -> list[Seat]:
        return [seat for seat in self._record.seats if seat.state in PRESENT]

    def _count(self, state: wire.ParticipantState) -> int:
        return sum(seat.state == state for seat in self._record.seats)

    def _abandoned_at(self) -> float | None:
        empty, host = self._record.empty_since, self.host.gone_since
        ends = [] if empty is None else [empty + ABANDONED_AFTER_S]
        ends += [] if host is None else [host + HOST_GONE_AFTER_S]
        return min(ends, default=None)

    def _put(self, seat: Seat) -> None:
        if seat == self.seat(seat.id):
            return
        seats = tuple(seat if old.id == seat.id else old for old in self._record.seats)
        self._record = msgspec.structs.replace(self._record, seats=seats)
        self._events.append(Changed())

    def _step(self, participant: str, step: Step) -> None:
        self._require_open()
        seat = self.seat(participant)
        state = TRANSITIONS.get((seat.state, step))
        if state is None:
            raise RefusedError("not_now", f"A participant who is {seat.state} cannot be told to {step}.")
        self._put(replace_seat(seat, state=state))

    def _end_if_alone(self) -> None:
        if not self.has_ended and all(seat.id == self.host.id for seat in self._present()):
            self._end("hung_up")

    def _end(self, reason: wire.EndReason) -> None:
        self._record = msgspec.structs.replace(self._record, phase="ended", end_reason=reason)
        self._events += [Changed(), Ended(reason)]

    def _require_open(self) -> None:
        if self.has_ended:
            raise RefusedError("call_ended", "This call has ended.")

    def _require_host(self, participant: str) -> None:
        if participant != self.host.id:
            raise RefusedError("not_allowed", "Only the host of a call lets people in or sends them away.")


def replace_seat(seat: Seat, **changes: object) -> Seat:
    """The seat with some fields changed."""
    return msgspec.structs.replace(seat, **changes)


def _waits_until(seat: Seat) -> float | None:
    if seat.gone_since is None:
        return None
    return seat.gone_since + (WAITING_GONE_AFTER_S if seat.instance else NEVER_SEEN_AFTER_S)


def _is_due(at: float | None, now: float) -> bool:
    return at is not None and now >= at


def _shown(seat: Seat, colour: int) -> wire.Participant:
    return wire.Participant(
        id=seat.id,
        name=seat.name,
        role=seat.role,
        state=seat.state,
        is_connected=seat.gone_since is None,
        instance=seat.instance,
        media=seat.media,
        colour=colour,
    )
