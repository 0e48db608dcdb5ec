"""Each probe against something real on loopback: what answers, and each way not to."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from sightline.probes.observe import Observer
from sightline.probes.run import AT_ONCE, run
from sightline.readiness.check.observation import Observation
from sightline.readiness.check.probe import Bind, Connect, Handshake, Probe, Resolve, Upgrade
from tests.service.front_door.conftest import make_certificate
from tests.sightline_server import SightlineServer

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HOST = "127.0.0.1"


@asynccontextmanager
async def listening(serve: Serve, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, HOST, 0, ssl=context)
    async with server:
        port: int = server.sockets[0].getsockname()[1]
        yield port


async def observe(probe: Probe, authority: Path | None = None) -> Observation:
    return await Observer(authority, is_inside=True).observe(probe)


def tls_of(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS, and the file by which it is trusted."""
    made = make_certificate(folder, name)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.chain, made.key)
    return context, made.chain


async def quiet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0)
    writer.close()


def unused_port() -> int:
    with closing(socket.socket()) as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


async def test_names() -> None:
    assert (await observe(Resolve("localhost"))).outcome == "answered"
    # RFC 6761 §6.4: a resolver must say that there is none.
    assert (await observe(Resolve("nobody.invalid"))).outcome in ("no_such_name", "no_resolver")


async def test_a_name_that_leads_inside_is_not_followed_from_outside() -> None:
    assert (await Observer().observe(Resolve("localhost"))).outcome == "sinkholed"


async def test_a_connection_is_answered_or_refused() -> None:
    async with listening(quiet) as port:
        assert (await observe(Connect(HOST, port, False))).outcome == "answered"
    assert (await observe(Connect(HOST, unused_port(), False))).outcome == "refused"


async def test_a_reset_at_the_first_bytes_of_tls_is_told_from_a_refusal() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        linger = struct.pack("ii", 1, 0)  # close() sends a reset
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async with listening(reset) as port:
        assert (await observe(Handshake(HOST, port, False))).outcome == "closed"


async def test_something_that_is_not_tls_is_no_tls() -> None:
    async def banner(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-hello\r\n" * 10)
        writer.close()

    async with listening(banner) as port:
        assert (await observe(Handshake(HOST, port, False))).outcome == "closed"


async def test_a_certificate_of_an_authority_that_nobody_trusts_names_its_issuer(tmp_path: Path) -> None:
    context, authority = tls_of(tmp_path)
    async with listening(quiet, context) as port:
        seen = await observe(Handshake("localhost", port, True))
        assert seen.outcome == "not_trusted"
        assert "localhost" in seen.fact("issuer")
        assert (await observe(Handshake("localhost", port, True), authority)).outcome == "answered"


async def test_a_certificate_of_somebody_else_is_told_from_one_that_nobody_trusts(tmp_path: Path) -> None:
    context, authority = tls_of(tmp_path, "plant7.example")
    async with listening(quiet, context) as port:
        seen = await observe(Handshake("localhost", port, True), authority)
        assert seen.outcome == "wrong_name"
        assert "plant7.example" in seen.fact("names")


async def test_udp_that_says_nothing_or_is_refused() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent:
        silent.bind((HOST, 0))
        probe = Bind(HOST, silent.getsockname()[1], False, "udp")
        assert (await observe(probe)).outcome == "silent"
    assert (await observe(probe)).outcome == "refused"


async def test_an_answer_that_is_not_ours_is_no_answer() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as liar:
        liar.bind((HOST, 0))
        liar.setblocking(False)
        probe = Bind(HOST, liar.getsockname()[1], False, "udp")
        asked = asyncio.create_task(observe(probe))
        loop = asyncio.get_running_loop()
        _, whence = await loop.sock_recvfrom(liar, 100)
        # A success for a transaction that nobody began.
        await loop.sock_sendto(liar, bytes.fromhex("01010000 2112a442") + bytes(12), whence)
        assert (await asked).outcome == "not_spoken"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "answered"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "answered"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "not_spoken"),
        (b"\x15\x03\x03 what is this\n", "not_spoken"),
        (b"", "closed"),
        (b"A" * 100_000, "not_spoken"),
    ],
)
async def test_an_upgrade_that_is_taken_out_on_the_way(tmp_path: Path, answer: bytes, outcome: str) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    context, authority = tls_of(tmp_path)
    async with listening(reply, context) as port:
        seen = await observe(Upgrade("localhost", port, True, "/signal"), authority)
        assert seen.outcome == outcome


async def test_stun_over_tcp_from_something_else() -> None:
    async def banner(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP ready when you are\r\n")
        writer.close()

    async with listening(banner) as port:
        assert (await observe(Bind(HOST, port, False, "tcp"))).outcome == "not_spoken"


async def test_few_are_tried_at_once_and_nothing_after_what_failed() -> None:
    open_now = most = 0

    class Counting(Observer):
        async def observe(self, probe: Probe) -> Observation:
            nonlocal open_now, most
            open_now += 1
            most = max(most, open_now)
            await asyncio.sleep(0)
            open_now -= 1
            return Observation(probe, "silent" if isinstance(probe, Connect) else "answered")

    probes = [step for port in range(1, 100) for step in (Connect(HOST, port, False), Handshake(HOST, port, False))]
    noted: list[Observation] = []
    seen = await run(probes, Counting(), noted.append)
    assert most <= AT_ONCE
    assert len(noted) == len(seen) == len(probes)
    assert {one.outcome for probe, one in seen.items() if isinstance(probe, Handshake)} == {"not_tried"}


async def test_every_way_into_a_real_server_is_proven(tmp_path: Path) -> None:
    server = SightlineServer(tmp_path)
    server.start()
    try:
        authority = tmp_path / "data" / "certificates" / "authority.crt"
        for probe in (
            Handshake("localhost", server.port, True),
            Upgrade("localhost", server.port, True, "/signal"),
            Bind(HOST, server.port, False, "udp"),
            Bind(HOST, server.port, False, "tcp"),
            Bind("localhost", server.port, True, "tls"),
        ):
            seen = await observe(probe, authority)
            assert seen.outcome == "answered", seen
    finally:
        server.stop()
