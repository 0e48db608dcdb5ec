"""A Kubernetes NetworkPolicy for the pods that are clients: addresses only, as the API has no names.

A policy does two things: it allows, and it denies its pods all else in that direction. The note says so.
"""

import json
from collections.abc import Iterable

from sightline.readiness.targets.bundles import ADDRESSES_ONLY, Bundle, bundled
from sightline.readiness.targets.clouds import networks_of
from sightline.readiness.targets.proxied import anybody, for_every_client
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The policy of one order."""
    found = bundled(anybody(order), ADDRESSES_ONLY, _NAME_MOST, with_service=False)
    losses = (*found.losses, *for_every_client(order))
    if not found.bundles:
        return Rules((), losses, found.too_wide)
    text = json.dumps(_policy(order, found.bundles), indent=2) + "\n"
    purpose = "kubectl apply -f; once more replaces it, kubectl delete -f takes it away."
    return Rules((File(f"{order.service}-networkpolicy.json", text, purpose),), losses, found.too_wide)


def _policy(order: Order, bundles: Iterable[Bundle]) -> dict[str, object]:
    egress = [_rule(each, "to") for each in bundles if each.direction == "outbound"]
    ingress = [_rule(each, "from") for each in bundles if each.direction == "inbound"]
    # An absent list with its type present denies; an absent type leaves that direction alone.
    rules = ({"egress": egress} if egress else {}) | ({"ingress": ingress} if ingress else {})
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"s-{order.service}"[:_NAME_MOST].rstrip("-")},
        "spec": {
            "podSelector": {"matchLabels": {"network-needs": order.service[:_LABEL_MOST].rstrip("-")}},
            "policyTypes": [each.capitalize() for each in rules],
            **rules,
        },
    }


def _rule(bundle: Bundle, side: str) -> dict[str, object]:
    blocks = [{"ipBlock": {"cidr": str(each)}} for version in (4, 6) for each in networks_of(bundle.members, version)]
    ports = [
        {"protocol": bundle.transport.upper(), "port": first} | ({"endPort": last} if last > first else {})
        for first, last in bundle.ports.ranges
    ]
    return {side: blocks, "ports": ports}


_NAME_MOST = 63
_LABEL_MOST = 63

TARGET = Target(
    "kubernetes",
    "Kubernetes NetworkPolicy",
    render,
    "Label the clients' pods network-needs: SERVICE. The policy also denies these pods everything else in its "
    "direction, the DNS too: allow that in a policy of its own. A network plug-in has to enforce it.",
    has_clients=False,
)
