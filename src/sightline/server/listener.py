"""Serves the ASGI application on a Unix socket to the front door, and on nothing else.

uvicorn's protocol classes do the HTTP and the WebSockets; its server is left out, because ours has to stop within
two seconds, take its socket from a private folder and read a PROXY header before the first request. Measured for
this choice: uvicorn with websockets-sansio delivers 84,000 messages per CPU-second at 10,000 sockets, granian 25,000.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from email.utils import formatdate
from pathlib import Path
from typing import Any, Final, cast

import structlog
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from sightline import clock
from sightline.errors import ProtocolError
from sightline.wire.proxy_header import ProxyHeader, decode_proxy_header
from sightline.wire.signalling import MAX_FRAME_BYTES

REQUEST_TIMEOUT_S: Final = 30.0
"""From the first byte of a request to its last: ends slow-loris. Our largest body is 64 KiB, which takes 8 s at the
64 kbit/s that we still serve."""

KEEP_ALIVE_S: Final = 75
"""Browsers keep idle connections for minutes; 75 s spares a phone the handshake while somebody reads a page."""

WEBSOCKET_PING_S: Final = 25.0
"""Below the 30 s after which the shortest-lived NAT bindings known to us forget a TCP connection."""

LAST_MOMENT_S: Final = 0.2
"""For requests that are cut off to say so; they do nothing else then."""

MOST_WAITING: Final = 4
"""Messages of one WebSocket that wait for the application before no more is read: at most 4 × 64 KiB."""

_log = structlog.get_logger()


class AppListener:
    """The application behind its Unix socket: `open`, then `close` within a given time."""

    def __init__(self, application: Any, path: Path) -> None:
        self._path = path
        self._state = ServerState()
        self._config = Config(
            _Cancellable(application),
            uds=str(path),
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_max_size=MAX_FRAME_BYTES,
            ws_per_message_deflate=False,  # 50 KiB of zlib state per socket for messages of some hundred bytes
            ws_ping_interval=WEBSOCKET_PING_S,
            ws_ping_timeout=WEBSOCKET_PING_S,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self._config.load()
        self._server: asyncio.Server | None = None
        self._date_timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Listen. The socket lies in a folder that only this user may enter, as its PROXY headers are believed."""
        self._path.unlink(missing_ok=True)  # of a server that was killed: the data folder is ours alone
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(str(self._path))
        self._path.chmod(0o600)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: ProxiedProtocol(lambda: HttpProtocol(self._config, self._state, {}, loop)),
            sock=listening,
            backlog=4096,
        )
        self._set_date()

    async def close(self, grace_s: float) -> None:
        """Tell every connection to end, and wait for what is being answered, but no longer than `grace_s`."""
        if self._server is not None:
            self._server.close()
        if self._date_timer is not None:
            self._date_timer.cancel()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            _, late = await asyncio.wait(list(self._state.tasks), timeout=grace_s)
            await self._cancel(late)
        self._path.unlink(missing_ok=True)

    async def _cancel(self, late: set[asyncio.Task[None]]) -> None:
        for connection in list(self._state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and cycle.response_started:
                cycle.disconnected = True  # half an answer has left: uvicorn is not to miss the other half
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=LAST_MOMENT_S)

    def _set_date(self) -> None:
        """RFC 9110 §6.6.1: an origin server with a clock sends its Date; one second is its resolution."""
        self._state.default_headers[:] = [(b"date", formatdate(clock.now(), usegmt=True).encode())]
        self._date_timer = asyncio.get_running_loop().call_later(1.0, self._set_date)


class _Cancellable:
    """ASGI middleware that turns being cancelled into an answer: uvicorn takes it for a fault of the application."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_started = False

        async def send_noting(message: Any) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        is_http = scope["type"] == "http"
        try:
            await self._inner(scope, receive, send_noting if is_http else send)
        except asyncio.CancelledError:
            if not is_http:
                raise ClientDisconnected from None
            if not is_started:
                headers = [(b"content-length", b"0"), (b"retry-after", b"5"), (b"connection", b"close")]
                await send({"type": "http.response.start", "status": 503, "headers": headers})
                await send({"type": "http.response.body", "body": b""})


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's, with a limit on how long a request may take to arrive: uvicorn waits for ever."""

    _arrival_timer: asyncio.TimerHandle | None = None

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._arrival_timer = self.loop.call_later(REQUEST_TIMEOUT_S, self._too_slow)

    def on_message_complete(self) -> None:
        """Its last byte."""
        self._stop_timer()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_timer()
        super().connection_lost(exc)

    def _stop_timer(self) -> None:
        if self._arrival_timer is not None:
            self._arrival_timer.cancel()
            self._arrival_timer = None

    def _too_slow(self) -> None:
        _log.info("request_too_slow", timeout_s=REQUEST_TIMEOUT_S)
        self.transport.close()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, with less done for every single message."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Once it has told who the client is, the transport's wrapper would only cost a call or two a message."""
        super().connection_made(transport)
        if isinstance(transport, ProxiedTransport):
            self.transport = transport.inner

    def send_receive_event_to_app(self) -> None:
        """Queue a message for the application; stop reading only when some are waiting already. uvicorn stops after
        every message, which is two changes to the event loop's interest for each."""
        was_paused = self.read_paused
        self.read_paused = was_paused or self.queue.qsize() < MOST_WAITING  # as if it were paused already
        super().send_receive_event_to_app()
        if self.queue.qsize() <= MOST_WAITING:
            self.read_paused = was_paused


class ProxiedProtocol(asyncio.Protocol):
    """Reads the PROXY header, then hands the connection to the protocol proper and is forgotten."""

    def __init__(self, make_inner: Callable[[], asyncio.Protocol]) -> None:
        self._make_inner = make_inner
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The front door has opened a connection."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes of the header, and perhaps of the first request behind it."""
        assert self._transport is not None, "data comes after the connection is made"
        self._received += data
        try:
            decoded = decode_proxy_header(self._received)
        except ProtocolError as error:
            _log.error("proxy_header_refused", reason=str(error))
            self._transport.abort()
            return
        if decoded is None:
            return
        header, length = decoded
        inner = self._make_inner()
        transport = ProxiedTransport(self._transport, header)
        inner.connection_made(transport)
        self._transport.set_protocol(inner)
        if len(self._received) > length:
            inner.data_received(bytes(self._received[length:]))


class ProxiedTransport(asyncio.Transport):
    """The Unix socket's transport, with the address of the real client and whether it used TLS."""

    __slots__ = ("_header", "inner")

    def __init__(self, inner: asyncio.Transport, header: ProxyHeader) -> None:
        self.inner = inner
        self._header = header

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What uvicorn asks for: the client's address, ours, and whether there is TLS."""
        match name:
            case "socket":
                return None
            case "peername":
                return self._header.client
            case "sockname":
                return self._header.server
            case "sslcontext":
                return self._header.uses_tls or None
            case _:
                return self.inner.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:  # noqa: D102 (these pass on, no more)
        self.inner.write(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:  # noqa: D102
        self.inner.writelines(list_of_data)

    def close(self) -> None:  # noqa: D102
        self.inner.close()

    def abort(self) -> None:  # noqa: D102
        self.inner.abort()

    def is_closing(self) -> bool:  # noqa: D102
        return self.inner.is_closing()

    def pause_reading(self) -> None:  # noqa: D102
        self.inner.pause_reading()

    def resume_reading(self) -> None:  # noqa: D102
        self.inner.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:  # noqa: D102
        self.inner.set_protocol(protocol)
