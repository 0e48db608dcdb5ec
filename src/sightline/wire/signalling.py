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

MAX_CHAT_CHARACTERS: Final = 2000
"""A page of text; whoever has more to say has a file to send."""

MAX_POINTS_AT_ONCE: Final = 256
"""One message carries what was drawn in one frame of the screen, some ten points, or all that waited for a socket."""

MAX_LABEL: Final = 80
"""Text on a picture: more than a line covers what it explains."""

ChatText: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_CHAT_CHARACTERS)]
Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
"""How far along the width or the height of the picture itself, whatever box it is shown in."""
Points: TypeAlias = Annotated[list[Share], msgspec.Meta(min_length=2, max_length=2 * MAX_POINTS_AT_ONCE)]
"""x and y in turn."""
StrokeIds: TypeAlias = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=200)]

Tool: TypeAlias = Literal["pointer", "arrow", "freehand", "ellipse", "rectangle", "number", "text"]
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
    colour: int
    """Which of the six colours of people is theirs; the same on every page."""


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


class ChatMessage(Value, frozen=True):
    """Something that was said in writing. Its number counts from 1 in each call."""

    seq: int
    id: str
    """Made by the page that said it, so that a message which is repeated is known again."""
    sender: str
    at: float
    text: str


class Stroke(Value, frozen=True):
    """A mark on the picture of one participant."""

    id: Id
    author: str
    """Who drew it. What a page puts here is not believed."""
    on: Id
    """Whose picture it is on."""
    tool: Tool
    aspect: Annotated[float, msgspec.Meta(ge=0.1, le=10)]
    """Width by height of the picture when it was drawn: a phone may be turned since."""
    points: Annotated[list[Share], msgspec.Meta(min_length=2)]
    """A freehand line has as many as it takes, an arrow, ellipse or rectangle two, a number or text one."""
    number: Annotated[int, msgspec.Meta(ge=0, le=999)] = 0
    text: Annotated[str, msgspec.Meta(max_length=MAX_LABEL)] = ""
    is_shown: bool = True


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


class Chat(Message, frozen=True, tag="chat"):
    """I say something in writing."""

    call: Id
    id: Id
    text: ChatText


class BeginStroke(Message, frozen=True, tag="begin_stroke"):
    """I begin to draw, or say again what a server that was restarted no longer has. One that is there already stays."""

    call: Id
    stroke: Stroke


class ExtendStroke(Message, frozen=True, tag="extend_stroke"):
    """I go on drawing: from the point `at` on, the stroke is now these. So saying it twice does no harm, and the
    second corner of a rectangle can move."""

    call: Id
    id: Id
    at: Annotated[int, msgspec.Meta(ge=0)]
    points: Points


class EndStroke(Message, frozen=True, tag="end_stroke"):
    """I have lifted the pen. A pointer is gone with it."""

    call: Id
    id: Id


class ShowStrokes(Message, frozen=True, tag="show_strokes"):
    """Undo, redo and clear: these are hidden, or shown again. They are named, so that nothing goes which was drawn
    meanwhile, and nothing twice."""

    call: Id
    strokes: StrokeIds
    is_shown: bool


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


class ChatSaid(Message, frozen=True, tag="chat_said"):
    """Somebody in the call, perhaps you, said something in writing."""

    call: str
    message: ChatMessage


class ChatKept(Message, frozen=True, tag="chat_kept"):
    """A part of what was said before: a new session is told all that its participant was told."""

    call: str
    messages: list[ChatMessage]


class StrokeBegun(Message, frozen=True, tag="stroke_begun"):
    """Another participant begins to draw."""

    call: str
    stroke: Stroke


class StrokeExtended(Message, frozen=True, tag="stroke_extended"):
    """As extend_stroke, from another participant."""

    call: str
    id: str
    at: int
    points: list[float]


class StrokeEnded(Message, frozen=True, tag="stroke_ended"):
    """As end_stroke, from another participant."""

    call: str
    id: str


class StrokesShown(Message, frozen=True, tag="strokes_shown"):
    """As show_strokes, from another participant."""

    call: str
    strokes: list[str]
    is_shown: bool


class StrokesKept(Message, frozen=True, tag="strokes_kept"):
    """A part of what is drawn: a new session is told all of it, and so is whoever is let in. After the last part a
    page says again what it drew itself and was not told of."""

    call: str
    strokes: list[Stroke]
    is_last: bool


class NotTaken(Message, frozen=True, tag="not_taken"):
    """The chat message or stroke with this id was refused, and nobody else has it."""

    call: str
    id: str
    code: str
    text: str


class Problem(Message, frozen=True, tag="problem"):
    """Something the browser said could not be done. `code` is stable; `text` is for a person."""

    code: str
    text: str


Drawn: TypeAlias = BeginStroke | ExtendStroke | EndStroke | ShowStrokes
FromBrowser: TypeAlias = Hello | Ping | Admit | Refuse | Leave | SetMedia | Describe | OfferCandidate | Chat | Drawn
FromServer: TypeAlias = (
    Welcome
    | Pong
    | CallState
    | PeopleChanged
    | IceServersChanged
    | Described
    | CandidateOffered
    | ChatSaid
    | ChatKept
    | StrokeBegun
    | StrokeExtended
    | StrokeEnded
    | StrokesShown
    | StrokesKept
    | NotTaken
    | Problem
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
