"""Show what a service needs of a network, what is doubtful about it, and what a new version of it changes."""

import argparse
import json
import sys
import typing

from sightline.cli import profile_export, profile_import
from sightline.cli.profile_source import NAMED, manifest_of, parsed_of
from sightline.cli.profile_table import finding_lines, table
from sightline.readiness.diff import actions
from sightline.readiness.exchange import as_csv
from sightline.readiness.lint import findings
from sightline.readiness.manifest import Necessity, Platform
from sightline.readiness.rows import chosen
from sightline.store.profiles import profiles

ADVICE = "show what a service needs of a network, and check or compare such profiles"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-verb each."""
    verbs = parser.add_subparsers(dest="profile_verb", metavar="<what>", required=True, title="what to do")
    verbs.add_parser("list", help="the profiles that come with Sightline", allow_abbrev=False)
    show = verbs.add_parser("show", help="one profile as a table", allow_abbrev=False)
    show.add_argument("profile", metavar=NAMED)
    show.add_argument("--format", choices=("table", "json", "csv"), default="table", help="default: table")
    show.add_argument("--platform", choices=typing.get_args(Platform), help="only what this kind of client needs")
    show.add_argument("--region", help="only what this region needs")
    show.add_argument("--set", metavar="NAME=VALUE", action="append", help="fill a variable; may be repeated")
    show.add_argument("--only", choices=typing.get_args(Necessity), help="only what is so necessary")
    lint = verbs.add_parser("lint", help="what is doubtful; ends with 1 if there is an error", allow_abbrev=False)
    lint.add_argument("profile", metavar=NAMED)
    diff = verbs.add_parser("diff", help="what to add to a firewall or remove from it, by when", allow_abbrev=False)
    diff.add_argument("old", metavar="OLD")
    diff.add_argument("new", metavar="NEW")
    importing = verbs.add_parser("import", help="a profile from an article, a list or a range file", allow_abbrev=False)
    profile_import.add_arguments(importing)
    export = verbs.add_parser("export", help="one profile in another format", allow_abbrev=False)
    profile_export.add_arguments(export)


def run(args: argparse.Namespace) -> int:
    """Do it. Stdout is data, stderr is talk."""
    match args.profile_verb:
        case "list":
            return _list()
        case "show":
            return _show(args)
        case "lint":
            return _lint(args.profile)
        case "import":
            return profile_import.run(args)
        case "export":
            return profile_export.run(args)
        case _:
            return _diff(args.old, args.new)


def _list() -> int:
    for manifest in profiles().values():
        found = [finding.severity for finding in findings(manifest)]
        title = f"{manifest.title} {manifest.version}".strip()
        doubts = f"{found.count('error')} errors, {found.count('warning')} warnings"
        print(f"{manifest.service:<12} {title:<28} {len(manifest.requirements):>3} requirements, {doubts}")
    return 0


def _show(args: argparse.Namespace) -> int:
    manifest = manifest_of(args.profile, args.set)
    found = list(chosen(manifest, args.platform, args.region, args.only))
    match args.format:
        case "json":
            print(json.dumps([row.cells for row in found], indent=2, ensure_ascii=False))
        case "csv":
            print(as_csv.table(found), end="")
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
    parsed = parsed_of(name)
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
    found = list(actions(manifest_of(old), manifest_of(new)))
    for action in found:
        print(action)
    if not found:
        _say("Nothing to do.")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr)
