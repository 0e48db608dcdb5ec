"""Write docs/reference/commands.md from the program's own help and errors; with --check, only say whether it lags."""

import argparse
import inspect
import os
import sys
from pathlib import Path

from sightline import errors
from sightline.cli.main import VERBS, parser

REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "commands.md"


def reference() -> str:
    os.environ.update(COLUMNS="100", NO_COLOR="1")  # argparse fits its help to the terminal
    top = parser()
    parts = ["# Commands", "Made by `make generated` from the program itself; do not edit.", block(top.format_help())]
    verbs = below(top)
    for name in VERBS:
        parts += [f"## sightline {name}", block(verbs[name].format_help())]
        for inner, sub in below(verbs[name]).items():
            parts += [f"### sightline {name} {inner}", block(sub.format_help())]
    parts += ["## Exit codes", "Each way to fail has its own code and says on stderr what to do next.", exit_codes()]
    return "\n\n".join(parts) + "\n"


def below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Its verbs by name."""
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found[0].choices) if found else {}


def exit_codes() -> str:
    rows = ["| code | name | means |", "|---|---|---|", "| 0 | | it did what it was asked to |"]
    rows += ["| 1 | | it was refused, and says why |", "| 2 | | the command line is not understood |"]
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.OperatorError) and kind is not errors.OperatorError:
            rows.append(f"| {kind.exit_code} | {kind.__name__} | {inspect.getdoc(kind)} |")
    return "\n".join(rows)


def block(text: str) -> str:
    return f"```text\n{text.strip()}\n```"


if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        REFERENCE.write_text(reference())
    elif not REFERENCE.exists() or REFERENCE.read_text() != reference():
        sys.exit(f"{REFERENCE} is out of date; run `make generated`")
