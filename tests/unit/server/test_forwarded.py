"""Who the client is, from what a proxy says."""

import asyncio
from typing import Any

import pytest

from sightline.server.forwarded import Forwarded

TRUSTED = ("127.0.0.1/32", "10.0.0.0/8", "::1/128")


def told(
    *headers: tuple[str, str], peer: str = "127.0.0.1", kind: str = "http", scheme: str = "http"
) -> tuple[str | None, str]:
    """(client, scheme) as the application sees them."""
    seen: list[Any] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": kind, "scheme": scheme, "client": (peer, 50000), "headers": raw}
    asyncio.run(Forwarded(inner, TRUSTED)(scope, None, None))
    client = seen[0]["client"]
    return (client[0] if client else None), seen[0]["scheme"]


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:50000", "203.0.113.9"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy_of_ours(said: str, client: str) -> None:
    assert told(("x-forwarded-for", said))[0] == client


@pytest.mark.parametrize(
    "said", ["", "unknown", "a.b.c.d", "203.0.113.9, rubbish", "127.0.0.1", "::1", "::ffff:127.0.0.1", "[", "\xff"]
)
def test_what_is_no_address_of_somebody_else_makes_the_client_unknown(said: str) -> None:
    assert told(("x-forwarded-for", said))[0] is None


def test_several_headers_are_one_list() -> None:
    assert told(("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9"))[0] == "203.0.113.9"


@pytest.mark.parametrize("mark", ["x-forwarded-proto", "x-forwarded-host", "forwarded", "via", "x-real-ip"])
def test_without_forwarded_for_whoever_came_through_a_proxy_is_unknown(mark: str) -> None:
    assert told((mark, "https"))[0] is None


def test_what_carries_no_mark_of_a_proxy_is_this_machine() -> None:
    assert told(("host", "localhost"), ("user-agent", "curl")) == ("127.0.0.1", "http")


def test_an_untrusted_address_is_not_believed() -> None:
    headers = (("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https"))
    assert told(*headers, peer="198.51.100.1") == ("198.51.100.1", "http")
    assert told(*headers, peer="127.0.0.2") == (None, "http"), "but it is no longer this machine either"


@pytest.mark.parametrize(
    ("kind", "said", "scheme"),
    [("http", "https", "https"), ("http", "wss", "https"), ("websocket", "https", "wss"), ("websocket", "http", "ws")],
)
def test_the_scheme_is_what_the_proxy_says(kind: str, said: str, scheme: str) -> None:
    assert told(("x-forwarded-proto", said), kind=kind, scheme="ws" if kind == "websocket" else "http")[1] == scheme


def test_a_scheme_that_is_none_is_not_believed() -> None:
    assert told(("x-forwarded-proto", "gopher"))[1] == "http"
    assert told(("x-forwarded-proto", "https, http"))[1] == "http", "the last is what the nearest proxy said"
