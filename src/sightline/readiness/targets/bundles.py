"""Permits as rules of a firewall that has objects and groups: those that differ only in the other side are one rule.

Start at `bundled`. A bundle may hold both families: no packet goes from one to the other, so a rule with mixed groups
opens what its permits say. Targets whose rules have one family ask for `of_version`.
"""

from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from sightline.readiness.manifest import Requirement
from sightline.readiness.names import Match
from sightline.readiness.permit import Direction, Loss, Name, Permit, Wildcard
from sightline.readiness.ports import PortSet
from sightline.readiness.site import Network
from sightline.readiness.targets.addresses import ALL, VERSIONS, Version, by_family
from sightline.readiness.targets.losses import lost
from sightline.readiness.targets.names import RuleNames
from sightline.readiness.targets.target import Order, TooWide
from sightline.readiness.targets.timers import Keeping

Member = Network | Name | Wildcard


@dataclass(frozen=True, slots=True)
class Naming:
    """Which names a firewall's own objects hold. Nothing set: it filters by address only."""

    names: bool = False
    wildcards: frozenset[Match] = frozenset()
    """Those that it says exactly."""
    wider: Match | None = None
    """What its wildcard covers where it cannot say the one that is asked for."""
    inbound: bool = True
    """Whether a name may stand where a flow comes from."""
    inbound_wildcards: bool = True
    wildcard_transports: frozenset[Literal["tcp", "udp"]] = frozenset({"tcp", "udp"})


ADDRESSES_ONLY = Naming()


@dataclass(frozen=True, slots=True)
class Bundle:
    """One rule."""

    name: str
    """Unique in the order, of `[a-z0-9-]`."""
    requirement: Requirement
    direction: Direction
    transport: Literal["tcp", "udp"]
    ports: PortSet
    members: tuple[Member, ...]
    """The other side: never empty, since an empty group means everywhere to some firewall or other."""

    @property
    def is_anywhere(self) -> bool:
        """Whether every address of both families is meant. Only ever so because somebody asked for it."""
        return {*ALL[4], *ALL[6]} <= set(self.members)

    def of_version(self, version: Version) -> tuple[Member, ...]:
        """Names, and the networks of one family."""
        other = IPv6Network if version == 4 else IPv4Network
        return tuple(each for each in self.members if not isinstance(each, other))


@dataclass(frozen=True, slots=True)
class Bundled:
    """An order as rules, and what could not become one."""

    bundles: tuple[Bundle, ...]
    losses: tuple[Loss, ...]
    too_wide: tuple[TooWide, ...]

    def timed(self, keeping: Keeping) -> frozenset[tuple[str, Literal["tcp", "udp"]]]:
        """What the rules keep state of for long enough."""
        return keeping.kept((each.requirement, each.transport) for each in self.bundles)


def bundled(
    order: Order,
    naming: Naming,
    name_most: int,
    *,
    with_service: bool = True,
    versions: tuple[Version, ...] = VERSIONS,
) -> Bundled:
    """The rules of an order, in the order of its permits. Names of rules have at most `name_most` characters, and begin
    with the service unless something around them says it."""
    named: dict[Permit, tuple[Member, ...]] = {}
    losses: dict[Loss, None] = {}
    too_wide: list[TooWide] = []
    for permit in order.permits:
        found = _named(permit, order, naming)
        if isinstance(found, TooWide):
            too_wide.append(found)
        elif found:
            named[permit] = (found,)
            if found != permit.remote:
                losses[_wider(permit, naming)] = None
    done = {each.permit for each in too_wide} | named.keys()
    by_address = by_family(replace(order, permits=tuple(each for each in order.permits if each not in done)), versions)
    losses.update(dict.fromkeys(_worded(each, naming) for each in by_address.losses))
    for pair in by_address.pairs:
        named[pair.permit] = (*named.get(pair.permit, ()), *pair.remotes)
    usable = [(permit, named[permit]) for permit in order.permits if named.get(permit)]
    return Bundled(
        _bundles((lettered(order.service),) if with_service else (), usable, name_most), tuple(losses), tuple(too_wide)
    )


def lettered(service: str) -> str:
    """What names begin with: a service's id may begin with a digit, and a name on Cisco's lists may not."""
    return service if service[0].isalpha() else f"s-{service}"


def _named(permit: Permit, order: Order, naming: Naming) -> Name | Wildcard | TooWide | None:
    """The name or wildcard that the firewall is given, or None: it goes by address."""
    remote = permit.remote
    is_inbound = permit.direction == "inbound"
    if not isinstance(remote, Name | Wildcard) or not naming.names or (is_inbound and not naming.inbound):
        return None
    if isinstance(remote, Name):
        return remote
    if permit.transport not in naming.wildcard_transports or (is_inbound and not naming.inbound_wildcards):
        return None
    if remote.match in naming.wildcards:
        return remote
    if not naming.wider or f"*.{remote.base}" in order.site.addresses:
        return None
    if "wildcards" in order.widen:
        return Wildcard(remote.base, naming.wider)
    return TooWide(permit, "wildcards", _WIDER[naming.wider])


def _wider(permit: Permit, naming: Naming) -> Loss:
    assert naming.wider, "what is widened has something wider"
    instead = "Name the hosts one by one, if the vendor can say which they are."
    return lost(permit, "widened", "wildcard-wider", _WIDER[naming.wider], instead)


def _worded(loss: Loss, naming: Naming) -> Loss:
    """A loss by address, said of a firewall that knows names and no wildcards."""
    if not naming.names:
        return loss
    kind = "wildcards" if "*." in loss.what else "names here"
    return replace(loss, why=loss.why.replace("knows no names", f"knows no {kind}"))


def _bundles(
    begin: tuple[str, ...], usable: list[tuple[Permit, tuple[Member, ...]]], name_most: int
) -> tuple[Bundle, ...]:
    grouped: dict[tuple[str, Direction, Literal["tcp", "udp"], PortSet], list[tuple[Permit, tuple[Member, ...]]]] = {}
    for permit, members in usable:
        key = (permit.requirement.id, permit.direction, permit.transport, permit.ports)
        grouped.setdefault(key, []).append((permit, members))
    names = RuleNames(name_most)
    seen: set[tuple[str, ...]] = set()
    bundles = []
    for (requirement, direction, transport, ports), held in grouped.items():
        parts: tuple[str, ...] = (*begin, requirement, *(("in",) if direction == "inbound" else ()), transport)
        if parts in seen:
            parts = (*parts, str(ports))
        seen.add(parts)
        members = tuple(dict.fromkeys(each for _, group in held for each in group))
        first = held[0][0]
        bundles.append(Bundle(names.of(*parts), first.requirement, direction, transport, ports, members))
    return tuple(bundles)


_WIDER: dict[Match, str] = {
    "one_label": "The wildcard of this firewall covers one label.",
    "subtree": "The wildcard of this firewall covers names of any depth below it.",
    "subtree_and_apex": "The wildcard of this firewall covers the name itself and names of any depth below it.",
}
