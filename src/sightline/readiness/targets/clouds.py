"""What targets of clouds have in common: networks of one family, and limits that an order may exceed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from sightline.readiness.permit import Loss
from sightline.readiness.ports import PortSet
from sightline.readiness.site import Network
from sightline.readiness.targets.addresses import VERSIONS, Version, clients_of
from sightline.readiness.targets.bundles import Bundle, Member
from sightline.readiness.targets.target import Order


def networks_of(members: Iterable[Member], version: Version) -> list[Network]:
    """Those of one family."""
    kind = IPv4Network if version == 4 else IPv6Network
    return [each for each in members if isinstance(each, kind)]


@dataclass(frozen=True, slots=True)
class OneFamily:
    """A bundle as far as it is of one family, for clouds whose rules hold no two. Neither end is ever empty."""

    bundle: Bundle
    version: Version
    sources: list[str]
    destinations: list[str]

    @property
    def name(self) -> str:
        """Unique in the order: the bundle's, and the family."""
        return f"{self.bundle.name}-v{self.version}"


def families(bundles: Iterable[Bundle], order: Order) -> Iterator[OneFamily]:
    """Each bundle, once for each family that it has."""
    for bundle in bundles:
        for version in VERSIONS:
            if theirs := [str(each) for each in networks_of(bundle.members, version)]:
                ours = [str(each) for each in clients_of(order, version)]
                sources, destinations = (ours, theirs) if bundle.direction == "outbound" else (theirs, ours)
                yield OneFamily(bundle, version, sources, destinations)


def spans(ports: PortSet) -> list[str]:
    """`443` and `4700-5000`, as all three clouds write them."""
    return [str(first) if first == last else f"{first}-{last}" for first, last in ports.ranges]


def members_of(rule: dict[str, object], key: str) -> list[object]:
    """The list under a key, or none."""
    found = rule.get(key, [])
    assert isinstance(found, list), f"{key} is a list"
    return found


def over(order: Order, bundles: Iterable[Bundle], why: str, instead: str) -> list[Loss]:
    """That there are more rules than a cloud takes: said once, of the first requirement that has any."""
    first = next(iter(bundles)).requirement.id
    return [Loss(first, "not_enforced", "too-many-rules", f"all rules of {order.service}", why, instead)]
