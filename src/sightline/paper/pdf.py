"""A page as PDF, set with ReportLab: A4, its own fonts embedded, tables that break across pages."""

import io
from collections.abc import Iterator
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

import reportlab
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, ListFlowable, ListItem, SimpleDocTemplate, Spacer
from reportlab.platypus import Paragraph as Prose
from reportlab.platypus import Table as Grid

from sightline.paper.tracing import Traced
from sightline.readiness.documents.drawing import Drawing
from sightline.readiness.documents.page import Block, Bullets, Facts, Heading, Page, Paragraph, Table


def pdf(page: Page) -> bytes:
    """The file. The same page gives the same bytes."""
    _load_fonts()
    size = landscape(A4) if page.is_wide else A4
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target, pagesize=size, title=page.title, lang=page.language, invariant=1,
        leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
    )  # fmt: skip
    width = size[0] - 2 * _MARGIN
    story: list[Flowable] = [Prose(_text(page.title), _style("title"))]
    for block in page.blocks:
        story.extend(_block(block, width))
    footed = partial(_foot, page.title)
    document.build(story, onFirstPage=footed, onLaterPages=footed)
    return target.getvalue()


def _block(block: Block, width: float) -> Iterator[Flowable]:
    match block:
        case Heading(text):
            yield Prose(_text(text), _style("heading"))
        case Paragraph(text):
            yield Prose(_text(text), _style("body"))
        case Bullets(items):
            points: list[Any] = [ListItem(Prose(_text(item), _style("body")), leftIndent=12) for item in items]
            yield ListFlowable(points, bulletType="bullet", bulletFontSize=6, bulletOffsetY=-2, leftIndent=12)
        case Facts(pairs):
            rows = [[Prose(_text(name), _style("quiet")), Prose(_text(value), _style("body"))] for name, value in pairs]
            yield Grid(rows, colWidths=(width * 0.25, width * 0.75), style=_FACTS)
        case Table():
            yield from _table(block, width)
        case Drawing():
            yield Spacer(1, 6)
            yield Traced(block, min(width, _DRAWING_MOST))
            yield Spacer(1, 6)


def _table(table: Table, width: float) -> Iterator[Flowable]:
    cell = _style("fine" if len(table.columns) > _MANY else "cell")
    head = [Prose(_text(column), _style("head")) for column in table.columns]
    rows = [[Prose(_text(text[:_CELL_MOST]), cell) for text in row] for row in table.rows]
    share = width / sum(table.weights)
    grid = Grid([head, *rows], colWidths=[share * weight for weight in table.weights], repeatRows=1, style=_TABLE)
    grid.hAlign = "LEFT"
    yield Spacer(1, 4)
    yield grid


def _text(text: str) -> str:
    """Other people's text, never markup; what the font has no letter for is shown as missing, not as a box."""
    known = _letters()
    return escape("".join(char if ord(char) in known else "?" for char in text.replace("`", "")))


def _foot(title: str, canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.saveState()
    canvas.setFont(_FACE, 8)
    canvas.setFillColor(_SOFT)
    left = title if len(title) <= _FOOT_MOST else f"{title[: _FOOT_MOST - 1]}…"
    canvas.drawString(_MARGIN, _MARGIN / 2, "".join(c if ord(c) in _letters() else "?" for c in left))
    canvas.drawRightString(document.pagesize[0] - _MARGIN, _MARGIN / 2, str(document.page))
    canvas.restoreState()


@cache
def _style(name: str) -> ParagraphStyle:
    common: dict[str, Any] = {"fontName": _FACE, "fontSize": 9, "leading": 12.5, "textColor": _INK, "spaceAfter": 3}
    own: dict[str, dict[str, Any]] = {
        "title": {"fontName": _BOLD, "fontSize": 16, "leading": 20, "spaceAfter": 10},
        "heading": {"fontName": _BOLD, "fontSize": 11.5, "leading": 15, "spaceBefore": 12, "keepWithNext": 1},
        "body": {},
        "quiet": {"textColor": _SOFT},
        "head": {"fontName": _BOLD, "fontSize": 7.5, "leading": 10, "textColor": _SOFT, "spaceAfter": 0},
        "cell": {"fontSize": 8, "leading": 10.5, "spaceAfter": 0, "splitLongWords": 1},
        "fine": {"fontSize": 6, "leading": 7.5, "spaceAfter": 0, "splitLongWords": 1},
    }
    return ParagraphStyle(name, **common | own[name])


@cache
def _load_fonts() -> None:
    """ReportLab brings Bitstream Vera, which has the letters of our five languages."""
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(_FACE, folder / "Vera.ttf"))
    pdfmetrics.registerFont(TTFont(_BOLD, folder / "VeraBd.ttf"))


@cache
def _letters() -> frozenset[int]:
    _load_fonts()
    font: Any = pdfmetrics.getFont(_FACE)
    return frozenset(font.face.charToGlyph)


_FACE, _BOLD = "Vera", "VeraBd"
_INK, _SOFT, _EDGE = HexColor("#16191d"), HexColor("#59616b"), Color(0.83, 0.85, 0.88)
_MARGIN = 51.0  # 18 mm: what office printers leave, and room for a hole punch
_DRAWING_MOST = 520.0  # on paper that lies on its side a wider one would fill the page
_MANY = 8  # more columns do not fit at the usual size
_CELL_MOST = 1500  # a cell cannot be longer than a page
_FOOT_MOST = 90
_TABLE: Any = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.5, _EDGE),
    ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
]
_FACTS: Any = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
]
