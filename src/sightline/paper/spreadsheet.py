"""A page as a spreadsheet: a sheet for each of its tables, text throughout, nothing a formula."""

import datetime
import io
from collections.abc import Iterator

from xlsxwriter import Workbook

from sightline.readiness.documents.page import Facts, Heading, Page, Table


def spreadsheet(page: Page) -> bytes:
    """The file (.xlsx). The same page gives the same bytes."""
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": page.title, "created": _NO_DATE})
        head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        cell = book.add_format({"text_wrap": True, "valign": "top"})
        for name, table in _named_tables(page):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
            for number, (column, weight) in enumerate(zip(table.columns, table.weights, strict=True)):
                sheet.set_column(number, number, max(len(column) + 4, weight * _WIDTH))
                sheet.write_string(0, number, column, head)
            for line, row in enumerate(table.rows, start=1):
                for number, text in enumerate(row):
                    sheet.write_string(line, number, text[:_CELL_MOST], cell)
    return target.getvalue()


def _named_tables(page: Page) -> Iterator[tuple[str, Table]]:
    """Each table under the heading that stands above it; the facts of a request are a table too."""
    names: dict[str, None] = {}
    heading = page.title
    for block in page.blocks:
        if isinstance(block, Heading):
            heading = block.text
        if isinstance(block, Table | Facts):
            table = block if isinstance(block, Table) else Table(("", ""), block.pairs, (4, 8))
            name = _sheet_name(heading, names)
            names[name] = None
            yield name, table


def _sheet_name(text: str, taken: dict[str, None]) -> str:
    """At most 31 characters, none of those that Excel refuses, and none twice."""
    clean = "".join(" " if char in "[]:*?/\\'" else char for char in text).strip() or "1"
    name, number = clean[:31], 2
    while name.lower() in (one.lower() for one in taken):
        name, number = f"{clean[:27]} {number}", number + 1
    return name


_NO_DATE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001  the format has no time zone; any fixed one will do
_WIDTH = 4  # characters for each share; found by looking
_CELL_MOST = 32_767  # what Excel takes
