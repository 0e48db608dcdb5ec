"""The answers of Twilio and Cloudflare, as their documentation shows them, and others."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import ProtocolError
from sightline.wire.turn_tokens import MAX_ANSWER_BYTES, TurnToken, cloudflare_token, twilio_token

TWILIO = {
    "account_sid": "AC0",
    "date_created": "Fri, 01 May 2020 01:42:57 +0000",
    "ice_servers": [
        {"url": "stun:global.stun.twilio.com:3478", "urls": "stun:global.stun.twilio.com:3478"},
        *(
            {"url": url, "urls": url, "username": "long", "credential": "secret"}
            for url in (
                "turn:global.turn.twilio.com:3478?transport=udp",
                "turn:global.turn.twilio.com:3478?transport=tcp",
                "turn:global.turn.twilio.com:443?transport=tcp",
            )
        ),
    ],
    "password": "secret",
    "ttl": "86400",
    "username": "long",
}
LONG = b"a" * 600
CLOUDFLARE_URLS = [
    "turn:turn.cloudflare.com:3478?transport=udp",
    "turn:turn.cloudflare.com:53?transport=udp",
    "turn:turn.cloudflare.com:80?transport=tcp",
    "turns:turn.cloudflare.com:443?transport=tcp",
]
CLOUDFLARE = {
    "iceServers": [
        {"urls": ["stun:stun.cloudflare.com:3478", "stun:stun.cloudflare.com:53"]},
        {"urls": CLOUDFLARE_URLS, "username": "bc91", "credential": "ebd7"},
    ]
}


def texts(token: TurnToken) -> list[str]:
    return [str(url) for url in token.urls]


def test_twilios_answer_is_read() -> None:
    token = twilio_token(json.dumps(TWILIO).encode())
    assert (token.username, token.password, token.lifetime_s) == ("long", "secret", 86400.0)
    assert texts(token) == [server["url"] for server in TWILIO["ice_servers"][1:]]  # type: ignore[index]


def test_cloudflares_answer_is_read_without_the_port_that_browsers_refuse() -> None:
    token = cloudflare_token(json.dumps(CLOUDFLARE).encode())
    assert (token.username, token.password, token.lifetime_s) == ("bc91", "ebd7", None)
    assert texts(token) == [url for url in CLOUDFLARE_URLS if ":53?" not in url]


def test_cloudflares_older_answer_is_read() -> None:
    assert texts(cloudflare_token(json.dumps({"iceServers": CLOUDFLARE["iceServers"][1]}).encode()))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "not what is documented"),
        (b"<html>", "not what is documented"),
        (b'{"ice_servers": 5, "ttl": "1"}', "not what is documented"),
        (b'{"ice_servers": [], "ttl": "1"}', "no TURN server"),
        (b'{"ice_servers": [], "ttl": "soon"}', "not a number"),
        (b'{"ice_servers": [], "ttl": "nan"}', "not a time to come"),
        (b'{"ice_servers": [], "ttl": -1}', "not a time to come"),
        (b'{"ttl": 1, "ice_servers": [{"urls": "x", "username": "a", "credential": "b"}]}', "no TURN address"),
        (b'{"ttl": 1, "ice_servers": [{"urls": "stun:a", "username": "a", "credential": "b"}]}', "no TURN address"),
        (b'{"ttl": 1, "ice_servers": [{"url": "turn:a", "username": "%s", "credential": "b"}]}' % LONG, "longer"),
        (b" " * (MAX_ANSWER_BYTES + 1), "longer than"),
    ],
)  # fmt: skip
def test_any_other_answer_is_refused_with_its_reason(answer: bytes, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        twilio_token(answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["turn:a", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ice_servers", "iceServers", "ttl", "urls", "url", "username", "credential"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_at_all_is_read_or_refused(answer: bytes) -> None:
    for read in (twilio_token, cloudflare_token):
        with contextlib.suppress(ProtocolError):
            assert read(answer).urls
