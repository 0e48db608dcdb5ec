"""What the browser and the server say to each other over the one WebSocket: `/signal` for people who signed in,
`/signal/guest` for guests. A browser may be both, so the path says which of its two cookies is meant.

A frame carries one message and two counters. `seq` numbers the messages that must not be lost, from 1 on, per
direction and session; a message that may be lost (ping, pong, hello, welcome) has seq 0. `ack` is the highest
`seq` received in order. After a dropped socket the browser says `hello` with the session it had and what it
had received; both sides send again what the other has not acknowledged, and drop what they have seen already.
So nothing is lost or doubled and nobody has to join again.

    browser                              server
       │  hello(session=None)  ────────────►│  cookie says who it is: person or guest
       │◄────────────  welcome(session, me, calls, people, ice_servers)
       │  describe, candidate, admit … ◄───►│  call_state, described, …
       ╳  socket drops; media runs on       │
       │  hello(session, received=7) ──────►│
       │◄──────────── welcome(resumed=True, received=4) and everything after 7

`call_state` always carries the whole call: it is small, and a snapshot cannot be misunderstood after a gap.
"""

from typing import Annotated, Final, Literal, TypeAlias, TypeVar

import msgspec

from sightline.errors import ProtocolError

MAX_FRAME_BYTES: Final = 64 * 1024
"""Chromium's offer with every codec is 8 KiB; 64 KiB leaves room for many tracks and bounds a hostile peer."""

Id: TypeAlias = Annotated[str, msgspec.Meta(max_length=64)]
"""Ours have 16 or 32 characters. Whatever a page makes up is stored and sent to others, so it is bounded."""

CandidateText: TypeAlias = Annotated[str, msgspec.Meta(max_length=1024)]
"""A candidate is a line of some 150 characters; longer ones carry tokens of a relay."""

Role: TypeAlias = Literal["worker", "expert", "dispatcher", "admin", "guest"]
Presence: TypeAlias = Literal["available", "busy", "offline"]
ParticipantState: TypeAlias = Literal["waiting", "admitted", "refused", "left"]
CallPhase: TypeAlias = Literal["open", "ended"]
EndReason: TypeAlias = Literal["hung_up", "abandoned"]
MediaState: TypeAlias = Literal["on", "off", "absent"]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a message."""


class Media(Value, frozen=True):
    """What a participant sends. `absent`: no such device, or permission was not given."""

    microphone: MediaState
    camera: MediaState


class Participant(Value, frozen=True):
    """Somebody in a call. Earlier in the list means: makes the offer, and is the impolite side in a glare."""

    id: str
    name: str
    role: Role
    state: ParticipantState
    is_connected: bool
    """Whether a socket is open now. The media may run on without one."""
    instance: str
    """Changes when the page is loaded anew: the other side must then build its peer connection anew. Empty while
    the participant has not been connected yet."""
    media: Media


class Call(Value, frozen=True):
    """The whole of one call, as one participant may see it."""

    id: str
    phase: CallPhase
    opened_at: float
    participants: list[Participant]
    you: str
    """The id of the participant who receives this."""
    end_reason: EndReason | None = None


class Person(Value, frozen=True):
    """A member of the organisation and whether they can be reached."""

    id: str
    name: str
    role: Role
    presence: Presence


class IceServer(Value, frozen=True):
    """As `RTCIceServer` of the browser, in the order in which we would like them tried. Credentials are the
    participant's own and end after some time; fresh ones come before."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class Description(Value, frozen=True):
    """As `RTCSessionDescriptionInit`."""

    type: Literal["offer", "answer"]
    sdp: str


class Candidate(Value, frozen=True):
    """As `RTCIceCandidateInit`; an empty `candidate` ends the list."""

    candidate: CandidateText
    sdp_mid: Id | None = None
    sdp_m_line_index: int | None = None
    username_fragment: Annotated[str, msgspec.Meta(max_length=256)] | None = None


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """One thing said; its tag `type` names it on the wire."""


# From the browser


class Hello(Message, frozen=True, tag="hello"):
    """The first message on every socket."""

    instance: Id
    """Random, made when the page is loaded."""
    session: Id | None = None
    """The session to resume, or None for a new one."""
    received: int = 0


class Ping(Message, frozen=True, tag="ping"):
    """Answered with pong. A browser sees no WebSocket ping, and a dead network sends no close."""


class Admit(Message, frozen=True, tag="admit"):
    """The host lets a waiting guest in."""

    call: Id
    participant: Id


class Refuse(Message, frozen=True, tag="refuse"):
    """The host sends a waiting guest away."""

    call: Id
    participant: Id


class Leave(Message, frozen=True, tag="leave"):
    """I hang up. The call ends when its host leaves or nobody else is left in it."""

    call: Id


class SetMedia(Message, frozen=True, tag="set_media"):
    """What I send now."""

    call: Id
    media: Media


class Describe(Message, frozen=True, tag="describe"):
    """A session description for one other participant (`to`); a media server will be one more such id."""

    call: Id
    to: Id
    description: Description
    peer_instance: Id
    """The instance of the other side that this is meant for; one meant for a page that is gone is dropped."""


class OfferCandidate(Message, frozen=True, tag="offer_candidate"):
    """An ICE candidate for one other participant."""

    call: Id
    to: Id
    candidate: Candidate
    peer_instance: Id


# From the server


class Welcome(Message, frozen=True, tag="welcome"):
    """The answer to hello. When `is_resumed` is false the session is new: nothing of an earlier one is repeated,
    and `calls` and `people` are the whole truth."""

    session: str
    received: int
    is_resumed: bool
    id: str
    name: str
    role: Role
    ice_servers: list[IceServer]
    """Relays are among them for whoever is in a call."""
    is_relay_only: bool
    """Use no direct path."""
    calls: list[Call]
    people: list[Person]


class Pong(Message, frozen=True, tag="pong"):
    """The answer to ping."""


class CallState(Message, frozen=True, tag="call_state"):
    """A call has changed; this is the whole of it now."""

    call: Call


class PeopleChanged(Message, frozen=True, tag="people_changed"):
    """These people have changed; the others have not."""

    people: list[Person]


class IceServersChanged(Message, frozen=True, tag="ice_servers_changed"):
    """From now on these are the servers: for the next link, and for those that there are at their next ICE restart."""

    ice_servers: list[IceServer]
    has_lost_relay: bool
    """A relay that was handed to somebody in the call is dead: links that are relayed restart ICE now."""


class Described(Message, frozen=True, tag="described"):
    """A session description from another participant."""

    call: str
    sender: str
    sender_instance: str
    description: Description


class CandidateOffered(Message, frozen=True, tag="candidate_offered"):
    """An ICE candidate from another participant."""

    call: str
    sender: str
    sender_instance: str
    candidate: Candidate


class Problem(Message, frozen=True, tag="problem"):
    """Something the browser said could not be done. `code` is stable; `text` is for a person."""

    code: str
    text: str


FromBrowser: TypeAlias = Hello | Ping | Admit | Refuse | Leave | SetMedia | Describe | OfferCandidate
FromServer: TypeAlias = (
    Welcome | Pong | CallState | PeopleChanged | IceServersChanged | Described | CandidateOffered | Problem
)
UNNUMBERED: Final = (Hello, Ping, Welcome, Pong)
"""Messages that belong to one socket and not to the session: they have seq 0 and are never sent again."""


class BrowserFrame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One WebSocket text frame from the browser."""

    seq: int
    ack: int
    message: FromBrowser


class ServerFrame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One WebSocket text frame from the server."""

    seq: int
    ack: int
    message: FromServer


_browser_decoder = msgspec.json.Decoder(BrowserFrame)
_server_decoder = msgspec.json.Decoder(ServerFrame)
_encoder = msgspec.json.Encoder()


def decode_browser_frame(text: str | bytes) -> BrowserFrame:
    """What the browser said, or a ProtocolError that names the field."""
    return _checked(_decoded(_browser_decoder, text))


def decode_server_frame(text: str | bytes) -> ServerFrame:
    """What the server said: for tests and for programs that act as a browser."""
    return _checked(_decoded(_server_decoder, text))


def encode_frame(frame: BrowserFrame | ServerFrame) -> str:
    """The frame as JSON text."""
    return _encoder.encode(frame).decode()


_Frame = TypeVar("_Frame", BrowserFrame, ServerFrame)


def _decoded(decoder: msgspec.json.Decoder[_Frame], text: str | bytes) -> _Frame:
    if len(text) > MAX_FRAME_BYTES:
        raise ProtocolError("frame_too_large", f"a frame holds at most {MAX_FRAME_BYTES} bytes")
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ProtocolError("bad_frame", str(error)) from error


def _checked(frame: _Frame) -> _Frame:
    if frame.seq < 0 or frame.ack < 0:
        raise ProtocolError("bad_frame", "seq and ack count up from 0")
    if isinstance(frame.message, UNNUMBERED) != (frame.seq == 0):
        raise ProtocolError("bad_frame", "hello, welcome, ping and pong have seq 0 and nothing else has")
    return frame
