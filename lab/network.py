"""Builds a topology in a room: machines, boxes and the internet between them, with addresses, routes and rules.

The internet is one router that has a link to every machine and box with a public address.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from lab.addresses import NAT64_PREFIX, SERVER_IPV4, SERVER_IPV6, SERVER_NAME
from lab.programs import start_program
from lab.room import Room
from lab.rules import box_rules
from lab.topology import Box, Program, Side, Topology, Wire

INTERNET = "internet"

# A new address can be used at once, and nobody is asked for routes. Without the last two a link-local address would
# come up a second late, which Chromium takes for a change of network: it breaks off what it is loading.
EVERYWHERE = (
    "net.ipv6.conf.all.accept_ra=0",
    "net.ipv6.conf.default.accept_ra=0",
    "net.ipv6.conf.all.accept_dad=0",
    "net.ipv6.conf.default.accept_dad=0",
    "net.ipv6.conf.default.dad_transmits=0",
)
# Routers pass on; several ways to one machine are meant (hand-over).
ROUTER = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.conf.all.rp_filter=0")


PERFECT = Wire()


@dataclass(frozen=True, slots=True)
class Uplink:
    """One way of a machine into the internet."""

    device: str
    ipv4: str | None
    ipv6: str | None
    boxes: tuple[str, ...]
    """Their networks, from the machine outwards."""
    proxy: str | None
    """Where its HTTP proxy listens."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a browser runs."""

    network: str
    uplinks: tuple[Uplink, ...]

    @property
    def first(self) -> Uplink:
        return self.uplinks[0]


class Net:
    """The internet of a room, and everything that is attached to it."""

    def __init__(self, room: Room, seed: int = 1) -> None:
        self.room, self._seed = room, seed
        self._numbers = count(1)
        room.add_network(INTERNET)
        self._set(INTERNET, (*EVERYWHERE, *ROUTER))

    def add_public_machine(self, network: str, ipv4: str, ipv6: str | None = None) -> None:
        """A server, or anybody with fixed addresses."""
        self._add(network, {SERVER_NAME: SERVER_IPV4})
        self._link(network, "eth0", INTERNET, network)
        gateway = ipv4.rsplit(".", 1)[0] + ".1"
        self._address(network, "eth0", f"{ipv4}/24", gateway)
        self._address(INTERNET, network, f"{gateway}/24")
        if ipv6:
            gateway6 = ipv6.rsplit(":", 1)[0] + ":1"
            self._address(network, "eth0", f"{ipv6}/64", gateway6)
            self._address(INTERNET, network, f"{gateway6}/64")

    def add_side(self, name: str, side: Side) -> Machine:
        """A machine behind its boxes, in that order."""
        self._add(name, _names(side))
        if side.spare is None:
            return Machine(name, (self._add_uplink(name, "eth0", side, 100),))
        return Machine(
            name, (self._add_uplink(name, "wlan0", side, 100), self._add_uplink(name, "wwan0", side.spare, 200))
        )

    def _add_uplink(self, machine: str, device: str, side: Side, metric: int) -> Uplink:
        boxes = tuple(f"{machine}-{device}-box{depth}" for depth in range(1, len(side.boxes) + 1))
        for network, box in zip(boxes, side.boxes, strict=True):
            self._add(network, {SERVER_NAME: SERVER_IPV4})
            self._set(network, (*ROUTER, *box.sysctls))
        nodes = [machine, *boxes]
        ipv4 = ipv6 = None
        for depth, (near, far) in enumerate(zip(nodes, [*boxes, INTERNET], strict=True)):
            number = next(self._numbers)
            near_device = device if depth == 0 else "outside"
            far_device = f"link{number}" if far == INTERNET else "inside"
            self._link(near, near_device, far, far_device, side.wire if depth == 0 else PERFECT)
            is_public = far == INTERNET
            if side.has_ipv4 or is_public:
                block = f"11.1.{number}" if is_public else f"10.{number}.0"
                own = self._address(near, near_device, f"{block}.2/24", f"{block}.1", metric)
                self._address(far, far_device, f"{block}.1/24")
                ipv4 = ipv4 or (own if depth == 0 else None)
            if side.has_ipv6:
                own = self._address(near, near_device, f"2a0a:1:{number}::2/64", f"2a0a:1:{number}::1", metric)
                self._address(far, far_device, f"2a0a:1:{number}::1/64")
                ipv6 = ipv6 or (own if depth == 0 else None)
                if depth:  # what is behind this box is reached through it
                    self.room.configure(INTERNET, [f"route add 2a0a:1:{number - 1}::/64 via 2a0a:1:{number}::2"])
        if side.spare or metric > 100:
            self._answer_where_it_came_from(machine, device, metric, ipv4)
        for network, box in zip(boxes, side.boxes, strict=True):
            self.room.load_rules(network, box_rules(box))
            if box.program:
                start_program(self.room, network, box.program)
        return Uplink(device, ipv4, ipv6, boxes, _proxy(side.boxes, ipv4))

    def serve_names(self, *networks: str) -> None:
        self._start_ours("lab.names", *networks)

    def _start_ours(self, module: str, *arguments: str) -> None:
        """A program of the laboratory, until it says that it is ready."""
        started = self.room.start_python(["-m", module, *arguments], stdout=subprocess.PIPE)
        assert started.stdout is not None, "it was asked for"
        if started.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{module} did not start; what it said stands above")

    def _answer_where_it_came_from(self, machine: str, device: str, table: int, address: str | None) -> None:
        """With two uplinks, a packet leaves by the one whose address it bears."""
        gateway = f"{(address or '').rsplit('.', 1)[0]}.1"
        rules = [f"route add default via {gateway} dev {device} table {table}"]
        self.room.configure(machine, [*rules, f"rule add from {address} table {table}"])

    def _add(self, network: str, hosts: dict[str, str]) -> None:
        self.room.add_network(network, hosts)
        self._set(network, EVERYWHERE)

    def _set(self, network: str, sysctls: tuple[str, ...]) -> None:
        self.room.run(["ip", "netns", "exec", network, "sysctl", "-qw", *sysctls])

    def _link(self, near: str, near_device: str, far: str, far_device: str, wire: Wire = PERFECT) -> None:
        if wire.is_perfect:
            ends = ["link", "add", near_device, "netns", near, "type", "veth", "peer", "name", far_device]
            self.room.run(["ip", *ends, "netns", far])
        else:
            self._lay_cable(near, near_device, far, far_device, wire)
        for network, device in ((near, near_device), (far, far_device)):
            self.room.configure(network, [f"link set {device} up"])

    def _lay_cable(self, near: str, near_device: str, far: str, far_device: str, wire: Wire) -> None:
        numbers = [self._seed, wire.loss, wire.delay_ms, wire.jitter_ms, wire.kbit_s]
        self._start_ours("lab.cable", near, near_device, far, far_device, *map(str, numbers))

    def _address(self, network: str, device: str, address: str, gateway: str = "", metric: int = 0) -> str:
        nodad = " nodad" if ":" in address else ""
        lines = [f"addr add {address} dev {device}{nodad}"]
        if gateway:
            lines.append(f"route add default via {gateway} dev {device}" + (f" metric {metric}" if metric else ""))
        self.room.configure(network, lines)
        return address.split("/")[0]


@dataclass(frozen=True, slots=True)
class Built:
    """A topology that stands."""

    topology: Topology
    net: Net
    worker: Machine
    expert: Machine

    @property
    def room(self) -> Room:
        return self.net.room

    def received_bytes(self, uplink: Uplink, machine: Machine) -> int:
        shown = self.room.run(["ip", "-n", machine.network, "-s", "-j", "link", "show", uplink.device])
        return int(json.loads(shown)[0]["stats64"]["rx"]["bytes"])

    def cut(self, uplink: Uplink, machine: Machine) -> None:
        """The uplink goes down, as when a phone leaves the reach of a Wi-Fi."""
        self.room.configure(machine.network, [f"link set {uplink.device} down"])

    def forbid(self, uplink: Uplink, rule: str) -> None:
        """The box nearest to the machine gets a rule before all others, in mid-call."""
        self.room.load_rules(uplink.boxes[0], f"insert rule inet box inspect {rule}\n")

    def allow_again(self, uplink: Uplink) -> None:
        self.room.load_rules(uplink.boxes[0], "flush chain inet box inspect\n")


@contextmanager
def built(topology: Topology, seed: int = 1) -> Iterator[Built]:
    """The topology, with an empty machine for the server, for as long as the block runs."""
    with Room() as room:
        net = Net(room, seed)
        net.add_public_machine("server", SERVER_IPV4, SERVER_IPV6)
        worker = net.add_side("worker", topology.worker)
        expert = net.add_side("expert", topology.expert)
        net.serve_names(worker.network, expert.network)
        yield Built(topology, net, worker, expert)


def _names(side: Side) -> dict[str, str]:
    """By which address this side knows the server. A NAT64 network's name server makes up one from the IPv4 address."""
    programs = {box.program for box in side.boxes}
    if Program.NAT64 in programs:
        return {SERVER_NAME: NAT64_PREFIX + SERVER_IPV4}
    return {SERVER_NAME: SERVER_IPV4 if side.has_ipv4 else SERVER_IPV6}


def _proxy(boxes: tuple[Box, ...], ipv4: str | None) -> str | None:
    for box in boxes:
        if box.program in (Program.PROXY, Program.PROXY_WITH_PASSWORD):
            return f"{(ipv4 or '').rsplit('.', 1)[0]}.1:3128"
    return None
