"""The tables of a page as CSV (RFC 4180)."""

from sightline.readiness.documents.page import Page, Table


def csv(page: Page) -> str:
    """Its first table: that is what the page is about; the others explain it."""
    table = next(block for block in page.blocks if isinstance(block, Table))
    return "".join(",".join(map(_cell, row)) + "\r\n" for row in (table.columns, *table.rows))


def inert(cell: str) -> str:
    """A cell that a spreadsheet takes for text: what begins so is a formula there, and a profile is others' text."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _cell(text: str) -> str:
    safe = inert(text)
    return '"' + safe.replace('"', '""') + '"' if any(char in safe for char in ',"\r\n') else safe
