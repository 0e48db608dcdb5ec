"""Sets of ports: what `80, 443, 4700-5000` means, and arithmetic on it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PortSet:
    """Ports as sorted ranges (first, last) that neither overlap nor touch, so that equal sets are equal values."""

    ranges: tuple[tuple[int, int], ...] = ()

    def __contains__(self, port: int) -> bool:
        return any(first <= port <= last for first, last in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __or__(self, other: "PortSet") -> "PortSet":
        return port_set((*self.ranges, *other.ranges))

    def __and__(self, other: "PortSet") -> "PortSet":
        pairs = ((max(a, c), min(b, d)) for a, b in self.ranges for c, d in other.ranges)
        return port_set((first, last) for first, last in pairs if first <= last)

    def __sub__(self, other: "PortSet") -> "PortSet":
        return self & port_set(_gaps(other))

    def __str__(self) -> str:
        return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in self.ranges)

    @property
    def size(self) -> int:
        """How many ports."""
        return sum(last - first + 1 for first, last in self.ranges)


def port_set(ranges: Iterable[tuple[int, int]]) -> PortSet:
    """The set of all ports in the ranges, which may overlap."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        assert 1 <= first <= last <= LAST, f"{first}-{last} is no range of ports"
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return PortSet(tuple(merged))


def parse_ports(text: str) -> PortSet:
    """The set that `80, 443, 4700-5000` names. Raises ValueError, whose text says what is wrong.

    Strict on purpose: a range that runs backwards, a port named twice or a stray word is what damage looks like."""
    ranges = [_range(part.strip(" ")) for part in text.split(",")]
    ports = port_set(ranges)
    if ports.size != sum(last - first + 1 for first, last in ranges):
        raise ValueError(f'"{text}" names a port twice')
    return ports


def _range(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?", text, re.ASCII)
    if not found:
        raise ValueError(f'"{text}" is neither a port (443) nor a range (4700-5000)')
    first, last = int(found[1]), int(found[2] or found[1])
    if last > LAST:
        raise ValueError(f"there is no port {last}; the last is {LAST}")
    if first > last:
        raise ValueError(f'the range "{text}" runs backwards')
    return first, last


def _gaps(ports: PortSet) -> Iterator[tuple[int, int]]:
    following = 1
    for first, last in ports.ranges:
        if following < first:
            yield following, first - 1
        following = last + 1
    if following <= LAST:
        yield following, LAST


LAST = 65535  # RFC 768, RFC 9293: 16 bits; port 0 is reserved and names no service
