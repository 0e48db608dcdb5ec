"""Ports in running text with their transports: `UDP:3478, 49152-65535TCP:443`, `443 (TCP and UDP)`, `80 & 443 | TCP`.

A number is a port only next to a transport or to the word port, or alone in a cell: articles are full of other numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sightline.readiness.manifest import Ports, Transport
from sightline.readiness.ports import LAST, PortSet, parse_ports


@dataclass(slots=True)
class _Group:
    """Ports, or transports, that stand together."""

    is_ports: bool
    items: list[str] = field(default_factory=list)
    before: str = ""
    """What stands between it and the group before."""
    after: str = ""
    bound: set[str] = field(default_factory=set)
    torn: list[str] = field(default_factory=list)
    is_example: bool = False


@dataclass(frozen=True, slots=True)
class FoundPorts:
    """The ports of a text."""

    ports: tuple[Ports, ...]
    torn: tuple[str, ...]
    """Ranges with a gap in them, as they stand."""
    examples: tuple[str, ...]
    """What is only an example, and so in none of the sets."""


def found_ports(text: str) -> FoundPorts:
    """In the order of the text. Hosts must have been blanked out before."""
    groups = list(_groups(text))
    _bind(groups)
    sets: dict[Transport, list[list[str]]] = {}
    torn, examples = [], []
    for group in groups:
        if not group.is_ports or not group.bound:
            continue
        if group.is_example:
            examples += group.items
            continue
        torn += group.torn
        for transport in _ORDER:
            if transport in group.bound:
                for item in group.items:
                    _add(sets.setdefault(transport, []), item)
    said = {item for transport in ("tcp", "udp") for each in sets.get(transport, []) for item in each}
    found = [
        Ports(transport, ", ".join(items))
        for transport in _ORDER
        for each in sets.get(transport, [])
        if (items := [item for item in each if transport != "not_said" or item not in said])
    ]
    return FoundPorts(tuple(found), tuple(torn), tuple(examples))


def _groups(text: str) -> Iterator[_Group]:
    """Neighbours of a kind with nothing but separators between them are one group."""
    current: _Group | None = None
    end = 0
    for match in _TOKEN.finditer(text):
        gap = text[end : match.start()]
        is_ports = match["ports"] is not None
        item = _normal(match["ports"]) if is_ports else [match["transport"].lower()]
        if not item:
            continue
        joins = (_LIST_GAP if is_ports else _AND_GAP).fullmatch(gap)
        if current and current.is_ports == is_ports and joins:
            current.items += item
        else:
            if current:
                current.after = gap
                yield current
            current = _Group(is_ports, list(item), gap)
        if is_ports:
            current.torn += [match["ports"]] if re.search(r"\d(?: -\d|- \d)", match["ports"]) else []
            current.is_example = bool(re.search(r"example:?\s*$", gap, re.IGNORECASE))
        end = match.end()
    if current:
        current.after = text[end:]
        yield current


def _bind(groups: list[_Group]) -> None:
    for number, group in enumerate(groups):
        if group.is_ports:
            continue
        before = groups[number - 1] if number else None
        after = groups[number + 1] if number + 1 < len(groups) else None
        can_back = before and before.is_ports and not before.bound and _NEAR.fullmatch(group.before)
        can_forward = after and after.is_ports and _NEAR.fullmatch(after.before)
        if can_forward and after and (group.after.lstrip().startswith((":", "/")) or not can_back):
            after.bound |= set(group.items)
        elif can_back and before:
            before.bound |= set(group.items)
    for group in groups:
        if group.is_ports and not group.bound and _is_alone(group):
            group.bound = {"not_said"}


def _is_alone(group: _Group) -> bool:
    follows_host = group.before.endswith("¦:")  # `turn.example.com:3478`, the host blanked out
    in_cell = group.before.rstrip().endswith("|") and group.after.lstrip().startswith("|")
    named = re.search(r"\bports?(?:\s+range)?\b[\s:(]*$", group.before, re.IGNORECASE)
    return bool(follows_host or in_cell or named or re.match(r"\s*ports?\b", group.after, re.IGNORECASE))


def _normal(text: str) -> list[str]:
    """`10,000 - 60,000` as `10000-60000`; nothing for what no port can be."""
    parts = re.split(_TO, text)
    numbers = [_numbers(part, is_range=len(parts) == 2) for part in parts]
    if len(parts) == 2:
        if any(len(each) != 1 for each in numbers):
            return []
        first, last = (each[0] for each in numbers)
        return [f"{first}-{last}"] if 1 <= first <= last <= LAST else []
    return [str(number) for number in numbers[0] if 1 <= number <= LAST]


def _numbers(text: str, *, is_range: bool) -> list[int]:
    whole = int(text.replace(",", ""))
    # "10,000" is a number, "80,443" two.
    if "," not in text or (whole <= LAST and (is_range or text.endswith(",000"))):
        return [whole]
    return [int(part) for part in text.split(",")]


def _add(sets: list[list[str]], item: str) -> None:
    """Into the first set that has none of its ports yet, as a set names a port once."""
    wanted = parse_ports(item)
    if any(wanted == parse_ports(other) for each in sets for other in each):
        return
    for each in sets:
        if not wanted & _all(each):
            each.append(item)
            return
    sets.append([item])


def _all(items: list[str]) -> PortSet:
    found = PortSet()
    for item in items:
        found |= parse_ports(item)
    return found


_ORDER: tuple[Transport, ...] = ("tcp", "udp", "not_said")
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,5})"
_TO = r"\s?[-–—]\s?|\s+(?:to|bis)\s+"
_UNIT = r"(?!\s*(?:min|sec|s\b|ms\b|hours?|h\b|days?|%|[kKmM]b|IP\b|addresses|servers|ports\b|AM\b|PM\b))"
_TOKEN = re.compile(
    rf"(?P<ports>(?:(?<![\w.,])|(?<=TCP)|(?<=UDP)|(?<=\D,)|(?<=\d,)){_NUMBER}(?:(?:{_TO}){_NUMBER})?"
    rf"(?=TCP|UDP|tcp|udp|[^\w.]|\.(?!\w)|$){_UNIT})"
    r"|(?P<transport>TCP|UDP|tcp|udp)",
    re.ASCII,
)
_LIST_GAP = re.compile(r"[\s,;&/+]*(?:(?:and|or|und|et|y|e)\b)?[\s,;&]*")
_AND_GAP = re.compile(r"\s*(?:[,/&+]|and|or|und|et|y|e)\s*")
_NEAR = re.compile(r"[\s|()\[\]:,;/&+]*(?:ports?(?: range)?)?[\s|()\[\]:,;/&+]*(?:(?:and|or)\s*)?", re.IGNORECASE)
