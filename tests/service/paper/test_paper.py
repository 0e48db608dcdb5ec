"""Documents as PDF and spreadsheets: well-formed, the same bytes each time, nothing in them a formula."""

import datetime
import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from sightline.paper.pdf import pdf
from sightline.paper.spreadsheet import spreadsheet
from sightline.readiness.documents.compose import Kind, Matter, compose
from sightline.readiness.documents.page import Facts, Heading, Page, Table
from sightline.readiness.manifest import Manifest
from sightline.readiness.parsing import parse
from sightline.readiness.permit import lower
from sightline.readiness.site import Selection, Site

PROFILES = Path(__file__).parents[3] / "profiles"
TODAY = datetime.date(2026, 11, 21)


def manifest() -> Manifest:
    parsed = parse((PROFILES / "glarassist.toml").read_text(), "glarassist.toml").manifest
    assert parsed is not None
    return parsed


def page(of: Manifest, kind: Kind = "change-request") -> Page:
    return compose(kind, Matter(of, lower(of, Site(), Selection(), frozenset()), Site(), of.service), "de", TODAY)


@pytest.mark.parametrize("kind", ["change-request", "table"])
def test_a_pdf_is_the_same_for_the_same_page(kind: Kind) -> None:
    made = pdf(page(manifest(), kind))
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    assert made == pdf(page(manifest(), kind))


def test_a_pdf_takes_text_that_no_font_has_and_text_that_looks_like_markup() -> None:
    of = manifest()
    hostile = "<font size=900>漢字</font>&nbsp;" + "x" * 1500
    changed = replace(of, title=hostile[:200], requirements=tuple(replace(r, purpose=hostile) for r in of.requirements))
    assert pdf(page(changed)).startswith(b"%PDF-")


def test_a_pdf_holds_a_service_with_very_many_requirements() -> None:
    of = manifest()
    many = tuple(replace(of.requirements[0], id=f"one-{number}") for number in range(150))
    assert pdf(page(replace(of, requirements=many))).startswith(b"%PDF-")


def test_a_spreadsheet_holds_each_table_as_text() -> None:
    table = Table(("a", "b"), (("=1+1", "https://example.com"), ("{=x}", "42")), (1, 1))
    made = Page("T", "en", (Heading("One / [two]"), Facts((("k", "v"),)), Heading("One / [two]"), table))
    with zipfile.ZipFile(io.BytesIO(spreadsheet(made))) as book:
        assert "xl/worksheets/sheet2.xml" in book.namelist()
        for name in book.namelist():
            if name.endswith(".xml"):
                ElementTree.fromstring(book.read(name))
        sheet = book.read("xl/worksheets/sheet2.xml")
        assert b"<f>" not in sheet
        assert b"<hyperlink" not in sheet
        assert b"=1+1" in book.read("xl/sharedStrings.xml")
    assert spreadsheet(made) == spreadsheet(made)
