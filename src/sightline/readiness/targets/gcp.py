"""Firewall rules of a Google Cloud network, as its API takes them: a rule for each family, as none holds both."""

import json

from sightline.readiness.targets.bundles import ADDRESSES_ONLY, bundled
from sightline.readiness.targets.clouds import OneFamily, families, spans
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The rules of one order."""
    found = bundled(order, ADDRESSES_ONLY, _NAME_MOST)
    rules = list(map(_rule, families(found.bundles, order)))
    if not rules:
        return Rules((), found.losses, found.too_wide)
    text = json.dumps(rules, indent=2) + "\n"
    purpose = "Rules of the network, as compute.firewalls.insert and Config Connector take them, one after another."
    return Rules((File(f"{order.service}-gcp-firewall.json", text, purpose),), found.losses, found.too_wide)


def _rule(one: OneFamily) -> dict[str, object]:
    bundle = one.bundle
    return {
        "name": f"s-{one.name}",  # Google's names begin with a letter
        "description": comment(bundle.requirement.purpose, _COMMENT_MOST),
        "direction": "EGRESS" if bundle.direction == "outbound" else "INGRESS",
        "priority": _PRIORITY,
        "sourceRanges": one.sources,
        "destinationRanges": one.destinations,
        "allowed": [{"IPProtocol": bundle.transport, "ports": spans(bundle.ports)}],
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
