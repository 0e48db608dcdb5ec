"""One probe → one observation. Start at `Observer.observe`."""

import asyncio
import base64
import contextlib
import errno
import ipaddress
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from cryptography import x509

from sightline import clock
from sightline.errors import ProtocolError
from sightline.readiness.check.observation import Observation, Outcome
from sightline.readiness.check.probe import Bind, Connect, Handshake, Probe, Resolve, Upgrade
from sightline.wire import stun

CONNECT_S: Final = 3.0
"""A SYN is sent again after 1 s; two of them may be lost."""
ANSWER_S: Final = 3.0
UDP_TRIES_S: Final = (0.5, 0.7, 1.0)
"""How long each of three requests is waited for. One lost packet in fifty is no blocked port."""
ANSWER_MOST: Final = 16 * 1024
"""Bytes of an answer that are looked at."""


class Observer:
    """Makes observations. `authority`: a PEM file that is trusted besides what the machine trusts. `is_inside`: what is
    observed is somebody's own network; elsewhere a name that leads to private addresses is not followed there."""

    def __init__(self, authority: Path | None = None, *, is_inside: bool = False) -> None:
        self._is_inside = is_inside
        self._trusting = ssl.create_default_context()
        if authority is not None:
            self._trusting.load_verify_locations(authority)
        self._looking = ssl.create_default_context()
        self._looking.check_hostname = False
        self._looking.verify_mode = ssl.CERT_NONE
        self._resolved: dict[str, str] = {}

    async def observe(self, probe: Probe) -> Observation:
        """Never raises for what the network does."""
        began = clock.monotonic()
        try:
            outcome, facts = await self._observe(probe)
        except ssl.SSLError:
            outcome, facts = "closed", {}
        except ValueError:  # a line without an end
            outcome, facts = "not_spoken", {}
        except OSError as error:
            outcome, facts = _outcome(error), {"error": error.strerror or type(error).__name__}
        took_ms = round((clock.monotonic() - began) * 1000)
        return Observation(probe, outcome, took_ms, tuple(facts.items()))

    async def _observe(self, probe: Probe) -> tuple[Outcome, dict[str, str]]:
        match probe:
            case Resolve(host):
                return await self._resolve(host)
            case Connect(host, port):
                async with self._connected(host, port, None) as (_, writer):
                    return "answered", {"address": _peer(writer)}
            case Handshake(host, port):
                return await self._handshake(host, port)
            case Upgrade(host, port, _, path):
                return await self._upgrade(host, port, path)
            case Bind(host, port, _, "udp"):
                return await self._bind_udp(host, port)
            case Bind(host, port, _, transport):
                return await self._bind_stream(host, port, self._trusting if transport == "tls" else None)

    async def _resolve(self, host: str) -> tuple[Outcome, dict[str, str]]:
        try:
            found = await asyncio.wait_for(
                asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM), ANSWER_S
            )
        except TimeoutError:
            return "no_resolver", {}
        except socket.gaierror as error:
            is_none = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
            return ("no_such_name" if is_none else "no_resolver"), {"error": str(error.strerror)}
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        self._resolved[host] = addresses[0]
        facts = {"addresses": ", ".join(addresses)}
        is_nowhere = not self._is_inside and not any(map(is_public, addresses))
        return ("sinkholed" if is_nowhere else "answered"), facts

    async def _handshake(self, host: str, port: int) -> tuple[Outcome, dict[str, str]]:
        try:
            async with self._connected(host, port, self._trusting) as (_, writer):
                return "answered", _certificate(writer)
        except ssl.SSLCertVerificationError as error:
            async with self._connected(host, port, self._looking) as (_, writer):
                facts = _certificate(writer) | {"error": error.verify_message}
            is_other = error.verify_code in _OTHER_NAME
            return ("wrong_name" if is_other else "not_trusted"), facts

    async def _upgrade(self, host: str, port: int, path: str) -> tuple[Outcome, dict[str, str]]:
        key = base64.b64encode(secrets.token_bytes(16)).decode()  # RFC 6455 §4.1
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {_in_url(host)}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nOrigin: https://{_in_url(host)}:{port}\r\n\r\n"
        )
        async with self._connected(host, port, self._trusting) as (reader, writer):
            writer.write(request.encode())
            line = await asyncio.wait_for(reader.readline(), ANSWER_S)
        if not line:
            return "closed", {}
        words = line[:ANSWER_MOST].split()
        if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
            return "not_spoken", {"status": "of another protocol"}
        status = words[1].decode()
        # 403: the server understood the upgrade, and wants a session first. Without it, it has never seen one.
        return ("answered" if status in ("101", "403") else "not_spoken"), {"status": status}

    async def _bind_udp(self, host: str, port: int) -> tuple[Outcome, dict[str, str]]:
        loop = asyncio.get_running_loop()
        message = _binding()
        family = socket.AF_INET6 if ":" in self._address(host) else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.connect((self._address(host), port))  # connected, the kernel tells of ICMP
            answer = None
            for wait_s in UDP_TRIES_S:
                await loop.sock_sendall(sender, stun.encode(message))
                with contextlib.suppress(TimeoutError):
                    answer = await asyncio.wait_for(loop.sock_recv(sender, ANSWER_MOST), wait_s)
                    break
        return ("silent", {}) if answer is None else _bound(answer, message)

    async def _bind_stream(
        self, host: str, port: int, context: ssl.SSLContext | None
    ) -> tuple[Outcome, dict[str, str]]:
        message = _binding()
        async with self._connected(host, port, context) as (reader, writer):
            writer.write(stun.encode(message))
            try:
                async with asyncio.timeout(ANSWER_S):
                    head = await reader.readexactly(stun.HEAD_BYTES)
                    rest = await reader.readexactly(min(stun.frame_length(head) - len(head), ANSWER_MOST))
            except asyncio.IncompleteReadError:
                return "closed", {}
            except ProtocolError:
                return "not_spoken", {}
        return _bound(head + rest, message)

    @contextlib.asynccontextmanager
    async def _connected(
        self, host: str, port: int, context: ssl.SSLContext | None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(
                self._address(host), port, ssl=context, server_hostname=host if context else None, limit=ANSWER_MOST
            ),
            CONNECT_S,
        )
        try:
            yield reader, writer
        finally:
            writer.transport.abort()  # a server that never says goodbye would be waited for

    def _address(self, host: str) -> str:
        """The same address for every probe of a host, so that they speak of one machine."""
        return self._resolved.get(host, host)


def _outcome(error: OSError) -> Outcome:
    if isinstance(error, TimeoutError):
        return "silent"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return "closed"
    return "unreachable" if error.errno in _UNREACHABLE else "silent"


def _binding() -> stun.Message:
    return stun.Message(stun.BINDING, "request", secrets.token_bytes(12))


def _bound(answer: bytes, asked: stun.Message) -> tuple[Outcome, dict[str, str]]:
    try:
        message = stun.decode(answer)
        mapped = message.address(stun.XOR_MAPPED_ADDRESS) or message.address(stun.MAPPED_ADDRESS)
    except ProtocolError:
        return "not_spoken", {}
    if message.transaction != asked.transaction or message.kind not in ("success", "error"):
        return "not_spoken", {}
    return "answered", {"seen as": f"{mapped[0]} port {mapped[1]}"} if mapped else {}


def _certificate(writer: asyncio.StreamWriter) -> dict[str, str]:
    tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    facts = {"address": _peer(writer), "tls": tls.version() or ""}
    encoded = tls.getpeercert(binary_form=True)
    if encoded:
        try:
            certificate = x509.load_der_x509_certificate(encoded)
            facts["issuer"] = _shown(certificate.issuer.rfc4514_string())
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            facts["names"] = _shown(", ".join(names.get_values_for_type(x509.DNSName)))
        except (ValueError, x509.ExtensionNotFound):
            facts.setdefault("issuer", "")
    return facts


def _shown(text: str) -> str:
    """Foreign text as it may stand on a terminal."""
    cut = "".join(char if char.isprintable() else "�" for char in text[:_SHOWN_MOST])
    return cut if len(text) <= _SHOWN_MOST else f"{cut}…"


def _peer(writer: asyncio.StreamWriter) -> str:
    return str(writer.get_extra_info("peername")[0])


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def is_public(text: str) -> bool:
    """Whether an address is one of the internet, and not where filters send names, or inside somebody's network."""
    return ipaddress.ip_address(text.partition("%")[0]).is_global


_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EHOSTDOWN, errno.EADDRNOTAVAIL)
_OTHER_NAME = (62, 64)  # OpenSSL: hostname mismatch, IP address mismatch
_SHOWN_MOST = 200
