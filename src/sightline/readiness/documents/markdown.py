"""A page as Markdown, for tickets and wikis."""

import re
from collections.abc import Iterator

from sightline.readiness.documents.drawing import Drawing
from sightline.readiness.documents.page import Block, Bullets, Facts, Heading, Page, Paragraph, Table


def markdown(page: Page) -> str:
    """The whole text. A drawing becomes the list of its arrows, as tickets show no SVG."""
    parts = [f"# {_plain(page.title)}", *("\n".join(_block(block)) for block in page.blocks)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(text):
            yield f"## {_plain(text)}"
        case Paragraph(text):
            yield _plain(text)
        case Bullets(items):
            yield from (f"- {_plain(item)}" for item in items)
        case Facts(pairs):
            yield from (f"- {_plain(name)}: {_plain(value)}" for name, value in pairs)
        case Table(columns, rows):
            yield _row(columns)
            yield _row(("---",) * len(columns))
            yield from map(_row, rows)
        case Drawing():
            yield "```text"
            yield from _picture(block)
            yield "```"


def _picture(drawing: Drawing) -> Iterator[str]:
    """Each zone with its arrows, in plain characters."""
    clients, *zones = drawing.boxes
    ends = {"solid": "──▶", "dashed": "- ▶", "missing": "··×"}
    for zone in zones:
        yield " ".join(zone.title).replace("`", "'")
        for arrow in drawing.arrows:
            if zone.y <= arrow.y <= zone.y + zone.height:
                sign = "◀──" if arrow.is_towards_clients else ends[arrow.stroke]
                yield f"  {clients.title[0]} {sign} {arrow.label}".replace("`", "'")


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in cells) + " |"


def _plain(text: str) -> str:
    """Other people's text on one line, none of it read as markup; `commands` stay."""
    flat = " ".join(text.split())
    odd = re.split(r"(`[^`]*`)", flat)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_<>\[\]#`~])", r"\\\1", part) for part in odd)
