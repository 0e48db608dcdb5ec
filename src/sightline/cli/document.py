"""Write what a service needs as a document: a change request, one page, or the full table."""

import argparse
import datetime
import sys
import typing
from collections.abc import Callable
from pathlib import Path

from sightline import clock
from sightline.cli.profile_source import NAMED, manifest_of
from sightline.cli.rules import add_selection, selection_of, site_of
from sightline.errors import RefusedError
from sightline.readiness.documents.compose import Kind, Matter, compose
from sightline.readiness.documents.csv import csv
from sightline.readiness.documents.html import html
from sightline.readiness.documents.markdown import markdown
from sightline.readiness.documents.page import Page
from sightline.readiness.documents.words import LANGUAGES
from sightline.readiness.permit import lower

ADVICE = "write what a service needs as a change request, one page or the full table"


def _pdf(page: Page) -> bytes:
    from sightline.paper.pdf import pdf

    return pdf(page)


def _xlsx(page: Page) -> bytes:
    from sightline.paper.spreadsheet import spreadsheet

    return spreadsheet(page)


FORMATS: dict[str, Callable[[Page], bytes]] = {
    "md": lambda page: markdown(page).encode(),
    "html": lambda page: html(page).encode(),
    "csv": lambda page: csv(page).encode(),
    "pdf": _pdf,
    "xlsx": _xlsx,
}
_FOR_PROGRAMS = ("pdf", "xlsx")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which document, of what."""
    parser.add_argument("profile", metavar=NAMED)
    kind = "default: change-request"
    parser.add_argument("--kind", choices=typing.get_args(Kind), default="change-request", help=kind)
    parser.add_argument("--format", choices=FORMATS, default="md", help="default: md")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="default: en")
    add_selection(parser)
    parser.add_argument("--output", metavar="FILE", type=Path, help="write it there and not to stdout")


def run(args: argparse.Namespace) -> int:
    """The document to stdout or into a file."""
    manifest = manifest_of(args.profile, args.set)
    site = site_of(args)
    matter = Matter(manifest, lower(manifest, site, selection_of(args), frozenset()), site, args.profile)
    today = datetime.datetime.fromtimestamp(clock.now(), datetime.UTC).date()
    made = FORMATS[args.format](compose(args.kind, matter, args.language, today))
    if args.output is None:
        if args.format in _FOR_PROGRAMS and sys.stdout.isatty():
            raise RefusedError(
                "not-for-a-terminal", f"A terminal cannot show {args.format}.", hint="Say where: --output FILE."
            )
        sys.stdout.buffer.write(made)
        return 0
    try:
        args.output.write_bytes(made)
    except OSError as error:
        raise RefusedError("unwritable", f"{args.output} cannot be written: {error.strerror}.") from error
    return 0
