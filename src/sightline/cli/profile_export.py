"""A manifest in another format on stdout, and on stderr what that format has no place for."""

import argparse
import sys
import typing
from collections.abc import Callable
from datetime import UTC, datetime

from sightline import clock
from sightline.cli.profile_source import NAMED, manifest_of
from sightline.errors import RefusedError
from sightline.readiness.exchange import as_csv, as_edl, as_json, as_m365, as_mud, as_toml
from sightline.readiness.exchange.exported import Exported
from sightline.readiness.manifest import Manifest
from sightline.readiness.permit import Loss
from sightline.readiness.site import Widening

PARTS = {"m365": ("endpoints", "version", "changes"), "edl": typing.get_args(as_edl.Part)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What each format needs besides."""
    parser.add_argument("profile", metavar=NAMED)
    parser.add_argument("--format", choices=tuple(_WRITERS), required=True)
    part = "m365: endpoints (default), version or changes; edl: names, wildcards or addresses (default: all)"
    parser.add_argument("--part", choices=[each for parts in PARTS.values() for each in parts], help=part)
    parser.add_argument("--since", metavar="OLD", help="m365 changes: the version that customers have")
    parser.add_argument("--url", help="mud: where the file will be served")
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", help="fill a variable; may be repeated")
    widen = "m365, edl: what may come out wider than the requirement, as with `sightline rules`; may be repeated"
    parser.add_argument(
        "--widen", metavar="WHAT", choices=("inbound", "peers", "wildcards"), action="append", help=widen
    )


def run(args: argparse.Namespace) -> int:
    """Write it."""
    if args.part and args.part not in PARTS.get(args.format, ()):
        known = ", ".join(PARTS.get(args.format, ())) or "none"
        raise RefusedError("bad-part", f"{args.format} has no part {args.part}.", hint=f"It has: {known}.")
    exported = _WRITERS[args.format](manifest_of(args.profile, args.set), args)
    print(exported.text, end="")
    for loss in exported.losses:
        print(line(loss), file=sys.stderr)
    return 0


def line(loss: Loss) -> str:
    """A loss in one line."""
    where = f"{loss.requirement}: " if loss.requirement else ""
    return f"{_EFFECTS[loss.effect]}: {where}{loss.what}. {loss.why} {loss.instead}".rstrip()


def _m365(manifest: Manifest, args: argparse.Namespace) -> Exported:
    today = _now().date()
    match args.part:
        case "version":
            return as_m365.version(manifest, today)
        case "changes":
            if not args.since:
                raise RefusedError("no-since", "Changes are changes since a version.", hint="Name it: --since OLD.")
            return as_m365.changes(manifest_of(args.since, args.set), manifest, today, _widen(args))
        case _:
            return as_m365.write(manifest, _widen(args))


def _mud(manifest: Manifest, args: argparse.Namespace) -> Exported:
    if not args.url or not args.url.startswith("https://"):
        hint = "RFC 8520 wants it in the file: --url https://example.com/device.json"
        raise RefusedError("no-url", "A MUD file names the address where it will be served.", hint=hint)
    return as_mud.write(manifest, args.url, _now())


def _now() -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC)


def _widen(args: argparse.Namespace) -> frozenset[Widening]:
    return frozenset(args.widen or ())


_WRITERS: dict[str, Callable[[Manifest, argparse.Namespace], Exported]] = {
    "m365": _m365,
    "mud": _mud,
    "csv": lambda manifest, _: as_csv.write(manifest),
    "edl": lambda manifest, args: as_edl.write(manifest, args.part, _widen(args)),
    "json": lambda manifest, _: Exported(as_json.write(manifest)),
    "toml": lambda manifest, _: Exported(as_toml.write(manifest)),
}
_EFFECTS = {"left_out": "left out", "narrowed": "narrowed", "widened": "widened", "not_enforced": "not held"}
