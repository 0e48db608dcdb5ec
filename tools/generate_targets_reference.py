"""Write docs/reference/targets.md from what each target does with one permit of each kind; with --check, only say
whether it lags."""

import sys
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

from sightline.readiness.compile import rendered
from sightline.readiness.manifest import Endpoint, Flow, Ports, Requirement, Source, Timer
from sightline.readiness.names import Match
from sightline.readiness.permit import Name, Permit, Wildcard
from sightline.readiness.ports import parse_ports
from sightline.readiness.site import Site
from sightline.readiness.targets import TARGETS
from sightline.readiness.targets.target import Order, Target

REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "targets.md"

REQUIREMENT = Requirement(
    id="web",
    purpose="Web",
    necessity="required",
    flows=(Flow("client", "server", "from"),),
    endpoints=(Endpoint("name", "www.example.com"),),
    ports=(Ports("tcp", "443"),),
    sources=(Source(("purpose",), "Web"),),
    protocol="https",
    timers=(Timer("tcp_idle", "tcp", 60),),
)
OUT = Permit(REQUIREMENT, "outbound", Name("www.example.com"), "tcp", parse_ports("443"))


def wild(match: Match) -> Permit:
    return replace(OUT, remote=Wildcard("example.com", match))


COLUMNS = {
    "IPv4": replace(OUT, remote=ip_network("192.0.2.0/24")),
    "IPv6": replace(OUT, remote=ip_network("2001:db8::/32")),
    "UDP": replace(OUT, remote=ip_network("192.0.2.0/24"), transport="udp"),
    "from outside": replace(OUT, remote=ip_network("192.0.2.0/24"), direction="inbound"),
    "name": OUT,
    "name, UDP": replace(OUT, transport="udp"),
    "one label": wild("one_label"),
    "subtree": wild("subtree"),
    "subtree and apex": wild("subtree_and_apex"),
    "wildcard, UDP": replace(wild("subtree_and_apex"), transport="udp"),
}


def said(target: Target, permit: Permit) -> str:
    """What becomes of a permit when nothing is in the site file and no widening was asked for."""
    rules = rendered(Order("small", "Small", "", (permit,), Site(), frozenset()), target)
    if rules.too_wide:
        return "wider"
    effects = {loss.effect for loss in rules.losses}
    if not rules.files or "left_out" in effects:
        return "–"
    return "less" if "narrowed" in effects else "yes"


def keeps_state(target: Target) -> str:
    """Whether rules hold timers."""
    permit = COLUMNS["IPv4"]
    timed = rendered(Order("small", "Small", "", (permit,), Site(), frozenset()), target).timed
    return "yes" if (permit.requirement.id, permit.transport) in timed else "–"


def reference() -> str:
    rows = [f"| target | {' | '.join(COLUMNS)} | timers |", f"|---{'|---' * len(COLUMNS)}|---|"]
    for target in TARGETS.values():
        cells = " | ".join(said(target, permit) for permit in COLUMNS.values())
        rows.append(f"| [{target.name}](#{target.name}) | {cells} | {keeps_state(target)} |")
    notes = [f"### {target.name}\n\n{target.title}. {target.note}".rstrip() for target in TARGETS.values()]
    return "\n\n".join((INTRODUCTION, "\n".join(rows), LEGEND, *notes)) + "\n"


INTRODUCTION = """\
# Targets

Made by `make generated` from what each target does with one permit of each kind; do not edit.
[The guide](../guides/rules.md) says how rules are written and what the losses mean."""

LEGEND = """\
**yes** the rule says exactly that. **less** the rule lets less pass, and a loss says what. **wider** only a wider rule
could be written: a refusal, unless `--widen` asks for it. **–** no rule, and a loss says why; a name or
wildcard whose addresses are in the site file gets a rule for those. *one label* is `a.example.com`, *subtree* also
`a.b.example.com`, *apex* `example.com` itself. *timers* is whether a rule says how long state is kept; where it does
not, that is a setting of the firewall.

## What to know of each"""

if __name__ == "__main__":
    text = reference()
    if "--check" not in sys.argv[1:]:
        REFERENCE.write_text(text)
    elif not REFERENCE.exists() or REFERENCE.read_text() != text:
        sys.exit(f"{REFERENCE} is out of date; run tools/generate_targets_reference.py")
