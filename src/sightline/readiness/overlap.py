"""Which requirements ask for the same: hosts in common, on ports in common. Start at `overlaps`."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sightline.readiness.manifest import Endpoint, Manifest, Requirement
from sightline.readiness.names import covers, wildcard_base
from sightline.readiness.ports import PortSet, parse_ports


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two requirements share on one transport."""

    first: Requirement
    second: Requirement
    hosts: tuple[str, ...]
    transport: str
    ports: PortSet
    is_whole: bool  # all hosts of the first, and on both sides the same ports


def overlaps(manifest: Manifest) -> Iterator[Overlap]:
    """Every pair of requirements that share something, in the order of the file.

    Hosts are looked up, not compared each with each: a manifest may have 10,000 requirements."""
    for (i, j), hosts in sorted(_shared_hosts(manifest.requirements).items()):
        one, other = manifest.requirements[i], manifest.requirements[j]
        for a, b in ((a, b) for a in one.ports for b in other.ports if a.transport == b.transport):
            if not a.set or not b.set or "$" in a.set + b.set:
                continue
            mine, theirs = parse_ports(a.set), parse_ports(b.set)
            if both := mine & theirs:
                is_whole = mine == theirs and len(hosts) == len(one.endpoints)
                yield Overlap(one, other, tuple(hosts), a.transport, both, is_whole)


Held = list[tuple[int, Endpoint]]


def _shared_hosts(requirements: tuple[Requirement, ...]) -> dict[tuple[int, int], dict[str, None]]:
    same: dict[tuple[str, str, str | None], Held] = defaultdict(list)
    wildcards: dict[str, Held] = defaultdict(list)
    prefixes: Held = []
    everything = [(i, end) for i, one in enumerate(requirements) for end in one.endpoints if end.kind in _COMPARABLE]
    for i, end in everything:
        same[_key(end)].append((i, end))
        if end.kind == "wildcard":
            wildcards[wildcard_base(end.text).lower()].append((i, end))
        if end.kind == "prefix":
            prefixes.append((i, end))
    shared: dict[tuple[int, int], dict[str, None]] = defaultdict(dict)
    for i, end in everything:
        for j in (*(j for j, _ in same[_key(end)]), *_wider(end, wildcards, prefixes)):
            if i != j:
                shared[min(i, j), max(i, j)][end.text.lower()] = None
    return shared


def _key(end: Endpoint) -> tuple[str, str, str | None]:
    return end.kind, end.text.lower(), end.match


def _wider(end: Endpoint, wildcards: dict[str, Held], prefixes: Held) -> Iterator[int]:
    """The requirements that have the host within a wildcard or a prefix."""
    if end.kind == "name":
        labels = end.text.lower().split(".")
        for base in (".".join(labels[cut:]) for cut in range(len(labels))):
            for j, wide in wildcards.get(base, ()):
                if wide.match and covers(wide.match, wide.text, end.text):
                    yield j
    elif end.kind == "address":
        address = ipaddress.ip_address(end.text)
        yield from (j for j, wide in prefixes if address in ipaddress.ip_network(wide.text))


_COMPARABLE = ("name", "wildcard", "address", "prefix")
