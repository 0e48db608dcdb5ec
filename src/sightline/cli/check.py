"""Prove from here what the network lets through: which requirements hold, which do not, and what to ask for."""

import argparse
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from urllib.parse import urlsplit

from sightline.cli.profile_fetch import is_url
from sightline.cli.profile_source import NAMED, manifest_of
from sightline.cli.rules import add_selection, selection_of, site_of
from sightline.errors import RefusedError
from sightline.readiness.check.observation import Observation
from sightline.readiness.check.plan import Plan, plan
from sightline.readiness.check.probe import Probe, described
from sightline.readiness.check.verdict import Finding, State, evidence, is_without_names, judge, worst

ADVICE = "prove from here what the network lets through"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is checked."""
    parser.add_argument("profile", metavar=NAMED)
    add_selection(parser)
    parser.add_argument(
        "--ca", metavar="FILE", type=Path, help="PEM file of an authority to trust besides the machine's"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--evidence", action="store_true", help="show every observation too")


def run(args: argparse.Namespace) -> int:
    """Exit code 0: nothing that is required failed. 1: something did. 3: nothing could be tried."""
    import asyncio

    manifest = manifest_of(args.profile, args.set)
    made = plan(manifest, site_of(args), selection_of(args), is_own=manifest.service == _OWN)
    is_inside = is_url(args.profile) and _is_inside(args.profile)
    if made.private and not is_inside:
        raise RefusedError(
            "private-target",
            f"The profile names addresses inside somebody's network: {', '.join(made.private[:5])}.",
            hint="They are tried only of a server that is itself inside, and that you name by its URL.",
        )
    if len(made.probes) > _PROBES_MOST:
        raise RefusedError(
            "too-many-probes",
            f"The profile asks for {len(made.probes)} probes, and more than {_PROBES_MOST} would be a scan.",
            hint="Check a part of it: --only, --platform, --region.",
        )
    seen = asyncio.run(_observed(made, args, is_inside=is_inside))
    findings = judge(manifest, made, seen)
    if args.format == "json":
        print(json.dumps(_as_json(findings, seen), indent=2, ensure_ascii=False))
    else:
        lines = _text(findings, seen, args.profile, with_evidence=args.evidence)
        print("\n".join(lines))
    if not made.probes:
        return 3
    return 1 if worst(findings) == "failed" else 0


def _is_inside(url: str) -> bool:
    """Whether the server that describes itself is in a private network, as seen from here."""
    from sightline.probes.observe import is_public

    host = urlsplit(url if "://" in url else f"https://{url}").hostname or ""
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return not any(is_public(str(each[4][0])) for each in found)


async def _observed(made: Plan, args: argparse.Namespace, *, is_inside: bool) -> dict[Probe, Observation]:
    from sightline.probes.observe import Observer
    from sightline.probes.run import run as run_probes

    try:
        observer = Observer(args.ca, is_inside=is_inside)
    except OSError as error:
        raise RefusedError("unreadable", f"{args.ca} cannot be used: {error.strerror or error}.") from error
    is_live = sys.stderr.isatty()
    done = 0

    def progress(observation: Observation) -> None:
        nonlocal done
        done += 1
        if is_live:
            print(f"\r\x1b[K{done}/{len(made.probes)}  {described(observation.probe)[:60]}", end="", file=sys.stderr)

    seen = await run_probes(made.probes, observer, progress)
    if is_live:
        print("\r\x1b[K", end="", file=sys.stderr)
    return seen


def _text(
    findings: tuple[Finding, ...], seen: dict[Probe, Observation], profile: str, *, with_evidence: bool
) -> Iterator[str]:
    for one in findings:
        yield f"{_SIGN[one.state]} {_WORD[one.state]:<11} {one.requirement.purpose} ({one.requirement.necessity})"
        yield from _details(one)
    yield ""
    if is_without_names(seen):
        yield "No name at all is known to this network's resolver: it is cut off, or this machine asks the wrong one."
    counts = {state: sum(one.state == state for one in findings) for state in _WORD}
    yield ", ".join(f"{count} {_WORD[state]}" for state, count in counts.items() if count) + "."
    asks = [ask for one in findings for ask in one.ask]
    if asks:
        yield "Ask the firewall's administrator to allow, outwards:"
        yield from (f"  {ask}" for ask in dict.fromkeys(asks))
        yield f"`sightline rules {profile} --target …` writes the rules, `sightline document {profile}` the request."
    if with_evidence:
        yield ""
        yield from (_evidence(each) for each in evidence(findings, seen))


def _details(one: Finding) -> Iterator[str]:
    for text in one.causes:
        yield from _wrapped(text)
    if one.symptom:
        yield from _wrapped(f"Users notice: {one.symptom}")
    if one.still:
        yield from _wrapped(one.still)
    for part in one.parts:
        if part.state == "inferred":
            yield from _wrapped(f"{part.aim.what}: some ports of each range were tried; the others are inferred.")
    for each in one.untested:
        yield from _wrapped(f"Not tested: {each.what}. {each.why}")


def _wrapped(text: str) -> list[str]:
    return wrap(text, 100, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def _evidence(one: Observation) -> str:
    facts = "; ".join(f"{name} {value}" for name, value in one.facts if value)
    return f"{one.outcome.replace('_', ' '):<12} {one.took_ms:>5} ms  {described(one.probe)}" + (
        f"  ({facts})" if facts else ""
    )


def _as_json(findings: tuple[Finding, ...], seen: dict[Probe, Observation]) -> dict[str, object]:
    return {
        "state": worst(findings),
        "findings": [
            {
                "requirement": one.requirement.id,
                "necessity": one.requirement.necessity,
                "state": one.state,
                "causes": one.causes,
                "symptom": one.symptom,
                "still": one.still,
                "ask": one.ask,
                "not_tested": [{"what": each.what, "why": each.why} for each in one.untested],
            }
            for one in findings
        ],
        "observations": [
            {"probe": described(each.probe), "outcome": each.outcome, "took_ms": each.took_ms} | dict(each.facts)
            for each in evidence(findings, seen)
        ],
    }


_SIGN: dict[State, str] = {"proven": "✓", "inferred": "~", "failed": "✗", "not_tested": "·"}
_WORD: dict[State, str] = {"proven": "proven", "inferred": "inferred", "failed": "failed", "not_tested": "not tested"}
_OWN = "sightline"
_PROBES_MOST = 1000  # Guess: the largest of the five profiles asks for a hundred
