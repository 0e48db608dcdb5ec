"""An AWS security group: permissions as the command-line tool takes them, towards and from the clients' machines.

A group is stateful and only allows. It knows no names, and its own limit is counted in address ranges.
"""

import json
from collections.abc import Iterable

from sightline.readiness.permit import Loss
from sightline.readiness.targets.bundles import ADDRESSES_ONLY, Bundle, bundled
from sightline.readiness.targets.clouds import members_of, networks_of, over
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.proxied import anybody, for_every_client
from sightline.readiness.targets.target import File, Order, Rules, Target


def render(order: Order) -> Rules:
    """The permissions of one order, a file for each direction."""
    found = bundled(anybody(order), ADDRESSES_ONLY, _NAME_MOST)
    losses = [*found.losses, *for_every_client(order)]
    files = []
    for direction, verb in (("outbound", "egress"), ("inbound", "ingress")):
        permissions = [each for one in found.bundles if one.direction == direction for each in _permissions(one)]
        if permissions:
            name = f"{order.service}-{verb}.json"
            losses += _over(order, found.bundles, sum(map(_weight, permissions)), verb)
            command = f"aws ec2 authorize-security-group-{verb} --group-id … --ip-permissions file://{name}"
            files.append(File(name, json.dumps(permissions, indent=2) + "\n", f"Add: {command}".replace("…", "ID")))
    return Rules(tuple(files), tuple(losses), found.too_wide)


def _permissions(bundle: Bundle) -> list[dict[str, object]]:
    about = comment(f"{bundle.name}: {bundle.requirement.purpose}", _COMMENT_MOST)
    v4 = [{"CidrIp": str(each), "Description": about} for each in networks_of(bundle.members, 4)]
    v6 = [{"CidrIpv6": str(each), "Description": about} for each in networks_of(bundle.members, 6)]
    ranges = ({"IpRanges": v4} if v4 else {}) | ({"Ipv6Ranges": v6} if v6 else {})
    return [
        {"IpProtocol": bundle.transport, "FromPort": first, "ToPort": last, **ranges}
        for first, last in bundle.ports.ranges
    ]


def _weight(permission: dict[str, object]) -> int:
    """AWS counts a rule for each address range."""
    return len(members_of(permission, "IpRanges")) + len(members_of(permission, "Ipv6Ranges"))


def _over(order: Order, bundles: Iterable[Bundle], count: int, verb: str) -> list[Loss]:
    if count <= _RULES_MOST:
        return []
    why = f"These are {count} {verb} rules, and a group has {_RULES_MOST} unless AWS was asked for more."
    return over(order, bundles, why, "Ask for a higher quota, or split them over several groups.")


_NAME_MOST = 60
_COMMENT_MOST = 255  # what AWS takes as a description
_RULES_MOST = 60  # AWS, "Amazon VPC quotas": inbound or outbound rules per security group, by default

TARGET = Target(
    "aws-security-group",
    "AWS security group",
    render,
    "Attach the group to the clients' network interfaces: it does not say from where. Adding twice is refused and "
    "harmless; `revoke-security-group-egress` with the same file takes it away. A new group lets everything out: "
    "remove that rule, or these change nothing.",
    has_clients=False,
)
