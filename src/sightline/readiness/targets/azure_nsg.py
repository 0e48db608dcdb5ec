"""Rules of an Azure network security group, as its resource holds them: a rule for each family, as none holds both."""

import json
from collections.abc import Iterator

from sightline.readiness.targets.addresses import VERSIONS, Version, clients_of
from sightline.readiness.targets.bundles import ADDRESSES_ONLY, Bundle, bundled
from sightline.readiness.targets.clouds import networks_of, over
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The rules of one order."""
    found = bundled(order, ADDRESSES_ONLY, _NAME_MOST)
    rules = [
        _rule(bundle, version, order, _FIRST_PRIORITY + number * _STEP)
        for number, (bundle, version) in enumerate(_each(found.bundles))
    ]
    if not rules:
        return Rules((), found.losses, found.too_wide)
    losses = found.losses
    if len(rules) > _RULES_MOST:
        why = f"These are {len(rules)} rules, and a group has {_RULES_MOST} at most."
        losses = (*losses, *over(order, found.bundles, why, "Split them over several groups."))
    text = json.dumps({"securityRules": rules}, indent=2) + "\n"
    purpose = "The group's securityRules, for a template or for az rest; rules of the same name are replaced."
    return Rules((File(f"{order.service}-nsg.json", text, purpose),), losses, found.too_wide)


def _each(bundles: tuple[Bundle, ...]) -> Iterator[tuple[Bundle, Version]]:
    for bundle in bundles:
        for version in VERSIONS:
            if networks_of(bundle.members, version):
                yield bundle, version


def _rule(bundle: Bundle, version: Version, order: Order, priority: int) -> dict[str, object]:
    theirs = [str(each) for each in networks_of(bundle.members, version)]
    ours = [str(each) for each in clients_of(order, version)]
    source, destination = (theirs, ours) if bundle.direction == "inbound" else (ours, theirs)
    return {
        "name": f"{bundle.name}-v{version}",
        "properties": {
            "description": comment(bundle.requirement.purpose, _COMMENT_MOST),
            "priority": priority,
            "direction": "Outbound" if bundle.direction == "outbound" else "Inbound",
            "access": "Allow",
            "protocol": bundle.transport.capitalize(),
            "sourceAddressPrefixes": source,
            "sourcePortRange": "*",
            "destinationAddressPrefixes": destination,
            "destinationPortRanges": [str(a) if a == b else f"{a}-{b}" for a, b in bundle.ports.ranges],
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
