"""Permits by address family: no list is empty, and no name becomes everywhere by itself."""

from dataclasses import replace
from ipaddress import ip_network

from sightline.readiness.permit import Anywhere, Name, Permit, Remote
from sightline.readiness.ports import parse_ports
from sightline.readiness.site import Site, Widening
from sightline.readiness.targets.addresses import ALL, by_family
from sightline.readiness.targets.target import Order
from tests.unit.readiness.manifests import SMALL, manifest

REQUIREMENT = manifest(SMALL).requirements[0]


def order(*remotes: Remote, site: Site | None = None, widen: tuple[Widening, ...] = ()) -> Order:
    permits = tuple(Permit(REQUIREMENT, "outbound", remote, "tcp", parse_ports("443")) for remote in remotes)
    return Order("small", "Small", "1", permits, site or Site(), frozenset(widen))


def codes(of: Order) -> list[str]:
    return [loss.code for loss in by_family(of).losses]


def test_a_network_is_a_pair_of_its_own_family_only() -> None:
    found = by_family(order(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
    assert [(pair.version, pair.clients, pair.remotes) for pair in found.pairs] == [
        (4, ALL[4], (ip_network("192.0.2.0/24"),)),
        (6, ALL[6], (ip_network("2001:db8::/32"),)),
    ]


def test_a_name_is_left_out_unless_the_site_knows_its_addresses_or_every_address_was_asked_for() -> None:
    name = Name("www.example.com")
    assert by_family(order(name)).pairs == ()
    assert codes(order(name)) == ["name-without-addresses"]
    fixed = order(name, site=Site(addresses={name.text: (ip_network("192.0.2.1/32"), ip_network("192.0.2.0/31"))}))
    assert [pair.remotes for pair in by_family(fixed).pairs] == [(ip_network("192.0.2.0/31"),)]
    assert codes(fixed) == ["addresses-fixed"]
    wide = order(name, widen=("names",))
    assert [pair.is_any_remote for pair in by_family(wide).pairs] == [True, True]
    assert codes(wide) == ["name-anywhere"]


def test_clients_of_one_family_reach_no_network_of_the_other() -> None:
    only_v4 = Site(clients=(ip_network("10.0.0.0/8"),))
    assert codes(order(ip_network("2001:db8::/32"), site=only_v4)) == ["no-clients-of-family"]
    anywhere = by_family(order(Anywhere(), site=only_v4))
    assert [(pair.version, pair.is_any_remote, pair.is_any_client) for pair in anywhere.pairs] == [(4, True, False)]


def test_a_target_of_one_family_says_what_it_does_not_filter() -> None:
    found = by_family(order(ip_network("2001:db8::/32")), versions=(4,))
    assert found.pairs == ()
    assert [loss.effect for loss in found.losses] == ["left_out"]


def test_losses_of_one_requirement_are_told_apart() -> None:
    one = order(Name("a.example.com"), Name("b.example.com"))
    both = replace(one, permits=(*one.permits, replace(one.permits[0], direction="inbound")))
    whats = [loss.what for loss in by_family(both).losses]
    assert len(set(whats)) == 3
