"""Permits by address family, for every target that filters by address. Start at `by_family`.

A list of networks here is never empty: a rule without a destination is a rule to everywhere, and that is how other
compilers open what they should not. All of a family is its prefix of length 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Literal

from sightline.readiness.permit import Anywhere, Loss, Name, Permit, Wildcard
from sightline.readiness.site import Network
from sightline.readiness.targets.losses import lost
from sightline.readiness.targets.target import Order

Version = Literal[4, 6]
VERSIONS: tuple[Version, ...] = (4, 6)
ALL: dict[Version, tuple[Network, ...]] = {4: (IPv4Network("0.0.0.0/0"),), 6: (IPv6Network("::/0"),)}


@dataclass(frozen=True, slots=True)
class Pair:
    """One family of a permit: these clients, and those on the other side. Neither is ever empty."""

    permit: Permit
    version: Version
    clients: tuple[Network, ...]
    remotes: tuple[Network, ...]

    @property
    def is_any_client(self) -> bool:
        """Whether every client of the family is meant, so that a rule need not say which."""
        return self.clients == ALL[self.version]

    @property
    def is_any_remote(self) -> bool:
        """Whether the other side may be anywhere. Only ever so because somebody asked for it."""
        return self.remotes == ALL[self.version]


@dataclass(frozen=True, slots=True)
class ByFamily:
    """Permits as pairs, in the order of the permits, and what could not become one."""

    pairs: tuple[Pair, ...]
    losses: tuple[Loss, ...]


def by_family(order: Order, versions: tuple[Version, ...] = VERSIONS) -> ByFamily:
    """Each permit of the order by family. A name is looked up in the site file and nowhere else."""
    pairs: list[Pair] = []
    losses: dict[Loss, None] = {}
    clients = {version: clients_of(order, version) for version in VERSIONS}
    for permit in order.permits:
        remotes, found = networks(permit, order)
        losses.update(dict.fromkeys(found))
        for version in VERSIONS:
            if not (there := collapsed(remotes, version)):
                continue
            if version not in versions:
                losses[_no_such_family(permit, version)] = None
            elif clients[version]:
                pairs.append(Pair(permit, version, clients[version], there))
            elif isinstance(permit.remote, IPv4Network | IPv6Network) or there != ALL[version]:
                losses[_no_clients(permit, version)] = None
    return ByFamily(tuple(pairs), tuple(losses))


def networks(permit: Permit, order: Order) -> tuple[tuple[Network, ...], tuple[Loss, ...]]:
    """Where the other side of a permit is, or nowhere and why."""
    match permit.remote:
        case Anywhere():
            return (*ALL[4], *ALL[6]), ()
        case Name() | Wildcard() as named:
            key = named.text if isinstance(named, Name) else f"*.{named.base}"
            if fixed := order.site.addresses.get(key):
                return fixed, (_fixed(permit, key),)
            if "names" in order.widen:
                return (*ALL[4], *ALL[6]), (_opened(permit, key),)
            return (), (_unknown(permit, key),)
        case network:
            return (network,), ()


def clients_of(order: Order, version: Version) -> tuple[Network, ...]:
    """The clients of one family: all of it if the site does not say, and none if the site has none."""
    if not order.site.clients:
        return ALL[version]
    return collapsed(order.site.clients, version)


def collapsed(networks: Iterable[Network], version: Version) -> tuple[Network, ...]:
    """Those of one family, sorted, none of them within another: overlaps are an error to some firewalls."""
    if version == 4:
        v4 = [each for each in networks if isinstance(each, IPv4Network)]
        return tuple(collapse_addresses(v4) if len(v4) > 1 else v4)
    v6 = [each for each in networks if isinstance(each, IPv6Network)]
    return tuple(collapse_addresses(v6) if len(v6) > 1 else v6)


def _fixed(permit: Permit, key: str) -> Loss:
    return lost(
        permit,
        "narrowed",
        "addresses-fixed",
        "This firewall knows no names. The rule holds the addresses of the site file, which go out of date.",
        f"Look {key} up again regularly, or use a firewall or proxy that knows names.",
    )


def _opened(permit: Permit, key: str) -> Loss:
    return lost(
        permit,
        "widened",
        "name-anywhere",
        f"This firewall knows no names; instead of {key} every address is open, as was asked for.",
        "Write its addresses into the site file under [addresses], or use a firewall or proxy that knows names.",
    )


def _unknown(permit: Permit, key: str) -> Loss:
    return lost(
        permit,
        "left_out",
        "name-without-addresses",
        "This firewall knows no names, and a rule without a destination is a rule to everywhere.",
        f'Write into the site file: [addresses] "{key}" = […]. Or use a firewall or proxy that knows names.',
    )


def _no_such_family(permit: Permit, version: Version) -> Loss:
    return lost(
        permit,
        "narrowed" if isinstance(permit.remote, Name | Wildcard | Anywhere) else "left_out",
        "family-not-filtered",
        f"These rules are not for IPv{version}.",
        f"Use a target that filters IPv{version}.",
    )


def _no_clients(permit: Permit, version: Version) -> Loss:
    return lost(
        permit,
        "narrowed" if isinstance(permit.remote, Name | Wildcard | Anywhere) else "left_out",
        "no-clients-of-family",
        f"The site has clients, and none with IPv{version}.",
        f"Add their IPv{version} networks to the site file, if there are any.",
    )
