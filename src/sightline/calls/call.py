"""One call, from the first guest who knocks to the end.

    A guest takes a seat (waiting); the host admits or refuses; whoever is admitted may exchange descriptions and
    candidates with the others who are admitted. A lost socket changes nothing but `is_connected`: the media runs on
    between the browsers, and nobody is ejected for a bad network.

A participant's life is the table TRANSITIONS and nothing else:

    waiting ──admit──► admitted ──leave──► left
       │ └──refuse──► refused                ▲
       └──────────────leave──────────────────┘

The call ends when the host leaves, when nobody but the host is left in it, or when nobody at all has been connected
for ABANDONED_AFTER_S.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

from sightline.errors import RefusedError
from sightline.wire import signalling as wire

ABANDONED_AFTER_S: Final = 15 * 60.0
"""Nobody connected for so long ends the call. Guess: longer than a lift, a tunnel or a server's upgrade takes."""

WAITING_GONE_AFTER_S: Final = 5 * 60.0
"""A waiting guest whose page has been closed so long leaves the waiting room. Guess, errs on the side of waiting."""

MAX_PARTICIPANTS: Final = 4
"""Each sends its media to each other directly: above four a phone's uplink gives out. Larger calls need the SFU."""

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
    def opened(cls, now: float, call_id: str, host: Seat) -> "Call":
        """A new call with nobody in it but its host, who need not be connected yet."""
        host = replace_seat(host, state="admitted", gone_since=now)
        return cls(Record(id=call_id, opened_at=now, seats=(host,), empty_since=now))

    @classmethod
    def restored(cls, now: float, record: Record) -> "Call":
        """The call after a restart of the server: everybody is gone until their page is heard from again."""
        seats = tuple(replace_seat(seat, gone_since=seat.gone_since or now) for seat in record.seats)
        return cls(msgspec.structs.replace(record, seats=seats, empty_since=record.empty_since or now))

    # What has happened

    def handle_guest_seated(self, now: float, participant: str, name: str) -> None:
        """A guest has used an invite and waits to be let in."""
        self._require_open()
        if len(self._present()) >= MAX_PARTICIPANTS:
            raise RefusedError("call_full", f"This call has {MAX_PARTICIPANTS} people in it already.")
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
        self._put(replace_seat(self.seat(participant), media=media))

    def handle_admit(self, by: str, participant: str) -> None:
        """The host lets somebody in."""
        self._require_host(by)
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
            if seat.state == "waiting" and _is_due(seat.gone_since, WAITING_GONE_AFTER_S, now):
                self._step(seat.id, "leave")
        if _is_due(self._record.empty_since, ABANDONED_AFTER_S, now):
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
        waiting = [
            seat.gone_since + WAITING_GONE_AFTER_S
            for seat in self._record.seats
            if seat.state == "waiting" and seat.gone_since is not None
        ]
        empty = [] if self._record.empty_since is None else [self._record.empty_since + ABANDONED_AFTER_S]
        return min(waiting + empty, default=None)

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
            participants=[_shown(seat) for seat in self._record.seats if self._may_see(me, seat)],
            you=participant,
            end_reason=self._record.end_reason,
        )

    def _may_see(self, viewer: Seat, seat: Seat) -> bool:
        if viewer.id in (seat.id, self.host.id) or seat.id == self.host.id:
            return True
        return viewer.state == "admitted" and seat.state in ("admitted", "left")

    def _present(self) -> list[Seat]:
        return [seat for seat in self._record.seats if seat.state in PRESENT]

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


def _is_due(since: float | None, after_s: float, now: float) -> bool:
    return since is not None and now >= since + after_s


def _shown(seat: Seat) -> wire.Participant:
    return wire.Participant(
        id=seat.id,
        name=seat.name,
        role=seat.role,
        state=seat.state,
        is_connected=seat.gone_since is None,
        instance=seat.instance,
        media=seat.media,
    )
