"""The customer's side of a rule: their networks, and what they have decided about a manifest's open questions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Literal

from sightline.readiness.manifest import Necessity, Platform

Network = IPv4Network | IPv6Network


def is_everywhere(networks: Iterable[Network]) -> bool:
    """Whether they are all addresses of a family together: that is a widening, and asked for as one."""
    found = list(networks)
    four = collapse_addresses(each for each in found if isinstance(each, IPv4Network))
    six = collapse_addresses(each for each in found if isinstance(each, IPv6Network))
    return any(each.prefixlen == 0 for each in four) or any(each.prefixlen == 0 for each in six)


Widening = Literal["inbound", "peers", "wildcards", "names"]
"""What may be opened further than the requirement says, and only when asked for:
inbound: flows of which nobody says who begins are opened towards the clients too.
peers: other clients are reached anywhere, as no network of theirs is given.
wildcards: a firewall that knows only a wider wildcard than the requirement's may use that.
names: a firewall that knows no names opens the port to every address."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the rules are to stand. All empty: any client, nothing decided."""

    name: str = ""
    clients: tuple[Network, ...] = ()
    """Where the clients are; empty: every client behind the firewall."""
    peers: tuple[Network, ...] = ()
    """Where other clients are that calls go to directly."""
    addresses: dict[str, tuple[Network, ...]] = field(default_factory=dict)
    """Addresses that a person has written down for a name, for firewalls that know no names."""
    published: dict[str, tuple[Network, ...]] = field(default_factory=dict)
    """Ranges that a person has copied from a provider's list, by the address of the list."""
    inside: str = "inside"
    """The zone or interface on the clients' side, for firewalls that name them."""
    outside: str = "outside"
    proxy: str = ""
    """`host:port` of the HTTP proxy that clients use; empty: none."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which requirements are meant. All empty: every one."""

    necessities: frozenset[Necessity] = frozenset()
    platform: Platform | None = None
    region: str | None = None
    data_centre: str | None = None
