"""Rules of an Azure network security group, as its resource holds them: a rule for each family, as none holds both."""

import json

from sightline.readiness.targets.bundles import ADDRESSES_ONLY, bundled
from sightline.readiness.targets.clouds import OneFamily, families, over, spans
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The rules of one order."""
    found = bundled(order, ADDRESSES_ONLY, _NAME_MOST)
    rules = [_rule(one, _FIRST_PRIORITY + number * _STEP) for number, one in enumerate(families(found.bundles, order))]
    if not rules:
        return Rules((), found.losses, found.too_wide)
    losses = found.losses
    if len(rules) > _RULES_MOST:
        why = f"These are {len(rules)} rules, and a group has {_RULES_MOST} at most."
        losses = (*losses, *over(order, found.bundles, why, "Split them over several groups."))
    text = json.dumps({"securityRules": rules}, indent=2) + "\n"
    purpose = "The group's securityRules, for a template or for az rest; rules of the same name are replaced."
    return Rules((File(f"{order.service}-nsg.json", text, purpose),), losses, found.too_wide)


def _rule(one: OneFamily, priority: int) -> dict[str, object]:
    bundle = one.bundle
    return {
        "name": one.name,
        "properties": {
            "description": comment(bundle.requirement.purpose, _COMMENT_MOST),
            "priority": priority,
            "direction": "Outbound" if bundle.direction == "outbound" else "Inbound",
            "access": "Allow",
            "protocol": bundle.transport.capitalize(),
            "sourceAddressPrefixes": one.sources,
            "sourcePortRange": "*",
            "destinationAddressPrefixes": one.destinations,
            "destinationPortRanges": spans(bundle.ports),
        },
    }


_NAME_MOST = 76  # Azure takes 80, and the family stands behind
_COMMENT_MOST = 140  # what Azure takes as a description
_FIRST_PRIORITY, _STEP, _RULES_MOST = 1000, 3, 1000  # Azure: 100 to 4096, and 1000 rules a group

TARGET = Target(
    "azure-nsg",
    "Azure network security group",
    render,
    "Priorities from 1000; a rule that denies with a lower number wins. Azure lets everything out to the internet "
    "unless a rule denies it. Take away the rules whose name begins with the service to undo it.",
)
