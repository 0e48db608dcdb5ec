"""Each NAT maps and filters as its name says, measured as RFC 4787 defines it (§4.1, §5), with plain UDP sockets."""

import pytest

from lab.room import Room
from lab.topology import Nat
from tests.lab.conftest import Build
from tests.lab.plain_sockets import sockets, waiting


def mapping(room: Room) -> str:
    """By where three packets from one port seem to come from."""
    with sockets(room) as net:
        server, server_2, other = net.udp("server", 4001), net.udp("server", 4002), net.udp("other", 4001)
        worker = net.udp("worker")
        seen = []
        for receiver in (server, server_2, other):
            worker.sendto(b"?", receiver.getsockname())
            seen.append(receiver.recvfrom(10)[1])
        # again to the first: what is being measured holds still
        worker.sendto(b"?", server.getsockname())
        assert server.recvfrom(10)[1] == seen[0]
    if seen[0] == seen[1] == seen[2]:
        return "endpoint-independent"
    return "address-dependent" if seen[0] == seen[1] else "address and port-dependent"


def filtering(room: Room) -> str:
    """By who may answer a packet to one port of one machine."""
    with sockets(room) as net:
        server, server_2, other = net.udp("server", 4001), net.udp("server", 4002), net.udp("other", 4001)
        worker = net.udp("worker")
        worker.sendto(b"?", server.getsockname())
        mapped = server.recvfrom(10)[1]
        other.sendto(b"another address", mapped)
        server_2.sendto(b"another port", mapped)
        server.sendto(b"answer", mapped)
        arrived = []
        while b"answer" not in arrived:
            arrived.append(worker.recv(100))
    if b"another address" in arrived:
        return "endpoint-independent"
    return "address-dependent" if b"another port" in arrived else "address and port-dependent"


@pytest.mark.parametrize(
    ("topology", "nat"),
    [
        ("full-cone", Nat.FULL_CONE),
        ("restricted", Nat.RESTRICTED),
        ("port-restricted", Nat.PORT_RESTRICTED),
        ("symmetric", Nat.SYMMETRIC),
    ],
)
def test_a_nat_is_what_it_is_called(build: Build, topology: str, nat: Nat) -> None:
    room = build(topology).room
    assert f"{mapping(room)} mapping, {filtering(room)} filtering" == nat.value


def test_two_nats_behave_as_the_stricter_of_the_two(build: Build) -> None:
    room = build("double").room
    assert (mapping(room), filtering(room)) == ("endpoint-independent", "address and port-dependent")
    room = build("double-symmetric").room
    assert (mapping(room), filtering(room)) == ("address and port-dependent", "address and port-dependent")


@pytest.mark.parametrize("topology", ["full-cone", "restricted", "port-restricted", "symmetric", "double"])
def test_nobody_gets_in_unasked(build: Build, topology: str) -> None:
    """Not even to the NAT that lets everybody answer: a mapping begins inside."""
    built = build(topology)
    with sockets(built.room) as net:
        server, worker = net.udp("server", 4001), net.udp("worker", 5000)
        other_port = net.udp("worker", 5001)
        worker.sendto(b"?", server.getsockname())
        address, port = server.recvfrom(10)[1]
        server.sendto(b"unasked", (address, 5001))
        server.sendto(b"answer", (address, port))
        assert worker.recv(100) == b"answer"
        assert waiting(other_port) == []


def test_a_translated_machine_is_seen_with_its_boxs_address(build: Build) -> None:
    built = build("port-restricted")
    with sockets(built.room) as net:
        server, worker = net.udp("server", 4001), net.udp("worker")
        worker.sendto(b"?", server.getsockname())
        seen = server.recvfrom(10)[1][0]
    assert built.worker.first.ipv4 is not None
    assert built.worker.first.ipv4.startswith("10.")
    assert seen.startswith("11.")


def test_short_bindings_are_in_force_in_that_box_alone(build: Build) -> None:
    built = build("short-udp")
    read = [
        "ip",
        "netns",
        "exec",
        built.worker.first.boxes[0],
        "sysctl",
        "-n",
        "net.netfilter.nf_conntrack_udp_timeout",
    ]
    assert built.room.run(read).strip() == "30"
    assert built.room.run(["sysctl", "-n", "net.netfilter.nf_conntrack_udp_timeout_stream"]).strip() != "30"
