"""What plain HTTP may reach."""

import asyncio
from typing import Any

import pytest

from sightline.server.gate import Gate


def answer(
    path: str = "/",
    *,
    scheme: str = "http",
    client: str | None = "127.0.0.1",
    host: str = "localhost:8080",
    kind: str = "http",
    query: bytes = b"",
    https_port: int = 8443,
    method: str = "GET",
    further_host: str = "",
) -> tuple[int, dict[bytes, bytes]]:
    """(status, headers); 200 means that the gate let it pass, 1008 a refused WebSocket."""
    sent: list[dict[str, Any]] = []

    async def inner(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    headers = [(b"host", name.encode()) for name in (host, further_host) if name]
    who = (client, 50000) if client else None
    scope = {"type": kind, "scheme": scheme, "client": who, "path": path, "raw_path": path.encode(), "method": method}
    asyncio.run(Gate(inner, https_port)({**scope, "headers": headers, "query_string": query}, receive, send))
    first = sent[0]
    return first.get("status") or first["code"], dict(first.get("headers", []))


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "192.0.2.7"])
def test_everything_passes_over_tls(client: str) -> None:
    assert answer("/api/me", scheme="https", client=client, host="assist.example.com")[0] == 200
    assert answer("/signal", scheme="wss", kind="websocket", client=client)[0] == 200


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"])
def test_everything_passes_from_this_machine(host: str) -> None:
    assert answer("/api/me", host=host)[0] == 200


def test_a_site_that_points_its_name_at_loopback_is_refused() -> None:
    assert answer("/api/me", host="evil.example:8080")[0] == 421
    assert answer("/signal", scheme="ws", kind="websocket", host="evil.example:8080")[0] == 1008


@pytest.mark.parametrize("path", ["/trust", "/trust/authority.crt"])
def test_the_trust_page_passes_from_afar(path: str) -> None:
    assert answer(path, client="192.0.2.7", host="192.0.2.1:8443")[0] == 200


@pytest.mark.parametrize("path", ["/", "/join", "/api/me", "/trusty", "/metrics"])
def test_everything_else_from_afar_is_redirected(path: str) -> None:
    status, headers = answer(path, client="192.0.2.7", host="192.0.2.1:8443", query=b"a=1")
    assert status == 308
    assert headers[b"location"] == b"https://192.0.2.1:8443" + path.encode() + b"?a=1"


def test_a_redirect_to_the_usual_port_names_none() -> None:
    _, headers = answer("/join", client="2001:db8::7", host="[2001:db8::1]", https_port=443)
    assert headers[b"location"] == b"https://[2001:db8::1]/join"


def test_a_websocket_from_afar_is_refused() -> None:
    assert answer("/signal", scheme="ws", kind="websocket", client="192.0.2.7")[0] == 1008


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_was_sent_in_clear_from_afar_is_refused_rather_than_redirected(method: str) -> None:
    status, headers = answer("/api/sign-in", client="192.0.2.7", host="192.0.2.1", method=method)
    assert status == 403
    assert b"location" not in headers


def test_a_client_that_nobody_knows_is_not_this_machine() -> None:
    assert answer("/metrics", client=None)[0] == 308


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_that_names_two_hosts_is_refused(scheme: str) -> None:
    assert answer(host="evil.example", further_host="localhost", scheme=scheme)[0] == 400
