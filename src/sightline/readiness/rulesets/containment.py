"""Whether rules open anything that no permit asks for. Start at `excess`.

Lines that block are passed over: what is open despite them counts. So this may call too much open, never too little,
and fits rules that list what is allowed, as ours do. What is asked after them (`Ruleset.then`) is passed over, too.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sightline.readiness.permit import Anywhere, Direction, Name, Permit, Wildcard
from sightline.readiness.rulesets.hosts import is_within
from sightline.readiness.rulesets.line import Chain, Line, Ruleset
from sightline.readiness.rulesets.ranges import EVERY, Ranges, both, of_networks, without
from sightline.readiness.site import Site

_Transport = Literal["tcp", "udp"]
_Space = tuple[Direction, _Transport, int]
_DIRECTIONS: tuple[Direction, ...] = ("outbound", "inbound")
_TRANSPORTS: tuple[_Transport, ...] = ("tcp", "udp")


@dataclass(frozen=True, slots=True)
class _Box:
    clients: Ranges
    remotes: Ranges
    ports: Ranges


def excess(ruleset: Ruleset, permits: Iterable[Permit], site: Site) -> Iterator[str]:
    """Each line that opens more than all permits together, in words. A name among the permits is also at the addresses
    that the site file has for it."""
    if ruleset.otherwise == "allow":
        yield "what no line names is open"
    asked = _Asked(permits, site)
    for line in _opening(ruleset.lines, ()):
        yield from asked.excess(line)


def _opening(lines: tuple[Line, ...], above: tuple[Line, ...]) -> Iterator[tuple[Line, ...]]:
    """Each line that allows, below the lines that lead to it."""
    for line in lines:
        if isinstance(line.action, Chain):
            yield from _opening(line.action.lines, (*above, line))
        elif line.action == "allow":
            yield (*above, line)


class _Asked:
    """The permits, found by what they have in common with a line."""

    def __init__(self, permits: Iterable[Permit], site: Site) -> None:
        self.clients = {
            version: of_networks(site.clients, version) if site.clients else EVERY[version] for version in (4, 6)
        }
        self.exact: dict[tuple[_Space, Ranges, Ranges], list[_Box]] = defaultdict(list)
        self.all: dict[_Space, list[_Box]] = defaultdict(list)
        self.named: dict[tuple[Direction, _Transport, Name | Wildcard], list[Ranges]] = defaultdict(list)
        for one in permits:
            if isinstance(one.remote, Name | Wildcard):
                self.named[one.direction, one.transport, one.remote].append(one.ports.ranges)
            other: Direction = "inbound" if one.direction == "outbound" else "outbound"
            for version in (4, 6):
                ours = self.clients[version]
                for remotes in _remotes(one, site, version):
                    self.add((one.direction, one.transport, version), _Box(ours, remotes, one.ports.ranges))
                    # Many firewalls see a source and a destination, and not which of the two is the client. Read the
                    # other way round it is the same packets.
                    self.add((other, one.transport, version), _Box(remotes, ours, one.ports.ranges))

    def add(self, space: _Space, box: _Box) -> None:
        self.all[space].append(box)
        for clients in {box.clients, *((each,) for each in box.clients)}:
            for each in box.remotes:
                self.exact[space, clients, (each,)].append(box)

    def excess(self, way: tuple[Line, ...]) -> Iterator[str]:
        for direction in _DIRECTIONS:
            for transport in _TRANSPORTS:
                if all(line.direction in (None, direction) and line.transport in (None, transport) for line in way):
                    yield from self.names_excess(way, direction, transport)
                    for version in (4, 6):
                        if self.is_open(way, (direction, transport, version)):
                            yield f"{way[-1].where} opens more than was asked: {direction}, {transport}, IPv{version}"

    def is_open(self, way: tuple[Line, ...], space: _Space) -> bool:
        """Whether a line opens anything in a family that no permit asks for."""
        version = space[2]
        clients, ports = EVERY[version], _PORTS
        remotes: Ranges | None = None
        for line in way:
            if line.clients is not None:
                clients = both(clients, of_networks(line.clients, version))
            if line.remotes is not None:
                there = of_networks(line.remotes, version)
                remotes = there if remotes is None else both(remotes, there)
            if line.ports is not None:
                ports = both(ports, line.ports.ranges)
        if not clients or not ports:
            return False
        # Each range by itself is found at once, where ten thousand permits would each be looked at.
        for one in EVERY[version] if remotes is None else remotes:
            box = _Box(clients, (one,), ports)
            if _rest([box], self.exact.get((space, clients, (one,)), ())) and _rest([box], self.all.get(space, ())):
                return True
        return False

    def names_excess(self, way: tuple[Line, ...], direction: Direction, transport: _Transport) -> Iterator[str]:
        names = [each for each in way[-1].remotes or () if isinstance(each, Name | Wildcard)]
        if not names:
            return
        ports = _PORTS
        clients = dict(EVERY)
        for line in way:
            ports = both(ports, line.ports.ranges) if line.ports is not None else ports
            if line.clients is not None:
                clients = {version: both(clients[version], of_networks(line.clients, version)) for version in (4, 6)}
        if ports and any(without(clients[version], self.clients[version]) for version in (4, 6)):
            yield f"{way[-1].where} opens names to clients that nobody named: {direction}, {transport}"
        for name in names:
            left = ports
            for asked in self.named.get((direction, transport, name), ()):
                left = without(left, asked)
            for (*way_asked, host), lists in self.named.items() if left else ():
                if way_asked == [direction, transport] and is_within(name, host):
                    for asked in lists:
                        left = without(left, asked)
            if left:
                yield f"{way[-1].where} opens ports of {name} that nobody asked for: {direction}, {transport}"


def _remotes(one: Permit, site: Site, version: int) -> Iterator[Ranges]:
    match one.remote:
        case Name() | Wildcard() as named:
            known = site.addresses.get(named.text if isinstance(named, Name) else f"*.{named.base}", ())
            for each in of_networks(known, version):
                yield (each,)
        case Anywhere():
            yield EVERY[version]
        case network:
            if found := of_networks([network], version):
                yield found


def _rest(boxes: list[_Box], asked: Iterable[_Box]) -> list[_Box]:
    """What of the boxes is in none of those asked for."""
    for one in asked:
        left = []
        for box in boxes:
            clients, remotes, ports = (
                both(box.clients, one.clients),
                both(box.remotes, one.remotes),
                both(box.ports, one.ports),
            )
            if not clients or not remotes or not ports:
                left.append(box)
                continue
            if more := without(box.clients, one.clients):
                left.append(_Box(more, box.remotes, box.ports))
            if more := without(box.remotes, one.remotes):
                left.append(_Box(clients, more, box.ports))
            if more := without(box.ports, one.ports):
                left.append(_Box(clients, remotes, more))
        boxes = left
        if not boxes:
            break
    return boxes


_PORTS: Ranges = ((1, 65535),)
