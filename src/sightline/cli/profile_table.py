"""A manifest as a table for people, a hundred columns wide."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from sightline.readiness.lint import Finding
from sightline.readiness.manifest import Manifest, Requirement
from sightline.readiness.rows import Row


def table(manifest: Manifest, found: Sequence[Row]) -> Iterator[str]:
    """The lines of it."""
    version = manifest.version or "(version not said)"
    yield f"{manifest.title} {version}"
    for document in manifest.documents:
        day = f", {document.modified}" if document.modified else ""
        yield from wrap(f"From “{document.title}”, {document.publisher}{day}.", WIDTH)
    yield ""
    yield from _line(("REQUIREMENT", "NEED", "HOST", "", "PORTS"))
    before = ""
    for (name, _, transport), group in groupby(
        found, lambda row: (row.requirement.id, row.quoted, row.ports.transport)
    ):
        rows = list(group)
        first = rows[0]
        ports = ", ".join(row.range for row in rows) or "?"
        need = first.requirement.necessity
        head = ("", "") if name == before else (name, need)
        yield from _line((*head, _host(first), transport.replace("not_said", "?"), ports))
        before = name
    yield ""
    for one in dict.fromkeys(row.requirement.id for row in found):
        yield from _details(next(row.requirement for row in found if row.requirement.id == one))
    for variable in manifest.variables:
        yield from wrap(f"${{{variable.name}}}: {variable.title}. {variable.where}", WIDTH, subsequent_indent="    ")


def _host(row: Row) -> str:
    after = " (disaster recovery)" if row.quoted.recovery == "disaster_recovery" else ""
    kind, text = row.endpoint.kind, row.endpoint.text
    return {
        "unconfirmed": f"unconfirmed: “{text}”",
        "damaged": f"damaged: “{text}”",
        "missing": f"missing: “{text}”",
        "published": f"listed at {text}",
    }.get(kind, row.host + after)


def _details(one: Requirement) -> Iterator[str]:
    yield from wrap(f"{one.id}: {one.purpose}", WIDTH, subsequent_indent="    ")
    flows = "; ".join(
        f"{flow.from_role} → {flow.to_role}" + (" (who begins is not said)" if flow.initiator == "not_said" else "")
        for flow in one.flows
    )
    facts = [flows]
    facts += [f"one of “{one.any_of}”, tried as number {one.preference}"] if one.any_of else []
    facts += [f"on {', '.join(one.platforms)}"] if one.platforms else []
    facts += [f"{timer.kind.replace('_', ' ')} every {timer.seconds} s on {timer.transport}" for timer in one.timers]
    without = dict.fromkeys(filter(None, (one.lost, *(symptom.text for symptom in one.symptoms))))
    facts += [f"without it: {' '.join(without)}"] if without else []
    for fact in facts:
        yield from wrap(fact, WIDTH, initial_indent="    ", subsequent_indent="      ")


def _line(cells: tuple[str, ...]) -> Iterator[str]:
    """One line of the table, or as many as its longest cell needs."""
    folded = [wrap(cell, width, break_on_hyphens=False) or [""] for cell, width in zip(cells, _WIDTHS, strict=True)]
    for number in range(max(map(len, folded))):
        parts = (cell[number] if number < len(cell) else "" for cell in folded)
        yield " ".join(f"{part:<{width}}" for part, width in zip(parts, _WIDTHS, strict=True)).rstrip()


def finding_lines(one: Finding) -> Iterator[str]:
    """One finding, folded."""
    yield f"{one.severity} {one.code}" + (f" · {one.place}" if one.place else "")
    for text in (f"“{one.quote}”", one.why, one.advice):
        yield from wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")


WIDTH = 100
_WIDTHS = (22, 11, 36, 3, 24)  # with four gaps: 100; the longest id of the five profiles has 22
