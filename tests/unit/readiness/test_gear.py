"""What the targets for network gear have in common, and where each says a name or wildcard in its own way."""

from dataclasses import replace
from ipaddress import ip_network

import msgspec
import pytest

from sightline.readiness.compile import compile
from sightline.readiness.manifest import Timer
from sightline.readiness.names import Match
from sightline.readiness.permit import Direction, Name, Permit, Remote, Wildcard
from sightline.readiness.ports import PortSet, parse_ports
from sightline.readiness.site import Selection, Site, Widening
from sightline.readiness.targets import TARGETS
from sightline.readiness.targets.bundles import Naming, bundled
from sightline.readiness.targets.objects import ObjectNames, chunks
from sightline.readiness.targets.target import Order, Rules
from tests.unit.readiness.manifests import SMALL, manifest, with_requirement

REQUIREMENT = manifest(SMALL).requirements[0]
CMS = Name("cms.example.com")
ONE = ip_network("192.0.2.7/32")
SIX = ip_network("2001:db8::/32")
GEAR = (
    "check-point", "cisco-asa", "cisco-ios", "fortigate", "juniper-srx", "mikrotik", "opnsense", "palo-alto", "pf",
    "pfsense", "windows",
)  # fmt: skip


def permit(remote: Remote, ports: str = "443", direction: Direction = "outbound", requirement: str = "web") -> Permit:
    named = msgspec.structs.replace(REQUIREMENT, id=requirement)
    return Permit(named, direction, remote, "tcp", parse_ports(ports))


def order(*permits: Permit, clients: str = "", widen: tuple[Widening, ...] = ()) -> Order:
    site = Site(clients=tuple(map(ip_network, clients.split())))
    return Order("small", "Small", "1", permits, site, frozenset(widen))


def made(target: str, *permits: Permit, clients: str = "", widen: tuple[Widening, ...] = ()) -> Rules:
    return TARGETS[target].render(order(*permits, clients=clients, widen=widen))


def text(rules: Rules) -> str:
    return "\n".join(file.text for file in rules.files)


def test_permits_that_differ_only_in_the_other_side_are_one_rule() -> None:
    found = bundled(order(permit(ONE), permit(CMS), permit(SIX), permit(ONE, "80")), Naming(names=True), 60)
    assert next((each.name, each.members) for each in found.bundles) == ("small-web-tcp", (ONE, CMS, SIX))
    assert len({each.name for each in found.bundles}) == 2


@pytest.mark.parametrize("target", GEAR)
def test_a_remote_of_one_family_never_opens_the_other(target: str) -> None:
    made_of = text(made(target, permit(ONE)))
    assert "192.0.2.7" in made_of
    assert "::/0" not in made_of
    assert "any6" not in made_of
    assert 'dstaddr6 "all"' not in made_of


@pytest.mark.parametrize("target", GEAR)
def test_without_anything_to_open_there_is_no_file(target: str) -> None:
    rules = made(target, permit(SIX), clients="10.0.0.0/8")
    assert rules.files == ()
    assert [loss.code for loss in rules.losses] == ["no-clients-of-family"]


@pytest.mark.parametrize("target", GEAR)
def test_rules_never_deny_and_are_never_bound(target: str) -> None:
    lines = [line for line in text(made(target, permit(ONE), permit(CMS))).splitlines() if line[:1] not in "!#"]
    assert not [line for line in lines if "deny" in line or "access-group" in line or "action=drop" in line]


@pytest.mark.parametrize("target", sorted(set(GEAR) - {"cisco-ios"}))
def test_a_name_is_given_to_a_firewall_that_knows_names(target: str) -> None:
    rules = made(target, permit(CMS))
    assert "cms.example.com" in text(rules)
    assert {loss.effect for loss in rules.losses} == {"not_enforced"}


@pytest.mark.parametrize(
    ("target", "match", "said"),
    [
        ("fortigate", "subtree", 'set fqdn "*.example.com"'),
        ("palo-alto", "one_label", "list ^.example.com/"),
        ("palo-alto", "subtree", "list *.example.com/"),
        ("palo-alto", "subtree_and_apex", "list example.com/"),
        ("check-point", "subtree_and_apex", "domain .example.com true"),
    ],
)
def test_a_wildcard_that_the_firewall_can_say_is_said_exactly(target: str, match: Match, said: str) -> None:
    rules = made(target, permit(Wildcard("example.com", match)))
    assert said in text(rules)
    assert not rules.too_wide


@pytest.mark.parametrize(("target", "match"), [("fortigate", "one_label"), ("check-point", "subtree")])
def test_a_wildcard_that_would_be_wider_is_handed_back_until_it_is_asked_for(target: str, match: Match) -> None:
    wild = permit(Wildcard("example.com", match))
    assert [one.widening for one in made(target, wild).too_wide] == ["wildcards"]
    asked = made(target, wild, widen=("wildcards",))
    assert not asked.too_wide
    assert ("widened", "wildcard-wider") in [(loss.effect, loss.code) for loss in asked.losses]


def test_addresses_of_a_wildcard_are_taken_before_it_is_handed_back_as_too_wide() -> None:
    wild = permit(Wildcard("example.com", "one_label"))
    known = replace(order(wild), site=Site(addresses={"*.example.com": (ip_network("192.0.2.0/24"),)}))
    rules = TARGETS["fortigate"].render(known)
    assert "192.0.2.0 255.255.255.0" in text(rules)
    assert not rules.too_wide


def test_palo_alto_has_no_rule_for_a_wildcard_over_udp() -> None:
    rules = made("palo-alto", replace(permit(Wildcard("example.com", "subtree")), transport="udp"))
    assert rules.files == ()
    assert [loss.effect for loss in rules.losses] == ["left_out"]


def test_check_point_keeps_a_domain_apart_that_is_wanted_as_a_name_and_as_a_wildcard() -> None:
    rules = made("check-point", permit(Name("example.com")), permit(Wildcard("example.com", "subtree_and_apex"), "80"))
    assert "domain .example.com false" in text(rules)
    assert "domain .example.com true" not in text(rules)
    assert "domain-once" in [loss.code for loss in rules.losses]


def test_a_fortigate_policy_keeps_its_number_whatever_else_there_is() -> None:
    def number(rules: Rules) -> str:
        return text(rules).split('        set name "small-web-tcp"')[0].rsplit("edit ", 1)[1].strip()

    assert number(made("fortigate", permit(ONE))) == number(
        made("fortigate", permit(ONE, requirement="early"), permit(ONE))
    )


def test_ios_lets_answers_back_by_reflection_only() -> None:
    made_of = text(made("cisco-ios", permit(ONE)))
    assert " permit tcp any host 192.0.2.7 eq 443 reflect small-v4-outbound-answers" in made_of
    assert "ip access-list extended small-v4-inbound\n evaluate small-v4-outbound-answers" in made_of
    assert "established" not in made_of


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("fortigate", "set udp-idle-timer 180"),
        ("palo-alto", "protocol udp override yes timeout 120"),
        ("juniper-srx", "inactivity-timeout 120"),
        ("check-point", "session-timeout 120"),
        ("cisco-ios", "timeout 300"),
        ("pf", "keep state (udp.first 120, udp.single 120, udp.multiple 120)"),
    ],
)
def test_state_is_kept_for_twice_the_timer_and_never_less_than_the_firewall_does_by_itself(
    target: str, said: str
) -> None:
    beating = msgspec.structs.replace(REQUIREMENT, timers=(Timer("keep_alive", "udp", 60),))
    rules = made(target, replace(permit(ONE), requirement=beating, transport="udp"))
    assert said in text(rules)
    assert rules.timed == {("web", "udp")}
    assert not made(target, permit(ONE)).timed


def test_a_timer_that_rules_hold_is_no_loss() -> None:
    beating = manifest(with_requirement(timers='[{ kind = "tcp_idle", transport = "tcp", seconds = 600 }]'))
    losses = {
        target: compile(beating, Site(), Selection(), frozenset(), TARGETS[target]).losses
        for target in ("juniper-srx", "cisco-asa")
    }
    assert "timer" not in [loss.code for loss in losses["juniper-srx"]]
    assert "timer" in [loss.code for loss in losses["cisco-asa"]]


def test_names_of_objects_are_their_contents_unless_that_is_too_long_or_odd() -> None:
    names = ObjectNames("small", 30)
    assert names.of("cms.example.com") == "small-cms.example.com"
    assert names.member(SIX) == "small-2001_db8__-32"
    long = names.of("cms.of.the.whole.group.example.com")
    assert len(long) <= 30
    assert long.startswith("small-")
    assert long == ObjectNames("small", 30).of("cms.of.the.whole.group.example.com")


def test_port_sets_are_cut_where_a_firewall_takes_no_more() -> None:
    ports = parse_ports("1, 3, 5-6, 8")
    assert [str(each) for each in chunks(ports, 3)] == ["1, 3, 5-6", "8"]
    assert [str(each) for each in chunks(ports, 3, a_range_counts=2)] == ["1, 3", "5-6, 8"]
    assert list(chunks(PortSet(((1, 9),)), 1)) == [PortSet(((1, 9),))]
