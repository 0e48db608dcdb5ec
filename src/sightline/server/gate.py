"""The first thing a request meets: over plain HTTP from afar it gets /trust or a redirect, and nothing else.

    came over            from loopback      from elsewhere
    TLS                  everything         everything
    plain HTTP           everything         /trust and what belongs to it; else redirected to HTTPS, or refused if it
                                            brought something: that has crossed the network in clear already

Browsers give a page the camera on https and on localhost only, so nobody loses anything by it. A request over plain
HTTP must also name a loopback host: a site that points its own name at 127.0.0.1 (DNS rebinding) finds no way in.
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Final, TypeAlias

Application: TypeAlias = Callable[[Any, Any, Any], Any]

LOOPBACK_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
OPEN_TO_ALL: Final = "/trust"
_TEXT: Final = {b"content-type": b"text/plain; charset=utf-8"}


class Gate:
    """ASGI middleware in front of everything. `https_port` is where a redirect leads."""

    def __init__(self, inner: Application, https_port: int) -> None:
        self._inner = inner
        self._https_port = https_port

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let the request pass, or answer it here."""
        if sum(name == b"host" for name, _ in scope["headers"]) > 1:
            # RFC 9112 §3.2: MUST be 400. A proxy and we could each believe another one.
            await _answer(scope, receive, send, 400, _TEXT, b"A request names one host.\n")
            return
        if scope["scheme"] in ("https", "wss") or _is_open_to_all(scope["path"]):
            await self._inner(scope, receive, send)
            return
        host = host_of(scope)
        if not is_loopback(scope["client"]):
            await self._redirect(scope, host, receive, send)
        elif host not in LOOPBACK_HOSTS:
            text = b"Plain HTTP is served to this machine under the name localhost only.\n"
            await _answer(scope, receive, send, 421, _TEXT, text)
        else:
            await self._inner(scope, receive, send)

    async def _redirect(self, scope: Any, host: str, receive: Any, send: Any) -> None:
        port = "" if self._https_port == 443 else f":{self._https_port}"
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        origin = f"https://{host}{port}".encode("latin-1")
        if scope.get("method", "GET") not in ("GET", "HEAD"):
            # A redirect would work, and nobody would notice that the password had been sent in clear before.
            text = b"This came over plain HTTP and was not looked at. Use " + origin + b" instead.\n"
            await _answer(scope, receive, send, 403, {**_TEXT, b"connection": b"close"}, text)
            return
        location = origin + scope.get("raw_path", b"/") + query
        await _answer(scope, receive, send, 308, {b"location": location}, b"")


def host_of(scope: Any) -> str:
    """The host that the client named, in lower case and without a port; IPv6 in brackets."""
    named = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
    if named.startswith("["):
        return str(named.partition("]")[0]) + "]"
    return str(named.partition(":")[0])


def is_loopback(client: tuple[str, int] | None) -> bool:
    """Whether the client is a program on this machine. None is a client that nobody knows: it is not."""
    return client is not None and ip_address(client[0]).is_loopback


def _is_open_to_all(path: str) -> bool:
    return path == OPEN_TO_ALL or path.startswith(OPEN_TO_ALL + "/")


async def _answer(scope: Any, receive: Any, send: Any, status: int, headers: dict[bytes, bytes], body: bytes) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "use wss"})
        return
    headers = {**headers, b"content-length": str(len(body)).encode()}
    await send({"type": "http.response.start", "status": status, "headers": list(headers.items())})
    await send({"type": "http.response.body", "body": body})
