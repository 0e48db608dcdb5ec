"""A page as one HTML file that needs no other: it is mailed, printed and attached to tickets."""

import re
from collections.abc import Iterator
from html import escape

from sightline.readiness.documents.drawing import Drawing
from sightline.readiness.documents.page import Block, Bullets, Facts, Heading, Page, Paragraph, Table
from sightline.readiness.documents.svg import svg


def html(page: Page) -> str:
    """The whole file."""
    title = escape(page.title)
    parts = [
        "<!doctype html>",
        f'<html lang="{page.language}"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width">',
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        *(part for block in page.blocks for part in _block(block)),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(text):
            yield f"<h2>{escape(text)}</h2>"
        case Paragraph(text):
            yield f"<p>{_inline(text)}</p>"
        case Bullets(items):
            yield "<ul>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + "</ul>"
        case Facts(pairs):
            yield "<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in pairs) + "</dl>"
        case Table():
            yield from _table(block)
        case Drawing():
            yield f"<figure>{svg(block)}</figure>"


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide" tabindex="0"><table><thead><tr>'
    yield "".join(f'<th scope="col">{escape(column)}</th>' for column in table.columns) + "</tr></thead><tbody>"
    for row in table.rows:
        yield "<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>"
    yield "</tbody></table></div>"


def _inline(text: str) -> str:
    """Text with `commands` set apart. A profile's text cannot become markup: it is escaped first."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


_STYLE = """
:root{color-scheme:light dark;--ink:light-dark(#16191d,#f1f3f5);--soft:light-dark(#59616b,#a9b1bb);
--ground:light-dark(#fff,#14171b);--edge:light-dark(#d5dae0,#3a414a);--face:light-dark(#f4f6f8,#22272e)}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:60rem;margin:0 auto;
padding:24px 16px}
h1{font-size:1.56rem;line-height:1.25}h2{font-size:1.25rem;margin:32px 0 8px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px}dt{color:var(--soft)}dd{margin:0}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{text-align:start;vertical-align:top;padding:6px 8px;border-bottom:1px solid var(--edge);overflow-wrap:anywhere;
min-width:6.5rem}
th{color:var(--soft);font-weight:600}code{font:.875em ui-monospace,monospace;background:var(--face);padding:1px 4px;
border-radius:4px}figure{margin:16px 0}
@media print{:root{color-scheme:light}body{font-size:11px;max-width:none;padding:0}tr,figure{break-inside:avoid}}
"""
