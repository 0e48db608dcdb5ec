"""A switchboard with people and guests in front of it, whose lines are lists: for test_switchboard.py."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sightline.config import Relay
from sightline.server.line import Line
from sightline.server.page import Session
from sightline.server.relays.desk import RelayDesk
from sightline.server.relays.reached import Reached
from sightline.server.sessions import GuestIdentity, PersonIdentity
from sightline.server.switchboard import Switchboard
from sightline.store.calls import CallRecord
from sightline.wire import signalling as wire

MessageT = TypeVar("MessageT")

HERE = Reached("assist.example.com", (("udp", 443), ("tcp", 443), ("tls", 443)))


class Archive:
    """A store in memory."""

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}

    async def save(self, record: CallRecord) -> None:
        self.records[record.id] = record

    async def open_calls(self) -> Iterable[CallRecord]:
        return [record for record in self.records.values() if record.ended_at is None]


class Members:
    """Maria is an expert, Wim a worker; both of one organisation."""

    people = (
        wire.Person(id="maria", name="Maria", role="expert", presence="offline"),
        wire.Person(id="wim", name="Wim", role="worker", presence="offline"),
    )

    async def people_of(self, organisation: str) -> list[wire.Person]:
        return list(self.people) if organisation == "acme" else []

    async def person(self, person_id: str) -> tuple[str, wire.Person] | None:
        return next((("acme", person) for person in self.people if person.id == person_id), None)


class Page:
    """A browser's page, as far as the switchboard sees it."""

    def __init__(self, switchboard: Switchboard, identity: PersonIdentity | GuestIdentity, instance: str) -> None:
        self.switchboard, self.identity, self.instance = switchboard, identity, instance
        self.seq = 0
        self.heard = 0
        self.reached = HERE
        self.acknowledges = True
        self.frames: list[wire.ServerFrame] = []
        self.closed: int | None = None
        self.session: Session | None = None
        self.line: Any = None

    async def connect(self, session: str | None = None) -> wire.Welcome:
        page = self

        class Recorder(Line):
            def __init__(self) -> None:
                pass

            def say(self, text: str) -> None:
                frame = wire.decode_server_frame(text)
                page.frames.append(frame)
                page.heard = max(page.heard, frame.seq)

            def close(self, code: int, reason: str) -> None:
                page.closed = code

        self.line = Recorder()
        hello = wire.Hello(instance=self.instance, session=session, received=self.heard)
        self.frames = []
        self.session = await self.switchboard.connect(self.identity, hello, self.line, self.reached)
        welcome = self.frames[0].message
        assert isinstance(welcome, wire.Welcome)
        return welcome

    def lose_socket(self) -> None:
        assert self.session is not None
        self.switchboard.disconnect(self.session, self.line)

    def say(self, message: wire.FromBrowser, seq: int | None = None) -> None:
        assert self.session is not None
        self.seq += 1
        self.switchboard.hear(self.session, wire.BrowserFrame(seq=seq or self.seq, ack=self.ack(), message=message))

    def ack(self) -> int:
        return self.heard if self.acknowledges else 0

    def told(self, kind: type[MessageT]) -> list[MessageT]:
        return [frame.message for frame in self.frames if isinstance(frame.message, kind)]

    def call(self) -> wire.Call:
        """The call as this page was last shown it."""
        shown = [message.call for message in self.told(wire.CallState)]
        shown += [call for welcome in self.told(wire.Welcome) for call in welcome.calls] if not shown else []
        return shown[-1]


class Scene:
    """A switchboard with Maria's page, and guests as needed."""

    def __init__(self, archive: Archive | None = None, relays: RelayDesk | None = None) -> None:
        self.archive = archive or Archive()
        self.relays = relays or RelayDesk(Relay(), "north of nowhere", [])
        self.switchboard = Switchboard(self.archive, Members(), self.relays)

    def person(self, person_id: str = "maria", instance: str = "page") -> Page:
        member = next(person for person in Members.people if person.id == person_id)
        identity = PersonIdentity(
            person_id=person_id,
            name=member.name,
            login=person_id,
            role=member.role,
            organisation_id="acme",
            organisation="Acme",
            session_id="sign-in",
            must_change_password=False,
        )
        return Page(self.switchboard, identity, f"{instance}-of-{person_id}")

    async def guest(self, name: str = "Anna") -> Page:
        seat = await self.switchboard.seat_guest(host_person_id="maria", invite_id="i", guest_name=name, now=0.0)
        return self.guest_at(seat.call_id, seat.participant_id, name)

    def guest_at(self, call: str, participant: str, name: str = "Anna") -> Page:
        identity = GuestIdentity(
            call_id=call,
            participant_id=participant,
            name=name,
            host_id="maria",
            host_name="Maria",
            organisation_id="acme",
            organisation="Acme",
            invite_id="i",
        )
        return Page(self.switchboard, identity, f"page-of-{name}")

    async def call_of_two(self) -> tuple[Page, Page]:
        maria, anna = self.person(), await self.guest()
        await maria.connect()
        await anna.connect()
        maria.say(wire.Admit(call=maria.call().id, participant=anna.call().you))
        return maria, anna


def describe(sender: Page, to: Page, sdp: str = "v=0") -> wire.Describe:
    call = sender.call()
    other = next(someone for someone in call.participants if someone.id == to.call().you)
    description = wire.Description(type="offer", sdp=sdp)
    return wire.Describe(call=call.id, to=other.id, description=description, peer_instance=other.instance)
