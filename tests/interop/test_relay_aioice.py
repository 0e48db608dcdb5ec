"""aioice, another implementation of TURN's client, through our relay."""

import asyncio
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from aioice import turn

from sightline.relays.credentials import time_limited
from tests.interop.coturn import PASSWORD, SECRET, USER
from tests.interop.relay_server import RelayServer, relay_server

MESSAGES = [bytes([number]) * length for number, length in enumerate((1, 4, 170, 1200))]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayServer]:
    with relay_server(tmp_path_factory.mktemp("relay")) as running:
        yield running


class Inbox(asyncio.DatagramProtocol):
    """What has arrived, and from where."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[tuple[bytes, Any]] = asyncio.Queue()

    def datagram_received(self, data: bytes, address: Any) -> None:
        self.arrived.put_nowait((data, address))


class Echo(asyncio.DatagramProtocol):
    """Sends back what it gets."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        self._transport.sendto(data, address)


@pytest.mark.parametrize("kind", ["static", "time-limited"])
@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
async def test_what_is_sent_to_a_peer_comes_back(server: RelayServer, way: str, kind: str) -> None:
    loop = asyncio.get_running_loop()
    username, password = USER, PASSWORD
    if kind == "time-limited":
        made = time_limited(SECRET, "anna", 2e9)
        username, password = made.username, made.password
    tls: Any = False
    if way == "tls":
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE  # its authority is our own, and not what is asked
    peer, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    try:
        async with asyncio.timeout(60):
            transport, inbox = await turn.create_turn_endpoint(
                Inbox,
                server_addr=("127.0.0.1", server.port),
                username=username,
                password=password,
                ssl=tls,
                transport="udp" if way == "udp" else "tcp",
            )
            relayed = transport.get_extra_info("sockname")
            assert relayed[0] == "127.0.0.1"
            assert 49152 <= relayed[1] <= 65535
            to = peer.get_extra_info("sockname")
            for message in MESSAGES:
                transport.sendto(message, to)
                assert await inbox.arrived.get() == (message, to)
            transport.close()
    finally:
        peer.close()


async def test_a_wrong_password_is_refused(server: RelayServer) -> None:
    with pytest.raises(Exception, match="401"):
        await turn.create_turn_endpoint(Inbox, server_addr=("127.0.0.1", server.port), username=USER, password="wrong")
