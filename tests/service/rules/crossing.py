"""A client, a firewall and everybody else, each in a network namespace, and packets sent across: what gets through?

Beyond the firewall every address and port answers, so that whatever does not answer was stopped by the rules. What they
leave is refused by the firewall, not dropped: each probe ends with an answer, and nobody waits.
"""

import contextlib
import errno
import itertools
import selectors
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from lab.network import EVERYWHERE
from lab.room import Room

CLIENTS = ("10.20.0.2", "fd20::2")
OUTSIDERS = ("10.99.0.2", "fd99::2")
"""Behind the firewall too, and not among the clients."""
ANSWERING = 9
FIRST_PORT = 2000
BATCH = 250  # sockets at a time; 1,024 is what a process may have open
PATIENCE_S = 10  # a probe takes a millisecond; after this the laboratory itself is broken


@dataclass(frozen=True, slots=True)
class Probe:
    """The first packet of a conversation."""

    transport: Literal["tcp", "udp"]
    source: str
    target: str
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.target else socket.AF_INET


class Crossing:
    """The three networks. Rules are loaded into "firewall"."""

    def __init__(self, room: Room, hosts: dict[str, str]) -> None:
        self.room = room
        self._numbers = itertools.count()
        room.add_network("client")
        room.add_network("firewall", hosts)
        room.add_network("world")
        for network in ("client", "firewall", "world"):
            room.run(["sysctl", "-qw", *EVERYWHERE], network)
        for network in ("client", "world"):
            outer = network[0]
            room.configure(
                network,
                [
                    f"link add up0 type veth peer name {outer}0 netns firewall",
                    "link set up0 up",
                ],
            )
        room.configure("client", _ends("10.0.0", "fd00:c", [*CLIENTS, *OUTSIDERS]))
        room.configure("world", _ends("10.0.1", "fd00:d", []))
        room.configure(
            "firewall",
            [
                "link set c0 up", "link set w0 up",
                "addr add 10.0.0.1/24 dev c0", "addr add fd00:c::1/64 dev c0 nodad",
                "addr add 10.0.1.1/24 dev w0", "addr add fd00:d::1/64 dev w0 nodad",
                "route add 10.20.0.0/16 via 10.0.0.2", "route add 10.99.0.0/16 via 10.0.0.2",
                "route add fd20::/32 via fd00:c::2", "route add fd99::/32 via fd00:c::2",
                "route add default via 10.0.1.2", "route add default via fd00:d::2",
            ],
        )  # fmt: skip
        forwarding = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]
        # A refusal for each probe, not one a second.
        forgetting = [
            f"net.netfilter.nf_conntrack_{each}=1"
            for each in ("udp_timeout", "udp_timeout_stream", "tcp_timeout_close")
        ]
        unlimited = ["net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0"]
        # These hold for both families, and by default 50 refusals at once are all that is sent.
        unlimited += ["net.ipv4.icmp_msgs_per_sec=1000000", "net.ipv4.icmp_msgs_burst=1000000"]
        room.run(["sysctl", "-qw", *forwarding, *unlimited, *forgetting, "net.ipv4.conf.all.rp_filter=0"], "firewall")
        self._listening: dict[tuple[str, socket.AddressFamily], tuple[socket.socket, socket.socket]] = {}
        for network in ("client", "world"):
            room.load_rules(network, _ANSWERS)
            for family in (socket.AF_INET, socket.AF_INET6):
                self._listening[network, family] = self._listen(network, family)

    def close(self) -> None:
        for pair in self._listening.values():
            for each in pair:
                each.close()

    def _listen(self, network: str, family: socket.AddressFamily) -> tuple[socket.socket, socket.socket]:
        streams = self.room.socket(network, family, socket.SOCK_STREAM)
        datagrams = self.room.socket(network, family, socket.SOCK_DGRAM)
        for each in (streams, datagrams):
            each.setblocking(False)
            if family == socket.AF_INET6:
                each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            each.bind(("", ANSWERING))
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        streams.listen(1024)
        return streams, datagrams

    def lend(self, addresses: Iterable[str]) -> None:
        """Addresses from which the world can begin."""
        self.room.configure(
            "world",
            [f"addr replace {each}/{128 if ':' in each else 32} dev lo" + (" nodad" if ":" in each else "")
             for each in sorted(set(addresses))],
        )  # fmt: skip

    def passing(self, probes: Iterable[Probe]) -> set[Probe]:
        """Those that get an answer."""
        waiting = list(dict.fromkeys(probes))
        found: set[Probe] = set()
        for first in range(0, len(waiting), BATCH):
            found |= self._batch(waiting[first : first + BATCH])
        return found

    def _batch(self, probes: list[Probe]) -> set[Probe]:
        found: set[Probe] = set()
        with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
            for pair in self._listening.values():
                for each in pair:
                    selector.register(each, selectors.EVENT_READ)
            left = 0
            for probe in probes:
                sender = self._begin(probe)
                stack.callback(sender.close)
                selector.register(
                    sender, selectors.EVENT_READ | selectors.EVENT_WRITE * (probe.transport == "tcp"), probe
                )
                left += 1
            until = monotonic() + PATIENCE_S
            while left:
                events = selector.select(until - monotonic())
                assert events, f"{left} probes are neither answered nor refused, such as {_open(selector)[:4]}"
                for key, _ in events:
                    ready = key.fileobj
                    assert isinstance(ready, socket.socket)
                    if key.data is None:
                        _answer(ready)
                        continue
                    if _has_passed(ready, key.data):
                        found.add(key.data)
                    selector.unregister(ready)
                    left -= 1
        return found

    def _begin(self, probe: Probe) -> socket.socket:
        network = "client" if probe.source in (*CLIENTS, *OUTSIDERS) else "world"
        kind = socket.SOCK_STREAM if probe.transport == "tcp" else socket.SOCK_DGRAM
        sender = self.room.socket(network, probe.family, kind)
        sender.setblocking(False)
        # A port that is used again soon would be let through as the conversation of an earlier probe.
        sender.bind((probe.source, FIRST_PORT + next(self._numbers) % (65536 - FIRST_PORT)))
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        error = sender.connect_ex((probe.target, probe.port))
        assert error in (0, errno.EINPROGRESS), f"{probe}: {errno.errorcode[error]}"
        if probe.transport == "udp":
            sender.send(b"?")
        return sender


def _ends(ipv4: str, ipv6: str, more: list[str]) -> list[str]:
    ends = [f"{ipv4}.2/24", f"{ipv6}::2/64", *(f"{each}/{128 if ':' in each else 32}" for each in more)]
    lines = [f"addr add {each} dev up0" + (" nodad" if ":" in each else "") for each in ends]
    return [*lines, f"route add default via {ipv4}.1", f"route add default via {ipv6}::1"]


def _answer(ready: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            if ready.type == socket.SOCK_STREAM:
                ready.accept()[0].close()
            else:
                _, whom = ready.recvfrom(16)
                ready.sendto(b"!", whom)


def _has_passed(sender: socket.socket, probe: Probe) -> bool:
    error = sender.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if not error and probe.transport == "udp":
        try:
            return sender.recv(16) == b"!"
        except OSError as refused:
            error = refused.errno or 0
    assert error in (0, errno.ECONNREFUSED), f"{probe}: {errno.errorcode[error]}"
    return not error


def _open(selector: selectors.BaseSelector) -> list[Probe]:
    return [key.data for key in selector.get_map().values() if key.data]


# Whatever arrives is for the one listener, and goes back as if from where it was sent to.
_ANSWERS = f"""
table inet answers {{
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    meta l4proto {{ tcp, udp }} redirect to :{ANSWERING}
  }}
}}
"""
