"""The messages: round trips, and what a hostile page may send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import ProtocolError
from sightline.wire import signalling as wire

OFFER = wire.Description(type="offer", sdp="v=0\r\n")
CANDIDATE = wire.Candidate(candidate="candidate:1 1 udp 1 192.0.2.1 5000 typ host", sdp_mid="0")

FROM_BROWSER = [
    wire.Hello(instance="page"),
    wire.Hello(instance="page", session="s", received=7),
    wire.Ping(),
    wire.Admit(call="c", participant="p"),
    wire.Refuse(call="c", participant="p"),
    wire.Leave(call="c"),
    wire.SetMedia(call="c", media=wire.Media(microphone="on", camera="absent")),
    wire.Describe(call="c", to="p", description=OFFER, peer_instance="i"),
    wire.OfferCandidate(call="c", to="p", candidate=CANDIDATE, peer_instance="i"),
    wire.Chat(call="c", id="m", text="Hello"),
    wire.BeginStroke(call="c", stroke=wire.Stroke("s", "a", "p", "text", 1.5, [0.5, 1.0], text="here")),
    wire.ExtendStroke(call="c", id="s", at=1, points=[0.0, 1.0]),
    wire.EndStroke(call="c", id="s"),
    wire.ShowStrokes(call="c", strokes=["s"], is_shown=False),
]


@pytest.mark.parametrize("message", FROM_BROWSER, ids=lambda message: type(message).__name__)
def test_what_the_browser_says_survives_the_wire(message: wire.FromBrowser) -> None:
    seq = 0 if isinstance(message, wire.UNNUMBERED) else 3
    frame = wire.BrowserFrame(seq=seq, ack=2, message=message)
    assert wire.decode_browser_frame(wire.encode_frame(frame)) == frame


def test_what_the_server_says_survives_the_wire() -> None:
    call = wire.Call(id="c", phase="open", opened_at=1.5, participants=[], you="p")
    frame = wire.ServerFrame(seq=1, ack=0, message=wire.CallState(call=call))
    assert wire.decode_server_frame(wire.encode_frame(frame)) == frame


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "truncated"),
        ("[]", "Expected `object`"),
        ('{"seq":1,"ack":0}', "message"),
        ('{"seq":1,"ack":0,"message":{"type":"explode"}}', "explode"),
        ('{"seq":1,"ack":0,"message":{"type":"leave","call":7}}', "$.message.call"),
        ('{"seq":1,"ack":0,"message":{"type":"leave","call":"c","more":1}}', "more"),
        ('{"seq":0,"ack":0,"message":{"type":"hello","instance":"' + "x" * 65 + '"}}', "length <= 64"),
        ('{"seq":0,"ack":0,"message":{"type":"leave","call":"c"}}', "seq 0"),
        ('{"seq":1,"ack":0,"message":{"type":"ping"}}', "seq 0"),
        ('{"seq":1,"ack":0,"message":{"type":"chat","call":"c","id":"m","text":""}}', "length >= 1"),
        (
            '{"seq":1,"ack":0,"message":{"type":"chat","call":"c","id":"m","text":"' + "x" * 2001 + '"}}',
            "length <= 2000",
        ),
        ('{"seq":1,"ack":0,"message":{"type":"extend_stroke","call":"c","id":"s","at":0,"points":[0,1.01]}}', "<= 1"),
        ('{"seq":1,"ack":0,"message":{"type":"extend_stroke","call":"c","id":"s","at":-1,"points":[0,1]}}', ">= 0"),
        ('{"seq":1,"ack":0,"message":{"type":"show_strokes","call":"c","strokes":[],"is_shown":true}}', "length >= 1"),
        ('{"seq":-1,"ack":0,"message":{"type":"leave","call":"c"}}', "count up"),
        ('{"seq":1,"ack":-1,"message":{"type":"leave","call":"c"}}', "count up"),
        ("x" * (wire.MAX_FRAME_BYTES + 1), "at most"),
        (b"\xff\xfe", "invalid"),
    ],
)
def test_a_bad_frame_is_refused_with_its_place(text: str | bytes, named: str) -> None:
    with pytest.raises(ProtocolError, match="(?i)" + named.replace("$", r"\$")):
        wire.decode_browser_frame(text)


@given(st.binary(max_size=400) | st.text(max_size=400))
def test_any_bytes_are_a_frame_or_a_protocol_error(text: str | bytes) -> None:
    try:
        wire.decode_browser_frame(text)
    except ProtocolError:
        return
