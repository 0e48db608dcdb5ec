"""Write what a service needs as rules of a firewall, proxy or cloud, and say what those rules cannot hold."""

import argparse
import sys
import typing
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from textwrap import wrap

from sightline.cli.profile_source import NAMED, decoded, file_bytes, manifest_of
from sightline.errors import RefusedError
from sightline.readiness.compile import Compiled, compile
from sightline.readiness.manifest import Necessity, Platform
from sightline.readiness.permit import Loss
from sightline.readiness.site import Selection, Site, Widening
from sightline.readiness.site_file import parse_site
from sightline.readiness.targets import TARGETS

ADVICE = "write what a service needs as rules of a firewall, proxy or cloud"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the rules are made of, and for what."""
    parser.add_argument("profile", metavar=NAMED, nargs="?")
    parser.add_argument("--target", metavar="NAME", help="the firewall, proxy or cloud; --list-targets names them")
    parser.add_argument("--list-targets", action="store_true", help="name every target, and end")
    add_selection(parser)
    widen = "what may be opened further than the requirement says: inbound, peers, wildcards or names; may be repeated"
    parser.add_argument("--widen", metavar="WHAT", choices=typing.get_args(Widening), action="append", help=widen)
    parser.add_argument("--output", metavar="DIR", type=Path, help="write the files there; needed if there are several")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Which requirements are meant, and the customer's side: the audit asks the same."""
    parser.add_argument("--site", metavar="FILE", type=Path, help="your networks, and addresses of names (TOML)")
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", help="fill a variable; may be repeated")
    only = "only what is so necessary; may be repeated"
    parser.add_argument("--only", choices=typing.get_args(Necessity), action="append", help=only)
    parser.add_argument("--platform", choices=typing.get_args(Platform), help="only what this kind of client needs")
    parser.add_argument("--region", help="only what this region needs")
    parser.add_argument("--data-centre", metavar="NAME", help="only what this data centre needs")


def run(args: argparse.Namespace) -> int:
    """Rules to stdout or into a folder, losses to stderr."""
    if args.list_targets:
        for each in TARGETS.values():
            print("\n".join(wrap(f"{each.title}. {each.note}", 100, initial_indent=f"{each.name:<20} ",
                                 subsequent_indent=" " * 21)))  # fmt: skip
        return 0
    if not args.profile or args.target not in TARGETS:
        what = (
            f"There is no target {args.target}."
            if args.target and args.profile
            else "A profile and a --target are needed."
        )
        raise RefusedError("unknown-target", what, hint=f"Targets: {', '.join(TARGETS)}.")
    target = TARGETS[args.target]
    manifest = manifest_of(args.profile, args.set)
    made = compile(manifest, site_of(args), selection_of(args), frozenset(args.widen or ()), target)
    if made.files:
        _write(made, args.output)
    _say(made, target.note)
    return 0 if made.files else 1


def site_of(args: argparse.Namespace) -> Site:
    """The customer's side. Raises RefusedError with every problem of its file."""
    if args.site is None:
        return Site()
    if not args.site.exists():
        raise RefusedError("no-site-file", f"There is no file {args.site}.", hint="docs/guides/rules.md shows one.")
    parsed = parse_site(decoded(file_bytes(args.site, str(args.site)), str(args.site)), args.site.name)
    if parsed.site is None:
        lines = "\n  ".join(map(str, parsed.problems[:_PROBLEMS_MOST]))
        more = len(parsed.problems) - _PROBLEMS_MOST
        raise RefusedError(
            "bad-site-file",
            f"The site file cannot be used:\n  {lines}" + (f"\n  and {more} more" if more > 0 else ""),
            hint="docs/guides/rules.md shows one.",
        )
    return parsed.site


def selection_of(args: argparse.Namespace) -> Selection:
    """Which requirements are meant."""
    return Selection(frozenset(args.only or ()), args.platform, args.region, args.data_centre)


def _write(made: Compiled, folder: Path | None) -> None:
    if folder is None:
        if len(made.files) > 1:
            names = ", ".join(file.name for file in made.files)
            raise RefusedError("several-files", f"These rules are {len(made.files)} files: {names}.",
                               hint="Say where to write them: --output DIR.")  # fmt: skip
        print(made.files[0].text, end="")
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in made.files:
            (folder / file.name).write_text(file.text)
    except OSError as error:
        raise RefusedError("unwritable", f"{error.filename} cannot be written: {error.strerror}.") from error
    for file in made.files:
        print(f"{folder / file.name}\n    {file.purpose}")


def _say(made: Compiled, note: str) -> None:
    lines = list(losses_table(made.losses))
    if not made.files:
        lines.append("Nothing of it can become a rule; the lines above say why.")
    elif note:
        lines += ["", *wrap(note, _WIDTH)]
    print("\n".join(lines), file=sys.stderr)


def losses_table(losses: tuple[Loss, ...]) -> Iterator[str]:
    """What the rules do not hold, by requirement; what differs only in the host is said once."""
    if not losses:
        yield "The rules are exactly what the profile asks for."
        return
    counts = {effect: sum(loss.effect == effect for loss in losses) for effect in _EFFECTS}
    yield "What these rules do not hold: " + ", ".join(f"{n} {_EFFECTS[e]}" for e, n in counts.items() if n) + "."
    for requirement, found in groupby(losses, lambda loss: loss.requirement):
        yield ""
        yield requirement
        alike: dict[tuple[str, str, str, str], list[str]] = {}
        for loss in found:
            instead = _ABOUT_ONE_HOST.get(loss.code, loss.instead)
            alike.setdefault((loss.effect, loss.code, loss.why, instead), []).append(loss.what)
        for (effect, code, why, instead), whats in alike.items():
            yield f"  {_EFFECTS[effect]} ({code})"
            for what in whats:
                yield from wrap(what, _WIDTH, initial_indent="    · ", subsequent_indent="      ")
            yield from wrap(f"{why} {instead}", _WIDTH, initial_indent="    ", subsequent_indent="    ")


_EFFECTS = {
    "widened": "opened further",
    "left_out": "left out",
    "narrowed": "narrower",
    "not_enforced": "not enforced",
}
# Said for each host alone, they would fill the screen with one sentence.
_ABOUT_ONE_HOST = {
    "name-without-addresses": "Write their addresses into the site file under [addresses], or use a firewall or proxy "
    "that knows names.",
    "addresses-fixed": "Look the names up again regularly, or use a firewall or proxy that knows names.",
}
_WIDTH = 100
_PROBLEMS_MOST = 20  # a guess: what fits on a screen with the advice
