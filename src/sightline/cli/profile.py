"""Show what a service needs of a network, what is doubtful about it, and what a new version of it changes."""

import argparse
import csv
import io
import json
import sys
import typing
from collections.abc import Iterable
from pathlib import Path

from sightline.cli.profile_table import finding_lines, table
from sightline.errors import RefusedError
from sightline.readiness.diff import actions
from sightline.readiness.lint import findings
from sightline.readiness.manifest import Manifest, Necessity, Platform
from sightline.readiness.parsing import Parsed, parse
from sightline.readiness.rows import COLUMNS, Row, chosen

ADVICE = "show what a service needs of a network, and check or compare such profiles"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-verb each."""
    verbs = parser.add_subparsers(dest="profile_verb", metavar="<what>", required=True, title="what to do")
    verbs.add_parser("list", help="the profiles that come with Sightline", allow_abbrev=False)
    show = verbs.add_parser("show", help="one profile as a table", allow_abbrev=False)
    show.add_argument("profile", metavar="NAME|FILE")
    show.add_argument("--format", choices=("table", "json", "csv"), default="table", help="default: table")
    show.add_argument("--platform", choices=typing.get_args(Platform), help="only what this kind of client needs")
    show.add_argument("--region", help="only what this region needs")
    show.add_argument("--only", choices=typing.get_args(Necessity), help="only what is so necessary")
    lint = verbs.add_parser("lint", help="what is doubtful; ends with 1 if there is an error", allow_abbrev=False)
    lint.add_argument("profile", metavar="NAME|FILE")
    diff = verbs.add_parser("diff", help="what to add to a firewall or remove from it, by when", allow_abbrev=False)
    diff.add_argument("old", metavar="OLD")
    diff.add_argument("new", metavar="NEW")


def run(args: argparse.Namespace) -> int:
    """Do it. Stdout is data, stderr is talk."""
    match args.profile_verb:
        case "list":
            return _list()
        case "show":
            return _show(args)
        case "lint":
            return _lint(args.profile)
        case _:
            return _diff(args.old, args.new)


def profiles_folder() -> Path:
    """Where the profiles lie: beside `src` in a checkout. The only place that knows."""
    return Path(__file__).parents[3] / "profiles"


def _list() -> int:
    for file in sorted(profiles_folder().glob("*.toml")):
        manifest = _manifest(file.stem)
        found = [finding.severity for finding in findings(manifest)]
        title = f"{manifest.title} {manifest.version}".strip()
        doubts = f"{found.count('error')} errors, {found.count('warning')} warnings"
        print(f"{manifest.service:<12} {title:<28} {len(manifest.requirements):>3} requirements, {doubts}")
    return 0


def _show(args: argparse.Namespace) -> int:
    manifest = _manifest(args.profile)
    found = list(chosen(manifest, args.platform, args.region, args.only))
    match args.format:
        case "json":
            print(json.dumps([row.cells for row in found], indent=2, ensure_ascii=False))
        case "csv":
            print(_csv(found), end="")
        case _:
            print("\n".join(table(manifest, found)))
    if args.region and not any(
        args.region.casefold() in map(str.casefold, one.regions) for one in manifest.requirements
    ):
        _say(f"Nothing in it is bound to the region {args.region}.")
    errors = sum(finding.severity == "error" for finding in findings(manifest))
    if errors:
        _say(f"{errors} errors: some rows cannot become a rule. `sightline profile lint {args.profile}` says why.")
    return 0


def _lint(name: str) -> int:
    parsed = _parsed(name)
    if parsed.manifest is None:
        print("\n".join(f"error not-a-manifest {problem}" for problem in parsed.problems))
        _say(f"{len(parsed.problems)} problems.")
        return 1
    found = findings(parsed.manifest)
    for finding in found:
        print("\n".join(finding_lines(finding)))
    counts = {severity: sum(one.severity == severity for one in found) for severity in ("error", "warning", "note")}
    _say(", ".join(f"{count} {severity}s" for severity, count in counts.items()) + ".")
    return 1 if counts["error"] else 0


def _diff(old: str, new: str) -> int:
    found = list(actions(_manifest(old), _manifest(new)))
    for action in found:
        print(action)
    if not found:
        _say("Nothing to do.")
    return 0


def _manifest(name: str) -> Manifest:
    parsed = _parsed(name)
    if parsed.manifest is None:
        first, more = parsed.problems[0], len(parsed.problems) - 1
        others = f" There are {more} more problems." if more else ""
        raise RefusedError(
            "not-a-manifest", f"{first}{others}", hint=f"`sightline profile lint {name}` lists every problem."
        )
    return parsed.manifest


def _parsed(name: str) -> Parsed:
    is_file = "/" in name or name.endswith(".toml")
    file = Path(name) if is_file else profiles_folder() / f"{name}.toml"
    try:
        if file.stat().st_size > _FILE_MOST:
            raise RefusedError("too-large", f"{file} is larger than {_FILE_MOST} bytes.", hint="Is it the right file?")
        return parse(file.read_bytes().decode(), file.name)
    except FileNotFoundError as error:
        known = ", ".join(sorted(one.stem for one in profiles_folder().glob("*.toml")))
        hint = f"There are: {known}. A file is named by a path that ends in .toml or has a slash."
        raise RefusedError("unknown-profile", f"There is no profile {name}.", hint=hint) from error
    except OSError as error:
        raise RefusedError("unreadable", f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RefusedError("unreadable", f"{file} is not UTF-8 text.", hint="Is it the right file?") from error


def _csv(found: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    # A cell that begins so is a formula to a spreadsheet, and a profile is other people's text.
    writer.writerows(
        {key: f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell for key, cell in row.cells.items()}
        for row in found
    )
    return text.getvalue()


def _say(text: str) -> None:
    print(text, file=sys.stderr)


_FILE_MOST = 64 << 20  # four bytes for each of the characters that a manifest may have
