"""The WebSocket at `/signal` (members) and `/signal/guest` (guests): frames and time become events.

A socket is accepted before it is judged, as a browser learns no close code from a refused handshake. Whatever
breaks the protocol is hung up on and counted; nothing that a page says can do more than that.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, Literal, TypeAlias

import structlog

from sightline.errors import ProtocolError
from sightline.server.line import Line
from sightline.server.page import BROKEN, NOT_SIGNED_IN
from sightline.server.relays.reached import Reached
from sightline.server.roll import Identity
from sightline.server.switchboard import Switchboard
from sightline.wire import signalling as wire

HELLO_TIMEOUT_S: Final = 10.0
"""A page says hello at once; whoever does not is no page."""

WRONG_ORIGIN: Final = 4403

Who: TypeAlias = Literal["person", "guest"]
PATHS: Final[dict[str, Who]] = {"/signal": "person", "/signal/guest": "guest"}

Identify: TypeAlias = Callable[[dict[str, str], str, Who], Awaitable[Identity | None]]
"""(cookies, scheme, who) to who it is, or None."""

ReachedBy: TypeAlias = Callable[[Any], Reached]
"""How the page of a scope came here."""

_log = structlog.get_logger()


class SignallingEndpoint:
    """An ASGI application for the paths in PATHS."""

    def __init__(self, switchboard: Switchboard, identify: Identify, reached_by: ReachedBy) -> None:
        self._switchboard = switchboard
        self._identify = identify
        self._reached_by = reached_by

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one WebSocket from its opening to its end."""
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        line = Line(send)
        try:
            await self._serve(scope, receive, line)
        except ProtocolError as error:
            # Not the message: it may quote what the page said, and anybody can make it come.
            _log.info("signalling_protocol_error", code=error.code)
            line.close(BROKEN, error.code)
        await line.drained()

    async def _serve(self, scope: Any, receive: Any, line: Line) -> None:
        headers = dict(scope["headers"])
        if not _is_own_page(scope, headers):
            line.close(WRONG_ORIGIN, "another site's page")
            return
        hello = await _hello(receive)
        if hello is None:
            return
        scheme = "https" if scope["scheme"] == "wss" else "http"
        cookies, who = _cookies(headers), PATHS[scope["path"]]
        identity = await self._identify(cookies, scheme, who)
        if identity is None:
            line.close(NOT_SIGNED_IN, "not signed in")
            return
        session = await self._switchboard.connect(identity, hello, line, self._reached_by(scope))
        try:
            # Once more: a sign-out that fell between the first question and the session was told to nobody.
            if await self._identify(cookies, scheme, who) is None:
                line.close(NOT_SIGNED_IN, "not signed in")
                return
            while (frame := await _next_frame(receive)) is not None:
                self._switchboard.hear(session, frame)
        finally:
            self._switchboard.disconnect(session, line)


async def _hello(receive: Any) -> wire.Hello | None:
    """The first message, or None if the socket closed without one."""
    try:
        async with asyncio.timeout(HELLO_TIMEOUT_S):
            frame = await _next_frame(receive)
    except TimeoutError:
        raise ProtocolError("no_hello", f"no hello within {HELLO_TIMEOUT_S:.0f} s") from None
    if frame is None:
        return None
    if not isinstance(frame.message, wire.Hello):
        raise ProtocolError("no_hello", "the first message is hello")
    return frame.message


async def _next_frame(receive: Any) -> wire.BrowserFrame | None:
    event = await receive()
    if event["type"] == "websocket.disconnect":
        return None
    return wire.decode_browser_frame(event.get("text") or event.get("bytes") or "")


def _is_own_page(scope: Any, headers: dict[bytes, bytes]) -> bool:
    """Browsers send Origin with every WebSocket and no page can forge it; a program that sends none has no cookies
    of somebody else's to abuse."""
    origin = headers.get(b"origin")
    if origin is None:
        return True
    scheme = b"https" if scope["scheme"] == "wss" else b"http"
    return origin == scheme + b"://" + headers.get(b"host", b"")


def _cookies(headers: dict[bytes, bytes]) -> dict[str, str]:
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in cookies.items()}
