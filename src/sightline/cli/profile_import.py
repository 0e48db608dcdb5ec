"""A document of a vendor to a profile: read, doubted, and asked about. Only what a person confirms is used."""

import argparse
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import wrap

from sightline.cli.profile_source import decoded, file_bytes
from sightline.cli.profile_table import WIDTH
from sightline.errors import RefusedError
from sightline.readiness.exchange import as_toml
from sightline.readiness.exchange.importing import Format, imported
from sightline.readiness.exchange.questions import Question, answered, questions
from sightline.readiness.lint import findings
from sightline.readiness.manifest import Manifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file and what is done with it."""
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument(
        "--format", choices=("auto", "pdf", *typing.get_args(Format)), default="auto", help="default: by what is in it"
    )
    parser.add_argument("--pick", metavar="NAME", default="", help="m365, aws, azure: only this service, tag or region")
    parser.add_argument("--draft", action="store_true", help="ask nothing; write the draft and list the questions")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write to this new file; default: stdout")
    parser.add_argument("--yes", action="store_true", help="refused: nobody can answer for a person")


def run(args: argparse.Namespace) -> int:
    """Read, ask, write."""
    if args.yes:
        hint = "Answer the questions; or take --draft, compare it with the document, and set confirmed = true there."
        raise RefusedError("no-yes", "What a program read in a document has to be confirmed by a person.", hint=hint)
    if not args.draft and not sys.stdin.isatty():
        raise RefusedError("no-terminal", "There is nobody to ask.", hint="--draft writes the draft and the questions.")
    if args.out and args.out.exists():
        raise RefusedError("exists", f"{args.out} is there already.", hint="Name a new file.")
    manifest = imported(_text(args), args.file.name, _form(args), args.pick)
    if args.draft:
        for number, question in enumerate(questions(manifest), 1):
            _say(f"{number}. " + "\n".join(_lines(question)))
    else:
        manifest = ask(manifest, _reply)
    _write(as_toml.write(manifest), args.out)
    found = [finding.severity for finding in findings(manifest)]
    left = sum(1 for _ in questions(manifest))
    _say(f"{left} questions are open; {found.count('error')} errors, {found.count('warning')} warnings.")
    return 0


def ask(manifest: Manifest, reply: Callable[[str], str]) -> Manifest:
    """The manifest with a person's answers. Each is asked once; q ends it."""
    asked: set[tuple[str, str, str]] = set()
    while question := next((each for each in questions(manifest) if _key(each) not in asked), None):
        asked.add(_key(question))
        _say("\n".join(_lines(question)))
        while answer := reply("> ").strip():
            if answer.lower() == "q":
                return manifest
            try:
                manifest = answered(manifest, question, answer)
                break
            except ValueError as error:
                _say(str(error))
    return manifest


def _key(question: Question) -> tuple[str, str, str]:
    return question.kind, question.requirement, question.text if question.endpoint is not None else ""


def _lines(question: Question) -> Iterator[str]:
    yield question.requirement
    yield from wrap(f"“{question.quote}”", WIDTH, initial_indent="    ", subsequent_indent="    ", max_lines=6)
    yield from wrap(question.text, WIDTH, initial_indent="  ", subsequent_indent="  ")
    for option in (*question.options, "nothing: leave it open"):
        yield from wrap(option, WIDTH, initial_indent="  · ", subsequent_indent="    ")


def _text(args: argparse.Namespace) -> str:
    body = file_bytes(args.file, str(args.file))
    if args.format == "pdf" or (args.format == "auto" and body.startswith(b"%PDF")):
        from sightline.cli.pdf_text import pdf_text

        return pdf_text(body, str(args.file))
    return decoded(body, str(args.file))


def _form(args: argparse.Namespace) -> Format | None:
    return None if args.format == "auto" else "text" if args.format == "pdf" else args.format


def _write(text: str, out: Path | None) -> None:
    if out is None:
        print(text, end="")
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise RefusedError("unwritable", f"{out} cannot be written: {error.strerror}.") from error


def _reply(prompt: str) -> str:
    try:
        print(prompt, end="", file=sys.stderr, flush=True)
        return input()
    except EOFError:
        return "q"


def _say(text: str) -> None:
    print(text, file=sys.stderr)
