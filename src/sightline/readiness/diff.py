"""What a customer must add to or remove from the firewall when a manifest changes, and by when."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sightline.readiness.manifest import Manifest
from sightline.readiness.ports import PortSet, parse_ports
from sightline.readiness.rows import Row, host_sort_key, rows


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `by` is None when the manifest has no date: then before the update, or after it."""

    do: Literal["add", "remove", "change"]
    by: datetime.date | None
    what: str  # "udp 443 to *.turn.example.com (subtree)", or what to change
    requirements: tuple[str, ...]

    def __str__(self) -> str:
        day = {"add": "by", "remove": "not before", "change": "by"}[self.do]
        event = {"add": "before the update", "remove": "after the update", "change": "before the update"}[self.do]
        when = f"{day} {self.by}" if self.by else event
        return f"{self.do} {self.what}, {when} ({', '.join(self.requirements)})"


def actions(old: Manifest, new: Manifest) -> Iterator[Action]:
    """Everything to do to get from the old to the new: additions first, as a removal must wait for the update.

    Compared is what passes, not how it is written: a range split in two or a host moved to another requirement asks
    nothing of anybody."""
    before, after = _opened(old), _opened(new)
    yield from _missing_from(before, after, "add", new)
    yield from _changed(old, new)
    yield from _missing_from(after, before, "remove", new)


Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Opening:
    ports: PortSet
    words: tuple[str, ...]  # variables, which no arithmetic can compare
    requirements: tuple[str, ...]


def _opened(manifest: Manifest) -> dict[Key, _Opening]:
    found: dict[Key, _Opening] = {}
    for row in rows(manifest):
        if not _host(row):
            continue  # what nobody could use was never opened
        key = (_host(row), row.ports.transport, row.cells["direction"])
        had = found.get(key, _Opening(PortSet(), (), ()))
        numbers = parse_ports(row.range) if row.range and not row.range.startswith("$") else PortSet()
        words = (row.range,) if row.range.startswith("$") else ()
        requirements = tuple(dict.fromkeys((*had.requirements, row.requirement.id)))
        found[key] = _Opening(had.ports | numbers, (*had.words, *words), requirements)
    return found


def _host(row: Row) -> str:
    return f"the addresses listed at {row.endpoint.text}" if row.endpoint.kind == "published" else row.host


def _missing_from(
    had: dict[Key, _Opening], wanted: dict[Key, _Opening], do: Literal["add", "remove"], new: Manifest
) -> Iterator[Action]:
    for key in sorted(wanted, key=lambda key: (host_sort_key(key[0]), key)):
        host, transport, direction = key
        there = had.get(key, _Opening(PortSet(), (), ()))
        ports = wanted[key].ports - there.ports
        words = [word for word in wanted[key].words if word not in there.words]
        for text in filter(None, (str(ports), *words)):
            yield Action(
                do,
                _day(new, wanted[key].requirements),
                f"{transport} {text} {direction} {host}",
                wanted[key].requirements,
            )


def _changed(old: Manifest, new: Manifest) -> Iterator[Action]:
    before = {one.id: one for one in old.requirements}
    for one in new.requirements:
        if (was := before.get(one.id)) is None:
            continue
        for field in ("necessity", "timers", "interception", "http_proxies"):
            if getattr(was, field) != getattr(one, field):
                what = f"{field} from {_said(getattr(was, field))} to {_said(getattr(one, field))}"
                yield Action("change", _day(new, (one.id,)), what, (one.id,))


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{timer.kind} {timer.transport} {timer.seconds} s" for timer in value) or "none"
    return str(value)


def _day(new: Manifest, requirements: tuple[str, ...]) -> datetime.date | None:
    """The earliest day that a change gives for one of them, else the manifest's own."""
    days = [one.effective for one in new.changes if one.effective and set(one.requirements) & set(requirements)]
    return min(days, default=new.effective)
