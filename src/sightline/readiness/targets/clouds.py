"""What targets of clouds have in common: networks of one family, and limits that an order may exceed."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

from sightline.readiness.permit import Loss
from sightline.readiness.site import Network
from sightline.readiness.targets.addresses import Version
from sightline.readiness.targets.bundles import Bundle, Member
from sightline.readiness.targets.target import Order


def networks_of(members: Iterable[Member], version: Version) -> list[Network]:
    """Those of one family."""
    kind = IPv4Network if version == 4 else IPv6Network
    return [each for each in members if isinstance(each, kind)]


def members_of(rule: dict[str, object], key: str) -> list[object]:
    """The list under a key, or none."""
    found = rule.get(key, [])
    assert isinstance(found, list), f"{key} is a list"
    return found


def over(order: Order, bundles: Iterable[Bundle], why: str, instead: str) -> list[Loss]:
    """That there are more rules than a cloud takes: said once, of the first requirement that has any."""
    first = next(iter(bundles)).requirement.id
    return [Loss(first, "not_enforced", "too-many-rules", f"all rules of {order.service}", why, instead)]
