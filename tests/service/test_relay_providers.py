"""Twilio's and Cloudflare's APIs, by a stand-in on loopback that answers as their documentation says, and worse."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from sightline.config import OtherRelay
from sightline.errors import ServiceError
from sightline.relays.choice import Offer
from sightline.server.relays import fetch as fetching
from sightline.server.relays.fetch import Request, fetch
from sightline.server.relays.providers import Provider, provider, token
from sightline.wire.turn_tokens import MAX_ANSWER_BYTES

TWILIO_PATH = "/2010-04-01/Accounts/AC0/Tokens.json"
CLOUDFLARE_PATH = "/v1/turn/keys/key-1/credentials/generate-ice-servers"


@dataclass
class StandIn:
    """What it was asked, and how it answers."""

    url: str = ""
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler], None] = lambda handler: reply(handler, 500, b"")
    answered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    state = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            state.asked.append((self.path, dict(self.headers), body))
            try:
                state.answer(self)
            except OSError:
                pass  # the client has given up
            finally:
                state.answered.release()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def twilio_answer(user: str = "u1", ttl: str = "14400") -> bytes:
    servers = [{"urls": "turn:turn.example:3478?transport=udp", "username": user, "credential": "c"}]
    return json.dumps({"ice_servers": servers, "ttl": ttl, "username": user, "password": "c"}).encode()


def twilio(stand_in: StandIn) -> OtherRelay:
    return OtherRelay(name="tw", kind="twilio", user="AC0", secret="token", api=stand_in.url)


def cloudflare(stand_in: StandIn) -> OtherRelay:
    return OtherRelay(name="cf", kind="cloudflare", user="key-1", secret="bearer", api=stand_in.url)


async def test_twilio_is_asked_as_it_wants_to_be(stand_in: StandIn) -> None:
    stand_in.answer = lambda handler: reply(handler, 201, twilio_answer())
    relay = provider(twilio(stand_in))
    assert relay.offer("anna", 0.0) is None, "nothing is asked while a call waits"
    asking = asyncio.create_task(relay.keep_fresh())
    await asyncio.to_thread(stand_in.answered.acquire)
    offer = await offered(relay)
    asking.cancel()
    assert (offer.username, offer.password) == ("u1", "c")
    path, headers, body = stand_in.asked[0]
    assert path == TWILIO_PATH
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"AC0:token").decode()
    assert parse_qs(body.decode()) == {"Ttl": [str(token.ASKED_S)]}


async def test_cloudflare_is_asked_as_it_wants_to_be(stand_in: StandIn) -> None:
    servers = [{"urls": ["stun:a.example"]}, {"urls": ["turn:a.example"], "username": "u", "credential": "c"}]
    stand_in.answer = lambda handler: reply(handler, 201, json.dumps({"iceServers": servers}).encode())
    relay = provider(cloudflare(stand_in))
    asking = asyncio.create_task(relay.keep_fresh())
    offer = await offered(relay)
    asking.cancel()
    assert [str(url) for url in offer.urls] == ["turn:a.example:3478?transport=udp"]
    path, headers, body = stand_in.asked[0]
    assert path == CLOUDFLARE_PATH
    assert headers["Authorization"] == "Bearer bearer"
    assert json.loads(body) == {"ttl": token.ASKED_S}


async def offered(relay: Provider) -> Offer:
    async with asyncio.timeout(30):
        while (offer := relay.offer("anna", time.time())) is None:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.01)
    return offer


async def test_a_token_is_renewed_at_half_its_life_and_the_last_good_one_is_kept(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token, "FIRST_RETRY_S", 0.01)
    answers = iter([(201, twilio_answer("first", "0.2")), (500, b""), (201, b"<html>"), (201, twilio_answer("second"))])
    stand_in.answer = lambda handler: reply(handler, *next(answers))
    relay = provider(twilio(stand_in))
    asking = asyncio.create_task(relay.keep_fresh())
    first = await offered(relay)
    assert first.username == "first"
    async with asyncio.timeout(30):
        while (offer := relay.offer("anna", 0.0)) is None or offer.username != "second":
            assert offer is not None, "an API that fails takes nothing away"
            await asyncio.sleep(0.001)
    asking.cancel()
    assert len(stand_in.asked) == 4
    assert relay.offer("anna", time.time() + 86400) is None, "nothing is handed out that has ended"


def slowly(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, each of them in time."""
    handler.send_response(201)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


def endlessly(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(201)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(1 << 16))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda handler: reply(handler, 401, b"x" * 1000), "401: secret or user is wrong"),
        (lambda handler: reply(handler, 503, b""), "it answered 503"),
        (lambda handler: reply(handler, 302, b"", Location="http://127.0.0.1:1/steal"), "it answered 302"),
        (lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n"), "not understood"),
        (lambda handler: None, "not reached|not understood"),
        (slowly, "did not end within"),
    ],
    ids=["401", "503", "redirect", "garbage", "hang-up", "slow"],
)
def test_an_answer_that_is_none_is_told_with_its_reason(
    stand_in: StandIn, answer: Callable[[BaseHTTPRequestHandler], None], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT_S", 1.0)
    stand_in.answer = answer
    with pytest.raises(ServiceError, match=reason) as caught:
        fetch(Request(stand_in.url + "/x", b"", {"Authorization": "Bearer north"}))
    assert "north" not in str(caught.value)


def test_an_api_that_is_not_there_is_not_reached() -> None:
    with pytest.raises(ServiceError, match="it was not reached"):
        fetch(Request("http://127.0.0.1:1/x", b"", {}))


def test_a_secret_that_no_header_can_hold_is_told_and_not_shown(stand_in: StandIn) -> None:
    with pytest.raises(ServiceError, match="not understood: UnicodeEncodeError"):
        fetch(Request(stand_in.url, b"", {"Authorization": "Bearer ключ"}))


def test_of_an_endless_answer_no_more_is_read_than_one_byte_too_much(stand_in: StandIn) -> None:
    stand_in.answer = endlessly
    assert len(fetch(Request(stand_in.url, b"", {}))) == MAX_ANSWER_BYTES + 1


def test_what_is_secret_in_a_request_is_not_shown() -> None:
    assert "north" not in repr(Request("https://a", b"", {"Authorization": "Bearer north"}))
