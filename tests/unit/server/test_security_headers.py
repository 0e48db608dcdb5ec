"""What every answer tells the browser."""

from typing import Any

import pytest

from sightline.server.security_headers import SecurityHeaders


async def headers_of(
    path: str, own: list[tuple[bytes, bytes]], *, scheme: str = "https", is_https_only: bool = False
) -> dict[str, str]:
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": own})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "scheme": scheme}
    await SecurityHeaders(application, is_https_only=is_https_only)(scope, None, send)
    assert len(sent) == 2
    names = [name for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names))
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("path", ["/", "/console", "/api/me", "/trust", "/trustworthy"])
async def test_every_answer_is_guarded(path: str) -> None:
    headers = await headers_of(path, [])
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(("path", "is_open"), [("/trust", True), ("/trust/phone", True), ("/trustworthy", False)])
async def test_only_the_trust_pages_may_carry_their_style(path: str, is_open: bool) -> None:
    assert ("'unsafe-inline'" in (await headers_of(path, []))["content-security-policy"]) == is_open


@pytest.mark.parametrize(("path", "is_kept"), [("/api/me", False), ("/api", False), ("/assets/x.js", True)])
async def test_answers_of_the_api_are_kept_nowhere(path: str, is_kept: bool) -> None:
    assert ((await headers_of(path, [])).get("cache-control") is None) == is_kept


async def test_what_the_application_says_stands() -> None:
    assert (await headers_of("/api/x", [(b"Cache-Control", b"max-age=60")]))["Cache-Control"] == "max-age=60"


async def test_a_websocket_passes_untouched() -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope, receive, send))

    scope = {"type": "websocket", "path": "/signal"}
    await SecurityHeaders(application)(scope, "receive", "send")
    assert seen == [(scope, "receive", "send")]


@pytest.mark.parametrize(
    ("scheme", "is_https_only", "said"),
    [("https", True, "max-age=31536000"), ("http", True, None), ("https", False, None)],
)
async def test_a_publicly_trusted_server_asks_for_https_ever_after(
    scheme: str, is_https_only: bool, said: str | None
) -> None:
    headers = await headers_of("/join", [], scheme=scheme, is_https_only=is_https_only)
    assert headers.get("strict-transport-security") == said
