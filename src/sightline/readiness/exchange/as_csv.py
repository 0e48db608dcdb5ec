"""The table of a manifest as comma-separated values, a spreadsheet's way."""

import csv
from collections.abc import Iterable

from sightline.readiness.exchange.exported import Exported, unheld
from sightline.readiness.manifest import Manifest
from sightline.readiness.permit import Loss
from sightline.readiness.rows import COLUMNS, Row, rows


def write(manifest: Manifest) -> Exported:
    """Every row. What a row cannot hold is a loss."""
    losses = list(unheld(manifest, _HELD))
    for one in manifest.variables:
        why = "The table has its name only."
        losses.append(
            Loss("", "not_enforced", "no-place", f"the variable {one.name}", why, "Send the JSON form along.")
        )
    return Exported(table(rows(manifest)), tuple(losses))


def table(found: Iterable[Row]) -> str:
    """These rows under a line of column names."""
    text = _Text()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: unformulated(cell) for key, cell in row.cells.items()} for row in found)
    return "".join(text.parts)


def unformulated(cell: str) -> str:
    """A cell that begins so is a formula to a spreadsheet, and a profile is other people's text."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


class _Text:
    """What `csv` writes to."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> None:
        self.parts.append(text)


FORMULA = ("=", "+", "-", "@", "\t")
_HELD = ("flows", "protocol", "platforms", "regions", "symptoms", "lost", "recovery", "sources")
