"""Google Cloud: `gcloud compute firewall-rules list --format=json`, of one network. Start at `read`."""

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from sightline.readiness.permit import Direction
from sightline.readiness.ports import PortSet, port_set
from sightline.readiness.rulesets.line import Action, Line, Ruleset
from sightline.readiness.rulesets.ranges import network
from sightline.readiness.site import Network

Json: TypeAlias = Any
Transport = Literal["tcp", "udp"]


def read(document: Json) -> Ruleset:
    """What the rules do, by priority; among equals what denies comes first. At the end stand Google's implied rules."""
    networks = {str(rule.get("network", "")).rsplit("/", 1)[-1] for rule in document}
    if len(networks) > 1:
        raise ValueError(f"it has rules of {len(networks)} networks; filter it by the clients' network")
    ordered = sorted(document, key=lambda rule: (int(rule.get("priority", 1000)), not rule.get("denied")))
    lines = [line for rule in ordered if not rule.get("disabled") for line in _lines(rule)]
    return Ruleset((*lines, Line("the implied rule for egress", "allow", "outbound")), "block")


def _lines(rule: Json) -> Iterator[Line]:
    action: Action = "block" if rule.get("denied") else "allow"
    direction: Direction = "outbound" if rule.get("direction") == "EGRESS" else "inbound"
    ranges = rule.get("destinationRanges" if direction == "outbound" else "sourceRanges")
    remotes: tuple[Network, ...] = tuple(network(each) for each in ranges or ())
    ours = rule.get("sourceRanges" if direction == "outbound" else "destinationRanges")
    clients = tuple(network(each) for each in ours) if ours else None
    # Google takes an absent list for 0.0.0.0/0, unless tags or accounts stand in its place.
    is_elsewhere = any(rule.get(field) for field in ("sourceTags", "sourceServiceAccounts"))
    if not remotes and not is_elsewhere:
        remotes = (network("0.0.0.0/0"),)
    for one in rule.get("denied") or rule.get("allowed") or ():
        for transport in _transports(str(one["IPProtocol"])):
            line = (transport, _ports(one))
            if remotes:
                yield Line(f"rule {rule['name']}", action, direction, clients, remotes, *line, _doubt(rule, _TARGETS))
            if is_elsewhere:
                yield Line(f"rule {rule['name']}", action, direction, clients, None, *line, _doubt(rule, _SOURCES))


def _doubt(rule: Json, fields: tuple[str, ...]) -> str:
    return "; ".join(f"it is for {field} {', '.join(map(str, rule[field]))}" for field in fields if rule.get(field))


def _transports(protocol: str) -> tuple[Transport | None, ...]:
    known: dict[str, tuple[Transport | None, ...]] = {
        "all": (None,), "tcp": ("tcp",), "6": ("tcp",), "udp": ("udp",), "17": ("udp",)
    }  # fmt: skip
    return known.get(protocol, ())


def _ports(one: Json) -> PortSet | None:
    if not one.get("ports"):
        return None
    pairs = [str(each).split("-") for each in one["ports"]]
    found = [(max(1, int(pair[0])), int(pair[-1])) for pair in pairs]
    return port_set(pair for pair in found if pair[0] <= pair[1])


_TARGETS = ("targetTags", "targetServiceAccounts")
_SOURCES = ("sourceTags", "sourceServiceAccounts", *_TARGETS)
