"""The classic ports: opened where they are free, done without where they are not."""

import asyncio
import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

from sightline.config import Config, Listen, Relay
from sightline.errors import PortInUseError
from sightline.server import door as doors
from sightline.server.certificates.names import MachineNames
from sightline.server.relays.own import relay_settings
from sightline.wire import stun
from tests.service.stun_client import ask_udp, binding_request, mapped_address
from tests.sightline_server import free_port

MACHINE = MachineNames(("box",), (ip_address("127.0.0.1"),))


def config(relay: Relay) -> Config:
    return Config(listen=Listen(addresses=("127.0.0.1",), port=free_port(), local_port=0), relay=relay)


@pytest.fixture
def taken() -> "socket.socket":
    """A port that another program has, TCP and UDP."""
    other = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    other.bind(("127.0.0.1", 0))
    other.listen()
    return other


async def test_a_classic_port_that_is_taken_is_named_and_done_without(
    taken: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, free = taken.getsockname()[1], free_port()
    relay = Relay(classic_port=free, classic_tls_port=port)
    # As on a machine whose one port is 443, which a test cannot have.
    monkeypatch.setattr(doors, "classic_ports", lambda _config: [free, port])
    settings = config(relay)
    door, absent = doors.open_front_door(settings, tmp_path / "app.sock", relay_settings(settings, MACHINE, ["x" * 16]))
    try:
        assert absent == [f"127.0.0.1:{port}"]
        request = binding_request()
        answer, own = await asyncio.to_thread(ask_udp, ("127.0.0.1", free), request)
        assert mapped_address(request, answer) == own
    finally:
        await asyncio.to_thread(door.close, 0.1)
        taken.close()


def test_a_classic_port_that_has_to_be_there_is_an_error(taken: socket.socket, tmp_path: Path) -> None:
    port = taken.getsockname()[1]
    settings = config(Relay(classic_ports="on", classic_port=port, classic_tls_port=0))
    with taken, pytest.raises(PortInUseError, match=f"listens on 127.0.0.1:{port}"):
        doors.open_front_door(settings, tmp_path / "app.sock", relay_settings(settings, MACHINE, ["x" * 16]))


async def test_on_a_classic_port_nothing_but_stun_and_turn_is_spoken(tmp_path: Path) -> None:
    port = free_port()
    settings = config(Relay(classic_ports="on", classic_port=port, classic_tls_port=0))
    door, absent = doors.open_front_door(settings, tmp_path / "app.sock", relay_settings(settings, MACHINE, ["x" * 16]))
    try:
        assert absent == []
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200" not in await reader.read(100)
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(binding_request())
        head = await reader.readexactly(stun.HEAD_BYTES)
        assert stun.decode(head + await reader.readexactly(stun.frame_length(head) - len(head))).kind == "success"
        writer.close()
    finally:
        await asyncio.to_thread(door.close, 0.1)


def test_without_a_relay_stun_is_still_answered(tmp_path: Path) -> None:
    settings = config(Relay(enabled=False))
    door, _ = doors.open_front_door(settings, tmp_path / "app.sock", None)
    try:
        request = binding_request()
        answer, own = ask_udp(("127.0.0.1", settings.listen.port), request)
        assert mapped_address(request, answer) == own
        allocate = stun.Message(stun.ALLOCATE, "request", bytes(12), ((stun.REQUESTED_TRANSPORT, stun.UDP),))
        with pytest.raises(TimeoutError):
            ask_udp(("127.0.0.1", settings.listen.port), stun.encode(allocate))
    finally:
        door.close(0.1)
