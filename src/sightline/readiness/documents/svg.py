"""A drawing as SVG, alone or inside HTML. Colours are classes, so that a page can have them light and dark."""

from collections.abc import Iterator
from html import escape

from sightline.readiness.documents.drawing import Arrow, Box, Drawing


def svg(drawing: Drawing, *, has_style: bool = True) -> str:
    """The picture; read aloud it is its summary. Without a style the page around it has to have one."""
    parts = [
        f'<svg class="drawing" viewBox="0 0 {drawing.width:g} {drawing.height:g}" role="img" '
        f'aria-label="{escape(drawing.summary)}" xmlns="http://www.w3.org/2000/svg">',
        *((f"<style>{_STYLE}</style>",) if has_style else ()),
        *(part for box in drawing.boxes for part in _box(box)),
        *_wall(drawing),
        *(part for arrow in drawing.arrows for part in _arrow(arrow)),
        *_legend(drawing),
        "</svg>",
    ]
    return "\n".join(parts)


def _box(box: Box) -> Iterator[str]:
    yield f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="10" class="box"/>'
    for number, line in enumerate((*box.title, *box.lines)):
        yield _text(box.x + 10, box.y + 22 + 17 * number, line, "title" if number < len(box.title) else "quiet")


def _wall(drawing: Drawing) -> Iterator[str]:
    bottom = max(box.y + box.height for box in drawing.boxes)
    yield f'<line x1="{drawing.wall:g}" y1="24" x2="{drawing.wall:g}" y2="{bottom:g}" class="wall"/>'
    yield _text(drawing.wall, 16, drawing.wall_title, "quiet middle")


def _arrow(arrow: Arrow) -> Iterator[str]:
    start, end = (arrow.x2, arrow.x1) if arrow.is_towards_clients else (arrow.x1, arrow.x2)
    tip = -7 if end > start else 7
    yield f'<line x1="{start:g}" y1="{arrow.y:g}" x2="{end:g}" y2="{arrow.y:g}" class="flow {arrow.stroke}"/>'
    yield (
        f'<path d="M{end:g} {arrow.y:g} l{tip:g} -4 v8 z" class="tip {arrow.stroke}"/>'
        if arrow.stroke != "missing"
        else f'<path d="M{end + tip:g} {arrow.y - 5:g} l10 10 m0 -10 l-10 10" class="flow missing cross"/>'
    )
    yield _text(arrow.x1 + 45, arrow.y - 5, arrow.label, "label")


def _legend(drawing: Drawing) -> Iterator[str]:
    top = max(box.y + box.height for box in drawing.boxes)
    for number, (stroke, text) in enumerate(drawing.legend):
        y = top + 26 * (number + 1)
        yield f'<line x1="{_LEGEND}" y1="{y - 4:g}" x2="{_LEGEND + 40}" y2="{y - 4:g}" class="flow {stroke}"/>'
        yield _text(_LEGEND + 50, y, text, "quiet")


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}">{escape(text)}</text>'


_LEGEND = 240
_STYLE = """
.drawing{max-width:100%;height:auto;font:12px system-ui,sans-serif;color-scheme:light dark;
--ink:light-dark(#16191d,#f1f3f5);--soft:light-dark(#59616b,#a9b1bb);--face:light-dark(#f4f6f8,#22272e);
--edge:light-dark(#c3cad2,#474f59);--alarm:light-dark(#b3261e,#ff8a80)}
.drawing .box{fill:var(--face);stroke:var(--edge)}.drawing text{fill:var(--ink)}
.drawing .title{font-weight:600}.drawing .quiet{fill:var(--soft)}.drawing .middle{text-anchor:middle}
.drawing .wall{stroke:var(--soft);stroke-width:3}.drawing .flow{stroke:var(--ink);stroke-width:1.5;fill:none}
.drawing .tip{fill:var(--ink)}.drawing .dashed{stroke-dasharray:6 4}.drawing .tip.dashed{stroke:none}
.drawing .missing{stroke:var(--alarm);stroke-dasharray:2 4}.drawing .cross{stroke-dasharray:none}
"""
