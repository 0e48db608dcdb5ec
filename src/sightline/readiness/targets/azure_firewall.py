"""Rule collections of an Azure Firewall policy: network rules for addresses and exact names, application rules for
wildcards in TLS."""

import json
from collections.abc import Iterator
from dataclasses import replace

from sightline.readiness.permit import Loss, Name, Permit, Wildcard
from sightline.readiness.targets.addresses import clients_of
from sightline.readiness.targets.bundles import Bundle, Naming, bundled
from sightline.readiness.targets.clouds import networks_of
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.losses import lost
from sightline.readiness.targets.objects import resolved
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(
    names=True, wildcards=frozenset({"subtree"}), wider="subtree", inbound=False, inbound_wildcards=False,
    wildcard_transports=frozenset({"tcp"}),
)  # fmt: skip


def render(order: Order) -> Rules:
    """The collections of one order."""
    too_many = tuple(one for one in order.permits if isinstance(one.remote, Wildcard) and one.ports.size > _PORTS_MOST)
    asked = tuple(one for one in order.permits if one not in set(too_many))
    named = tuple(one for one in asked if isinstance(one.remote, Name | Wildcard))
    if not clients_of(order, 4):
        return Rules((), tuple(map(_no_ipv6, order.permits)))
    found = bundled(replace(order, permits=asked), NAMING, _NAME_MOST, versions=(4,))
    losses = (
        *map(_too_many, too_many),
        *map(_no_ipv6, named),
        *found.losses,
        *resolved(found.bundles, "Turn on the firewall's DNS proxy, and let clients ask it."),
    )
    network = [rule for bundle in found.bundles for rule in _network_rules(bundle, order)]
    application = [rule for bundle in found.bundles for rule in _application_rules(bundle, order)]
    collections = [
        _collection(order, kind, rules, _FIRST_PRIORITY + number)
        for number, (kind, rules) in enumerate((("network", network), ("application", application)))
        if rules
    ]
    if not collections:
        return Rules((), losses, found.too_wide)
    text = json.dumps({"ruleCollections": collections}, indent=2) + "\n"
    purpose = "The ruleCollections of a rule collection group, for a template or az rest; it replaces the group."
    return Rules((File(f"{order.service}-azure-firewall.json", text, purpose),), losses, found.too_wide)


def _too_many(permit: Permit) -> Loss:
    return lost(
        permit,
        "left_out",
        "wildcard-port-range",
        "A wildcard stands in an application rule, and that takes single ports: these would be too many.",
        "Ask the vendor for names or addresses instead of the wildcard.",
    )


def _no_ipv6(permit: Permit) -> Loss:
    return lost(
        permit,
        "narrowed" if isinstance(permit.remote, Name | Wildcard) else "left_out",
        "family-not-filtered",
        "Azure Firewall filters IPv4 only.",
        "Use network security groups for IPv6.",
    )


def _collection(order: Order, kind: str, rules: list[dict[str, object]], priority: int) -> dict[str, object]:
    return {
        "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
        "name": f"{order.service}-{kind}",
        "priority": priority,
        "action": {"type": "Allow"},
        "rules": rules,
    }


def _network_rules(bundle: Bundle, order: Order) -> Iterator[dict[str, object]]:
    ours = [str(each) for each in clients_of(order, 4)]
    if theirs := [str(each) for each in networks_of(bundle.members, 4)]:
        source, destination = (theirs, ours) if bundle.direction == "inbound" else (ours, theirs)
        yield _network_rule(bundle, "addresses", {"sourceAddresses": source, "destinationAddresses": destination})
    if names := [each.text for each in bundle.members if isinstance(each, Name)]:
        yield _network_rule(bundle, "names", {"sourceAddresses": ours, "destinationFqdns": names})


def _network_rule(bundle: Bundle, suffix: str, where: dict[str, list[str]]) -> dict[str, object]:
    return {
        "ruleType": "NetworkRule",
        "name": f"{bundle.name}-{suffix}",
        "description": comment(bundle.requirement.purpose, _COMMENT_MOST),
        "ipProtocols": [bundle.transport.upper()],
        **where,
        "destinationPorts": [str(first) if first == last else f"{first}-{last}" for first, last in bundle.ports.ranges],
    }


def _application_rules(bundle: Bundle, order: Order) -> Iterator[dict[str, object]]:
    """A protocol of an application rule has one port, so a range is as many: the firewall takes no ranges here."""
    wild = [f"*.{each.base}" for each in bundle.members if isinstance(each, Wildcard)]
    if wild:
        ports = [port for first, last in bundle.ports.ranges for port in range(first, last + 1)]
        yield {
            "ruleType": "ApplicationRule",
            "name": f"{bundle.name}-wildcards",
            "description": comment(bundle.requirement.purpose, _COMMENT_MOST),
            "sourceAddresses": [str(each) for each in clients_of(order, 4)],
            "targetFqdns": wild,
            "protocols": [{"protocolType": "Https", "port": port} for port in ports],
        }


_NAME_MOST = 60
_COMMENT_MOST = 200
_FIRST_PRIORITY = 1000
_PORTS_MOST = 64  # Guess: the service's own ranges are smaller or a hundred times larger

TARGET = Target(
    "azure-firewall",
    "Azure Firewall policy",
    render,
    "IPv4 only. Names need the firewall's DNS proxy. Wildcards hold for TLS only, any depth below the name.",
)
