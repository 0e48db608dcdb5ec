"""The table of a manifest (`as_csv.py`) back to a draft."""

import csv
import re
import typing
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

from sightline.errors import RefusedError
from sightline.readiness.exchange.as_csv import FORMULA
from sightline.readiness.exchange.draft import Found, Read, cut, unconfirmed
from sightline.readiness.exchange.fields import host, ports
from sightline.readiness.manifest import Endpoint, Necessity, Platform, Ports, Protocol, Transport, Variable
from sightline.readiness.names import Match, host_fault
from sightline.readiness.ports import PortSet, parse_ports
from sightline.readiness.problem import shown
from sightline.readiness.rows import COLUMNS

Cells = dict[str, str]


def read_csv(text: str, title: str) -> Read:
    """Rows of one requirement come together again; hosts that have other ports than the rest make one of their own.
    Raises RefusedError for what is no such table."""
    try:
        lines = list(csv.DictReader(text.splitlines(keepends=True), strict=True))
    except csv.Error as error:
        raise RefusedError("not-csv", f"It is not CSV: {shown(str(error))}.", hint="Is it the right file?") from error
    groups: dict[str, list[Cells]] = defaultdict(list)
    for number, line in enumerate(lines, 2):
        if set(line) != set(COLUMNS) or None in line.values():
            hint = f"Each line has {len(COLUMNS)} columns: {', '.join(COLUMNS)}."
            raise RefusedError("not-csv", f"Line {number} has other columns than a manifest's table.", hint=hint)
        cells = {name: _plain(cell) for name, cell in line.items()}
        groups[cells["requirement"]].append(cells)
    found = tuple(one for name, cells in groups.items() for one in _requirements(name, cells))
    return Read(lines[0]["service"] if lines else title, found, variables=tuple(_variables(groups.values())))


def _variables(groups: Iterable[list[Cells]]) -> Iterator[Variable]:
    """The table has their names only."""
    found: dict[str, tuple[Literal["label", "ports"], Cells]] = {}
    for cells in (cells for lines in groups for cells in lines):
        found |= {name: ("label", cells) for name in re.findall(_VARIABLE, cells["host"])}
        found |= {name: ("ports", cells) for name in re.findall(_VARIABLE, cells["ports"])}
    for name, (kind, cells) in found.items():
        yield Variable(name, kind, name, cut(cells["source"]) or "not said", state="inferred")


def _requirements(name: str, lines: list[Cells]) -> Iterator[Found]:
    by_host: dict[Endpoint, list[Ports]] = defaultdict(list)
    for cells in lines:
        by_host[_endpoint(cells)] += _ports(cells)
    together: dict[tuple[Ports, ...], list[Endpoint]] = defaultdict(list)
    for endpoint, opened in by_host.items():
        together[tuple(dict.fromkeys(opened))].append(endpoint)
    first = lines[0]
    necessity = _one_of(first["necessity"], Necessity, "required")
    for opened_by, endpoints in together.items():
        yield Found(
            quote=cut(first["source"]) or cut(",".join(first.values())),
            purpose=name,
            name=name,
            endpoints=tuple(endpoints),
            ports=_merged(opened_by),
            necessity=necessity,
            lost=first["symptom"] or "not said",
            initiator=_initiator(first["direction"]),
            protocol=_one_of(first["protocol"], Protocol, "not_said"),
            platforms=tuple(each for each in typing.get_args(Platform) if each in first["platforms"].split()),
            regions=tuple(filter(None, (cut(first["region"]),))),
            symptoms=() if necessity == "optional" else tuple(first["symptom"].split(" / ")),
            doubts=tuple((n, end.kind, "The row has no host that can be used.") for n, end in enumerate(endpoints)
                         if end.kind in ("missing", "damaged")),
            is_stated=True,
        )  # fmt: skip


def _endpoint(cells: Cells) -> Endpoint:
    text = cells["host"]
    if not text:
        return Endpoint("missing", cut(cells["source"]) or "not said")
    for match in typing.get_args(Match):
        if text.endswith(f" ({match})"):
            return host(text.removesuffix(f" ({match})"), match)
    if re.search(_VARIABLE, text) and not host_fault(re.sub(_VARIABLE, "x", text)):
        return unconfirmed("name", text)
    if text.startswith("(") and text.endswith(")"):
        return unconfirmed("peers", "client", text)
    return host(text)


def _ports(cells: Cells) -> tuple[Ports, ...]:
    transport: Transport = (
        "tcp" if cells["transport"] == "tcp" else "udp" if cells["transport"] == "udp" else "not_said"
    )
    if re.fullmatch(_VARIABLE, cells["ports"]):
        return (Ports(transport, cells["ports"]),)
    return ports(transport, cells["ports"]) or (Ports(transport, ""),)


def _merged(opened: tuple[Ports, ...]) -> tuple[Ports, ...]:
    filled_in = tuple(one for one in opened if one.set.startswith("$"))
    sets: dict[Transport, PortSet] = defaultdict(PortSet)
    notes: dict[Transport, str] = defaultdict(str)
    for one in (one for one in opened if one not in filled_in):
        sets[one.transport] |= parse_ports(one.set) if one.set else PortSet()
        notes[one.transport] = notes[one.transport] or one.note
    merged = tuple(Ports(transport, str(found), note=notes[transport]) for transport, found in sets.items())
    return (*merged, *filled_in)


def _initiator(direction: str) -> Literal["from", "to", "not_said"]:
    first = direction.split("+")[0]
    return "from" if first == "outbound" else "to" if first == "inbound" else "not_said"


def _one_of(text: str, kind: typing.Any, otherwise: typing.Any) -> typing.Any:
    word = text.replace(" ", "_")
    return word if word in typing.get_args(kind) else otherwise


def _plain(cell: str) -> str:
    """Without the mark that keeps a spreadsheet from counting."""
    return cut(cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell)


_VARIABLE = r"\$\{([a-z][a-z0-9_]{0,31})\}"
