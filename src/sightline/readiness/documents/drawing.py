"""Who talks to whom through what: the clients, the firewall, the zones beyond, and an arrow for each requirement.

Here it is laid out, in units that are pixels on a screen and three quarters of a point on paper; `svg.py` and
`sightline.paper` only trace it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap
from typing import Literal

from sightline.readiness.documents.words import Words
from sightline.readiness.manifest import Manifest, Requirement, Zone
from sightline.readiness.permit import Lowered, Permit

Stroke = Literal["solid", "dashed", "missing"]


@dataclass(frozen=True, slots=True)
class Box:
    """A zone: its title, and what is known of where it is."""

    x: float
    y: float
    width: float
    height: float
    title: tuple[str, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """A flow, from left to right unless turned, with its label above."""

    x1: float
    x2: float
    y: float
    label: str
    stroke: Stroke
    is_towards_clients: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture. `wall` is the firewall's x."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    wall: float
    wall_title: str
    legend: tuple[tuple[Stroke, str], ...]
    summary: str
    """The picture in words, for those who do not see it."""


def draw(manifest: Manifest, lowered: Lowered, site_name: str, words: Words) -> Drawing:
    """Lay it out, top down: each zone beyond the firewall as tall as its arrows need."""
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    top = _TOP
    for zone, requirements in _beyond(manifest):
        lines = [arrow for one in requirements for arrow in _lines(one, lowered.permits, words)]
        title = wrap(zone.title, int((_BOX - _GAP) / _BOLD_LETTER), max_lines=3, placeholder="…")
        height = max(_LINE * (len(title) + 1) + _GAP, len(lines) * _STEP + _STEP / 2)
        boxes.append(Box(_RIGHT, top, _BOX, height, tuple(title), (_owner(manifest, zone),)))
        for number, (label, stroke, is_towards) in enumerate(lines):
            y = top + _STEP * (number + 0.75) + (height - len(lines) * _STEP - _STEP / 2) / 2
            arrows.append(Arrow(_LEFT + _BOX, _RIGHT, y, label, stroke, is_towards))
        top += height + _GAP
    bottom = top - _GAP
    where = (_cut(site_name, _BOX),) if site_name else ()
    boxes.insert(0, Box(_LEFT, _TOP, _BOX, bottom - _TOP, (words.clients,), where))
    used = dict.fromkeys(arrow.stroke for arrow in arrows)
    meaning: dict[Stroke, str] = {"solid": words.needed, "dashed": words.not_always_needed, "missing": words.not_a_rule}
    legend = tuple((stroke, meaning[stroke]) for stroke in meaning if stroke in used)
    summary = "; ".join(f"{words.clients} {'←' if a.is_towards_clients else '→'} {a.label}" for a in arrows)
    height = bottom + _STEP * (len(legend) + 0.5)
    return Drawing(_WIDTH, height, tuple(boxes), tuple(arrows), _WALL, words.firewall, legend, summary)


def _beyond(manifest: Manifest) -> Iterator[tuple[Zone, list[Requirement]]]:
    """The zones that clients talk with, other clients among them, each with what it is needed for."""
    customers = {party.id for party in manifest.parties if party.kind == "customer"}
    ours = {zone.id for zone in manifest.zones if zone.party in customers}
    zones = {zone.id: zone for zone in manifest.zones}

    def other_end(one: Requirement) -> str:
        ends = (end for flow in one.flows for end in (flow.to_role, flow.from_role) if end not in ours)
        return next(ends, one.flows[0].to_role)

    order = list(zones)
    by_zone = sorted(manifest.requirements, key=lambda one: order.index(other_end(one)))
    for zone, requirements in groupby(by_zone, other_end):
        yield zones[zone], list(requirements)


def _lines(one: Requirement, permits: tuple[Permit, ...], words: Words) -> Iterator[tuple[str, Stroke, bool]]:
    stroke: Stroke = "solid" if one.necessity in ("required", "recommended") else "dashed"
    mine = [permit for permit in permits if permit.requirement is one]
    for direction in ("outbound", "inbound"):
        ports = dict.fromkeys((p.transport, str(p.ports)) for p in mine if p.direction == direction)
        if ports:
            text = " · ".join(f"{transport.upper()} {_short(numbers)}" for transport, numbers in ports)
            yield _cut(f"{one.id}: {text}", _RIGHT - _WALL), stroke, direction == "inbound"
    if not mine:
        yield _cut(f"{one.id}: {words.no_rule}", _RIGHT - _WALL), "missing", False


def _owner(manifest: Manifest, zone: Zone) -> str:
    return _cut(next(party.name for party in manifest.parties if party.id == zone.party), _BOX)


def _short(ports: str) -> str:
    items = ports.split(", ")
    return ports if len(items) <= _PORTS_MOST else f"{', '.join(items[:_PORTS_MOST])} …"


def _cut(text: str, width: float) -> str:
    most = int((width - _GAP) / _LETTER)
    return text if len(text) <= most else f"{text[: most - 1]}…"


# Found by looking. 12 px letters are read on paper too when 860 px become the 17 cm between the margins of A4.
_WIDTH, _LEFT, _BOX, _RIGHT, _WALL = 860.0, 10.0, 170.0, 680.0, 215.0
_TOP, _STEP, _GAP, _LINE = 34.0, 26.0, 16.0, 17.0
_LETTER, _BOLD_LETTER = 6.8, 7.4  # the mean width of a letter at 12 px in system faces, with some to spare
_PORTS_MOST = 4
