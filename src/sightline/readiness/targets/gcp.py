"""Firewall rules of a Google Cloud network, as its API takes them: a rule for each family, as none holds both."""

import json
from collections.abc import Iterator

from sightline.readiness.targets.addresses import VERSIONS, Version, clients_of
from sightline.readiness.targets.bundles import ADDRESSES_ONLY, Bundle, bundled
from sightline.readiness.targets.clouds import networks_of
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The rules of one order."""
    found = bundled(order, ADDRESSES_ONLY, _NAME_MOST)
    rules = [rule for bundle in found.bundles for rule in _rules(bundle, order)]
    if not rules:
        return Rules((), found.losses, found.too_wide)
    text = json.dumps(rules, indent=2) + "\n"
    purpose = "Rules of the network, as compute.firewalls.insert and Config Connector take them, one after another."
    return Rules((File(f"{order.service}-gcp-firewall.json", text, purpose),), found.losses, found.too_wide)


def _rules(bundle: Bundle, order: Order) -> Iterator[dict[str, object]]:
    for version in VERSIONS:
        if theirs := networks_of(bundle.members, version):
            yield _rule(bundle, version, [str(each) for each in theirs], order)


def _rule(bundle: Bundle, version: Version, theirs: list[str], order: Order) -> dict[str, object]:
    ours = [str(each) for each in clients_of(order, version)]
    source, destination = (theirs, ours) if bundle.direction == "inbound" else (ours, theirs)
    ports = [str(first) if first == last else f"{first}-{last}" for first, last in bundle.ports.ranges]
    return {
        "name": f"s-{bundle.name}-v{version}",  # Google's names begin with a letter
        "description": comment(bundle.requirement.purpose, _COMMENT_MOST),
        "direction": "EGRESS" if bundle.direction == "outbound" else "INGRESS",
        "priority": _PRIORITY,
        "sourceRanges": source,
        "destinationRanges": destination,
        "allowed": [{"IPProtocol": bundle.transport, "ports": ports}],
    }


_NAME_MOST = 58  # Google takes 63
_COMMENT_MOST = 200
_PRIORITY = 1000  # Google's own default; what denies with a lower number wins

TARGET = Target(
    "gcp",
    "Google Cloud firewall rules",
    render,
    "Google lets everything out unless a rule denies EGRESS. To undo, delete the rules whose name begins with s- and "
    "the service.",
)
