"""Who is connected, which calls there are, and who is told what. One per process; one event loop; no locks.

The rules are elsewhere: of a call in `calls.call`, of presence in `people.presence` (kept by `roll.py`), of the
counters in `wire.resume`. This file carries events to those machines, drains them, and tells the lines what follows.

    signalling.py ── connect, hear, disconnect ──► Switchboard ──► Line.say
    http api      ── seat_guest, close_sessions ─►      │
                                                        └──► CallStore: every change, so that a restart of the
                                                             server ends no call

More than 400 lines: what follows from any event ends in `_drain`, and both ends of that are best seen together.
"""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Final, assert_never

import msgspec
import structlog

from sightline import clock
from sightline.calls.call import Call, Changed, Ended, Record, Seat
from sightline.calls.pace import Pace
from sightline.calls.showing import Showing
from sightline.errors import ProtocolError, RefusedError
from sightline.people.roles import Permission, require
from sightline.server.desk import Seat as GuestSeat
from sightline.server.keeper import CallKeeper, CallStore
from sightline.server.line import Line
from sightline.server.page import (
    ARRIVALS,
    ARRIVALS_PER_S,
    BROKEN,
    COME_BACK,
    NOT_SIGNED_IN,
    REPLACED,
    SESSION_KEPT_S,
    SOCKET_MOST_S,
    Session,
    owner_of,
    role_of,
)
from sightline.server.relays.desk import RelayDesk
from sightline.server.relays.reached import Reached
from sightline.server.relays.rounds import RelayRounds
from sightline.server.roll import Directory, Identity, Roll
from sightline.server.sessions import GuestIdentity, PersonIdentity
from sightline.store.calls import CallRecord
from sightline.wire import signalling as wire
from sightline.wire.relay_status import HandedOut

ENDED_KEPT_S: Final = 600.0
"""How long a call that has ended is still shown to a page that was asleep when it ended."""

TICK_S: Final = 1.0
"""How often it is looked whether something is due. All that is due here is minutes long, but for presence's grace
of 5 s; a look at 10,000 sessions takes about a millisecond, and a fixed tick needs no bookkeeping of timers."""

_log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class LiveCall:
    """A call with what the switchboard needs beside its rules."""

    organisation: str
    call: Call
    showing: Showing = field(default_factory=Showing)
    ended_at: float | None = None

    def stored(self) -> CallRecord:
        """The call as the store takes it."""
        record = msgspec.structs.replace(self.call.record, chat=self.showing.chat.kept)
        state = msgspec.json.encode(record).decode()
        return CallRecord(record.id, self.organisation, state, record.opened_at, self.ended_at)


class Switchboard:
    """See the module's docstring."""

    def __init__(self, store: CallStore, directory: Directory, relays: RelayDesk) -> None:
        self._keeper = CallKeeper(store)
        self._relays = RelayRounds(relays)
        relays.on_death = self.handle_relay_death
        self._sessions: dict[str, Session] = {}
        """By whose they are (`_owner`): a person or guest has one page at a time; the newest wins."""
        self._calls: dict[str, LiveCall] = {}
        self._call_hosted_by: dict[str, str] = {}
        """The one open call of each host."""
        self._roll = Roll(directory, self._tell_people)
        self._arrivals: dict[str, Pace] = {}
        self._is_closed = False

    # Life

    async def open(self) -> None:
        """Take up the calls that were open when the server stopped."""
        for stored in await self._keeper.open_calls():
            record = msgspec.json.decode(stored.state, type=Record)
            call = Call.restored(clock.monotonic(), record)
            self._take_up(LiveCall(stored.organisation_id, call, Showing(record.chat)))

    async def close(self) -> None:
        """Store what is not stored yet. The lines are closed by the listener."""
        self._is_closed = True
        self._roll.close()
        await self._keeper.flush()

    async def keep_calls(self) -> None:
        """Store every change, until cancelled."""
        await self._keeper.keep_for_ever()

    def gauges(self) -> dict[str, int]:
        """What the metrics page shows."""
        return {
            "sessions_connected": sum(session.line is not None for session in self._sessions.values()),
            "calls_open": sum(not live.call.has_ended for live in self._calls.values()),
        }

    def handed_out(self) -> list[HandedOut]:
        """Which relays each participant knows of."""
        return [
            HandedOut(live.call.id, seat.id, list(session.handed.relays))
            for live in self._calls.values()
            for seat in live.call.viewers()
            if (session := self._session_at(seat)) is not None
            and session.handed is not None
            and session.handed.holder == seat.id
        ]

    # What the HTTP API asks for

    async def seat_guest(self, *, host_person_id: str, invite_id: str, guest_name: str, now: float) -> GuestSeat:
        """A guest has used an invite: they wait in their host's open call, or in a new one."""
        found = await self._roll.member(host_person_id)
        if found is None:
            raise RefusedError("host_gone", "Whoever invited you is no longer here.", hint="Ask for a new link.")
        live = self._live(self._call_hosted_by.get(host_person_id)) or self._opened(now, *found)
        participant = _new_id()
        live.call.handle_guest_seated(clock.monotonic(), participant, guest_name)
        self._drain(live)
        await self._keeper.flush()
        _log.info("guest_seated", call=live.call.id)
        return GuestSeat(call_id=live.call.id, participant_id=participant)

    async def close_sessions(self, *, person_id: str, session_id: str | None = None, but: str | None = None) -> None:
        """The person was signed out: of one sign-in, of all `but` one, or, locked out, of all. Who signs out on purpose
        or is locked out hangs up; who changed their password elsewhere may come back to the call."""
        session = self._sessions.get(person_id)
        own = session.identity.session_id if session and isinstance(session.identity, PersonIdentity) else None
        is_locked_out = session_id is None and but is None
        if not is_locked_out and (own is None or own == but or session_id not in (None, own)):
            return
        live = self._live(self._call_hosted_by.get(person_id))
        if but is None and live is not None:  # also when the page is away just now: nobody may come back to it
            live.call.handle_leave(live.call.host.id)
            self._drain(live)
        if session is not None and session.line is not None:
            session.line.close(NOT_SIGNED_IN, "signed out")

    def presence_of(self, person_id: str) -> wire.Presence:
        """Whether the person can be reached now."""
        return self._roll.presence_of(person_id)

    # What the sockets bring

    async def connect(self, identity: Identity, hello: wire.Hello, line: Line, reached: Reached) -> Session:
        """A page says hello: it resumes its session, or begins a new one and replaces an older page's."""
        owner = owner_of(identity)
        if not self._arrivals.setdefault(owner, Pace(ARRIVALS, ARRIVALS_PER_S)).allows(clock.monotonic()):
            raise ProtocolError("too_fast", "the page comes back too often")
        people = await self._roll.seen_by(identity, self._host_of(identity))
        session = self._sessions.get(owner)
        is_resumed = session is not None and session.id == hello.session and session.instance == hello.instance
        if session is not None and session.line is not None:
            session.line.close(REPLACED, "opened again elsewhere")
        if session is None or not is_resumed:
            session = Session(id=secrets.token_urlsafe(24), identity=identity, instance=hello.instance)
            self._sessions[owner] = session
        session.identity = identity
        repeated = session.conversation.to_repeat(hello.received if is_resumed else 0)
        session.line, session.lost_at, session.opened_at = line, None, clock.monotonic()
        live = self._call_of(identity)
        if live is not None:
            live.call.handle_connected(clock.monotonic(), self._participant(live, identity), hello.instance)
        if isinstance(identity, PersonIdentity):
            self._roll.handle_connected(identity.person_id)
        self._welcome(session, people, reached, is_resumed=is_resumed)
        for seq, message in repeated:
            line.say(self._frame(session, seq, message))
        if is_resumed and session.handed and any(isinstance(each, wire.IceServersChanged) for _, each in repeated):
            # What was repeated is older than the welcome.
            self._say(session, wire.IceServersChanged(session.handed.servers, has_lost_relay=False))
        if live is not None:
            if not is_resumed:
                self._show_kept(live, session)
            self._drain(live)
        return session

    def disconnect(self, session: Session, line: Line) -> None:
        """The socket is gone. If the session has another by now, nothing follows."""
        if session.line is not line or self._is_closed:
            return
        session.line, session.lost_at = None, clock.monotonic()
        if self._sessions.get(owner_of(session.identity)) not in (None, session):
            return  # another page stands in its place
        if isinstance(session.identity, PersonIdentity):
            self._roll.handle_disconnected(session.identity.person_id)
        live = self._call_of(session.identity)
        if live is not None:
            live.call.handle_disconnected(clock.monotonic(), self._participant(live, session.identity))
            self._drain(live)

    def hear(self, session: Session, frame: wire.BrowserFrame) -> None:
        """A page says something. ProtocolError: it broke the protocol and is to be hung up on."""
        session.conversation.acknowledge(frame.ack)
        pace = session.drawing_pace if isinstance(frame.message, wire.Drawn) else session.pace
        if not pace.allows(clock.monotonic()):
            raise ProtocolError("too_fast", f"more than {pace.per_s:.0f} messages a second")
        if frame.seq and not session.conversation.is_news(frame.seq):
            return
        try:
            self._act(session, frame.message)
        except RefusedError as error:
            if error.code != "page_gone":  # the browser has moved on, so what was meant for it is of no interest
                self._say(session, wire.Problem(code=error.code, text=str(error)))

    def _act(self, session: Session, message: wire.FromBrowser) -> None:
        match message:
            case wire.Ping():
                if session.line is not None:
                    session.line.say(self._frame(session, 0, wire.Pong()))
            case wire.Hello():
                raise ProtocolError("hello_twice", "hello is said once a socket")
            case wire.Admit():
                require(role_of(session.identity), Permission.HOST_CALLS)
                live, me = self._seat(session, message.call)
                live.call.handle_admit(me, message.participant)
                self._drain(live)
                let_in = self._session_at(live.call.seat(message.participant))
                if let_in is not None:
                    self._show_kept(live, let_in)
            case wire.Refuse():
                require(role_of(session.identity), Permission.HOST_CALLS)
                live, me = self._seat(session, message.call)
                live.call.handle_refuse(me, message.participant)
                self._drain(live)
            case wire.Leave():
                live, me = self._seat(session, message.call)
                live.call.handle_leave(me)
                self._drain(live)
            case wire.SetMedia():
                if not session.media_pace.allows(clock.monotonic()):
                    raise ProtocolError("too_fast", "nobody mutes and unmutes that fast")
                live, me = self._seat(session, message.call)
                live.call.handle_media(me, message.media)
                self._drain(live)
            case wire.Describe() | wire.OfferCandidate():
                self._pass_on(session, message)
            case wire.Chat() | wire.BeginStroke() | wire.ExtendStroke() | wire.EndStroke() | wire.ShowStrokes():
                self._show(session, message)
            case _:
                assert_never(message)

    def _pass_on(self, session: Session, message: wire.Describe | wire.OfferCandidate) -> None:
        live, me = self._seat(session, message.call)
        live.call.require_may_describe(me, message.to, message.peer_instance)
        other = self._session_at(live.call.seat(message.to))
        if other is None:
            return
        passed_on: wire.FromServer
        if isinstance(message, wire.Describe):
            passed_on = wire.Described(message.call, me, session.instance, message.description)
        else:
            passed_on = wire.CandidateOffered(message.call, me, session.instance, message.candidate)
        self._say(other, passed_on)

    def _show(self, session: Session, message: wire.Chat | wire.Drawn) -> None:
        live, me = self._seat(session, message.call)
        for participant, told in live.showing.handle(live.call, me, message, at=clock.now(), now=clock.monotonic()):
            other = self._session_at(live.call.seat(participant))
            if other is not None:
                self._say(other, told)
        if isinstance(message, wire.Chat):
            self._keeper.note(live.stored())

    def _show_kept(self, live: LiveCall, session: Session) -> None:
        for told in live.showing.kept(live.call, self._participant(live, session.identity)):
            self._say(session, told)

    # What follows

    def _drain(self, live: LiveCall) -> None:
        events = live.call.events()
        if live.call.has_ended and live.ended_at is None:
            live.ended_at = clock.now()
        for event in events:
            match event:
                case Changed():
                    self._keeper.note(live.stored())
                case Ended(reason):
                    self._call_hosted_by.pop(live.call.host.person or "", None)
                    _log.info("call_ended", call=live.call.id, reason=reason)
                case _:
                    assert_never(event)
        if events:
            self._note_presence(live)
            for seat in live.call.viewers():
                session = self._session_at(seat)
                if session is not None:
                    self._tell_of_relays(live, seat, session)  # before the state that asks for links
                    self._say(session, wire.CallState(call=live.call.view_for(seat.id)))
            self._relays.take_back(live.call)

    def _tell_of_relays(self, live: LiveCall, seat: Seat, session: Session, *, has_lost_relay: bool = False) -> None:
        changed = self._relays.changed(live.call, seat, session, has_lost_relay=has_lost_relay)
        if changed is not None:
            self._say(session, changed)

    def handle_relay_death(self, relay: str) -> None:
        """Another relay has died: calls that may go through it move to others."""
        for live in self._calls.values():
            pages = [(seat, session) for seat in live.call.viewers() if (session := self._session_at(seat)) is not None]
            if any(session.handed is not None and relay in session.handed.relays for _, session in pages):
                for seat, session in pages:
                    self._tell_of_relays(live, seat, session, has_lost_relay=True)

    def _note_presence(self, live: LiveCall) -> None:
        """A host is busy from the first guest let in until the call ends."""
        host = live.call.host.person
        if host is None:
            return
        guests = live.call.viewers()[1:]
        is_in = not live.call.has_ended and any(guest.state == "admitted" for guest in guests)
        self._roll.handle_in_call(host, live.call.id, is_in=is_in)

    def _say(self, session: Session, message: wire.FromServer) -> None:
        try:
            seq = session.conversation.number(message)
        except ProtocolError:
            self._sessions.pop(owner_of(session.identity), None)
            if session.line is not None:
                session.line.close(BROKEN, "too far behind")
            return
        if session.line is not None:
            session.line.say(self._frame(session, seq, message))

    def _frame(self, session: Session, seq: int, message: wire.FromServer) -> str:
        return wire.encode_frame(wire.ServerFrame(seq=seq, ack=session.conversation.heard, message=message))

    def _welcome(self, session: Session, people: list[wire.Person], reached: Reached, *, is_resumed: bool) -> None:
        identity = session.identity
        live = self._call_of(identity)
        seat = None if live is None else live.call.seat(self._participant(live, identity))
        handed = self._relays.at_arrival(live.call if live else None, seat, session, reached)
        welcome = wire.Welcome(
            session=session.id,
            received=session.conversation.heard,
            is_resumed=is_resumed,
            id=owner_of(identity),
            name=identity.name,
            role=role_of(identity),
            ice_servers=handed.servers,
            is_relay_only=self._relays.is_relay_only,
            calls=[live.call.view_for(seat.id)] if live and seat else [],
            people=people,
        )
        assert session.line is not None, "welcome answers a hello, which came over a line"
        session.line.say(self._frame(session, 0, welcome))

    def _tell_people(self) -> None:
        changed = self._roll.changes()
        for session in list(self._sessions.values()):
            host = self._host_of(session.identity)
            seen = [person for person in changed if self._roll.may_see(session.identity, host, person)]
            if seen:  # also to a page that is away: it resumes its session and is told what it missed
                self._say(session, wire.PeopleChanged(people=seen))

    # Finding things

    def _call_of(self, identity: Identity) -> LiveCall | None:
        """The call that a page takes part in: a guest's own, a member's open one."""
        if isinstance(identity, GuestIdentity):
            return self._live(identity.call_id)
        return self._live(self._call_hosted_by.get(identity.person_id))

    def _host_of(self, identity: Identity) -> str | None:
        live = self._call_of(identity)
        return live.call.host.person if live is not None else None

    def _live(self, call_id: str | None) -> LiveCall | None:
        return self._calls.get(call_id) if call_id is not None else None

    def _participant(self, live: LiveCall, identity: Identity) -> str:
        return live.call.host.id if isinstance(identity, PersonIdentity) else identity.participant_id

    def _seat(self, session: Session, call_id: str) -> tuple[LiveCall, str]:
        live = self._call_of(session.identity)
        if live is None or live.call.id != call_id:
            raise RefusedError("no_such_call", "This call has ended or never was.")
        return live, self._participant(live, session.identity)

    def _session_at(self, seat: Seat) -> Session | None:
        return self._sessions.get(seat.person or seat.id)

    def _opened(self, now: float, organisation: str, host: wire.Person) -> LiveCall:
        """A new call; the host's page may be open already."""
        seat = Seat(id=_new_id(), name=host.name, role=host.role, state="admitted", person=host.id)
        live = LiveCall(organisation, Call.opened(clock.monotonic(), now, _new_id(), seat))
        session = self._sessions.get(host.id)
        if session is not None and session.line is not None:
            live.call.handle_connected(clock.monotonic(), seat.id, session.instance)
        self._take_up(live)
        return live

    def _take_up(self, live: LiveCall) -> None:
        self._calls[live.call.id] = live
        if live.call.host.person is not None:
            self._call_hosted_by[live.call.host.person] = live.call.id
        self._note_presence(live)

    # Time and storage

    async def let_time_pass(self) -> None:
        """Do what is due, until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            self._roll.handle_time()
            self._forget_sessions()
            for live in list(self._calls.values()):
                self._tick(live)

    def _forget_sessions(self) -> None:
        now = clock.monotonic()
        for owner, session in list(self._sessions.items()):
            if session.lost_at is not None and session.lost_at <= now - SESSION_KEPT_S:
                del self._sessions[owner]
                self._arrivals.pop(owner, None)
            elif session.line is not None and session.opened_at <= now - SOCKET_MOST_S:
                session.line.close(COME_BACK, "come back")

    def _tick(self, live: LiveCall) -> None:
        for seat in live.call.viewers():
            if (session := self._session_at(seat)) is not None:
                self._tell_of_relays(live, seat, session)
        deadline = live.call.deadline()
        if deadline is not None and deadline <= clock.monotonic():
            live.call.handle_time(clock.monotonic())
            self._drain(live)
        if live.ended_at is not None and live.ended_at + ENDED_KEPT_S <= clock.now():
            del self._calls[live.call.id]


def _new_id() -> str:
    return secrets.token_urlsafe(12)
