"""Say whether rules that already stand let a service through, and which line stops it."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from sightline.cli.profile_source import NAMED, decoded, file_bytes, manifest_of
from sightline.cli.rules import add_selection, selection_of, site_of
from sightline.errors import AuditError, RefusedError
from sightline.readiness.audit import Audited, Remark, audit
from sightline.readiness.rulesets.detect import FORMATS, read_all

ADVICE = "say whether rules that already stand let a service through"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is held against what."""
    parser.add_argument("profile", metavar=NAMED)
    rules = f"your rules; given twice for rules in two files, one for each address family or AWS's. {FORMATS}"
    parser.add_argument("--ruleset", metavar="FILE", type=Path, required=True, action="append", help=rules)
    add_selection(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.epilog = (
        "Ends with 0 if everything is allowed, 1 if something is blocked, 3 if something cannot be told, 65 if a file "
        "cannot be used."
    )


def run(args: argparse.Namespace) -> int:
    """Print the answers; the exit code sums them up."""
    try:
        name, found = _found(args)
    except RefusedError as error:
        # A script must not take a file that is not there for rules that block.
        raise AuditError(str(error), hint=error.hint) from error
    if args.format == "json":
        print(json.dumps(_json(found), indent=2, ensure_ascii=False))
    else:
        print("\n".join(_text(found)))
    print(f"Read as: {name}.", file=sys.stderr)
    return _EXIT_CODES[found.outcome]


def _found(args: argparse.Namespace) -> tuple[str, Audited]:
    for file in args.ruleset:
        if not file.exists():
            raise RefusedError("no-ruleset", f"There is no file {file}.", hint=FORMATS)
    name, ruleset = read_all([decoded(file_bytes(file, str(file)), str(file)) for file in args.ruleset])
    return name, audit(manifest_of(args.profile, args.set), ruleset, site_of(args), selection_of(args))


def _text(found: Audited) -> Iterator[str]:
    for answer in found.answers:
        yield f"{answer.outcome:<12} {answer.requirement.id} ({answer.requirement.necessity})"
        for remark in answer.remarks:
            yield from wrap(_sentence(remark), _WIDTH, initial_indent="    · ", subsequent_indent="      ")


def _sentence(remark: Remark) -> str:
    what = f"{remark.what} ({remark.part})" if remark.part else remark.what
    if remark.outcome == "blocked":
        return f"{what}: blocked by {remark.where}" if remark.where else f"{what}: no line lets it pass"
    where = f" at {remark.where}" if remark.where else ""
    return f"{what}: cannot be told{where}: {remark.why}"


def _json(found: Audited) -> dict[str, object]:
    return {
        "outcome": found.outcome,
        "requirements": [
            {
                "requirement": answer.requirement.id,
                "necessity": answer.requirement.necessity,
                "outcome": answer.outcome,
                "remarks": [
                    {field: getattr(remark, field) for field in ("outcome", "what", "part", "where", "why")}
                    for remark in answer.remarks
                ],
            }
            for answer in found.answers
        ],
    }


_EXIT_CODES = {"allowed": 0, "blocked": 1, "undecidable": 3}
_WIDTH = 100
