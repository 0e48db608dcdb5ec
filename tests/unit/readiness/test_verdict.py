"""What rules do to a permit, exactly, and what cannot be told from them."""

from ipaddress import ip_network

import pytest

from sightline.readiness.names import Match
from sightline.readiness.permit import Name, Permit, Remote, Wildcard
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets.containment import excess
from sightline.readiness.rulesets.line import Chain, Line, Ruleset
from sightline.readiness.rulesets.ranges import as_networks, inverse, of_networks
from sightline.readiness.rulesets.verdict import Judge, Verdict
from sightline.readiness.site import Site
from tests.unit.readiness.manifests import SMALL, manifest

REQUIREMENT = manifest(SMALL).requirements[0]
NET = ip_network("192.0.2.0/24")
SITE = Site(clients=(ip_network("10.0.0.0/8"),))


def permit(remote: Remote = NET, ports: str = "443") -> Permit:
    return Permit(REQUIREMENT, "outbound", remote, "tcp", parse_ports(ports))


def judged(asked: Permit, *lines: Line, otherwise: str = "block", then: Ruleset | None = None) -> Verdict:
    return Judge(Ruleset(lines, "allow" if otherwise == "allow" else "block", then), SITE).verdict(asked)


def parts(found: Verdict) -> list[tuple[str, str, tuple[tuple[int, int], ...]]]:
    return [(part.outcome, part.where, part.ports) for part in found.parts]


def test_the_first_line_that_holds_decides() -> None:
    allow, block = Line("1", "allow", remotes=(NET,)), Line("2", "block")
    assert judged(permit(), allow, block).outcome == "allowed"
    assert judged(permit(), block, allow).outcome == "blocked"
    assert judged(permit()).outcome == "blocked"
    assert judged(permit(), otherwise="allow").outcome == "allowed"


def test_a_hole_in_a_range_is_found_with_its_edges_and_its_line() -> None:
    hole = Line("line 7", "block", ports=parse_ports("50000-50015"))
    found = judged(permit(ports="49152-65535"), hole, Line("line 8", "allow"))
    assert found.outcome == "blocked"
    assert parts(found) == [
        ("blocked", "line 7", ((50000, 50015),)),
        ("allowed", "line 8", ((49152, 49999), (50016, 65535))),
    ]


def test_addresses_are_cut_as_exactly_as_ports() -> None:
    found = judged(permit(), Line("1", "block", remotes=(ip_network("192.0.2.64/26"),)), Line("2", "allow"))
    blocked = [part for part in found.parts if part.outcome == "blocked"]
    assert [as_networks(part.remotes, 4) for part in blocked] == [(ip_network("192.0.2.64/26"),)]


def test_other_transports_directions_and_clients_decide_nothing() -> None:
    lines = (
        Line("1", "block", transport="udp"),
        Line("2", "block", direction="inbound"),
        Line("3", "block", clients=(ip_network("172.16.0.0/12"),)),
        Line("4", "block", remotes=()),
    )
    assert judged(permit(), *lines, otherwise="allow").outcome == "allowed"


def test_a_doubtful_line_matters_only_if_it_would_change_the_answer() -> None:
    doubtful = Line("1", "allow", doubt="an object")
    assert judged(permit(), doubtful, Line("2", "allow")).outcome == "allowed"
    unclear = judged(permit(), doubtful, Line("2", "block"))
    assert unclear.outcome == "undecidable"
    assert [(part.where, part.why) for part in unclear.parts] == [("1", "an object")]


def test_a_chain_decides_returns_or_leaves() -> None:
    chain = Chain((Line("c1", "return", ports=parse_ports("80")), Line("c2", "allow")))
    jump = Line("1", chain, ports=parse_ports("80-90"))
    found = judged(permit(ports="80, 85, 100"), jump, Line("2", "block", ports=parse_ports("1-90")))
    assert sorted(parts(found)) == [
        ("allowed", "c2", ((85, 85),)),
        ("blocked", "", ((100, 100),)),
        ("blocked", "2", ((80, 80),)),
    ]


def test_a_doubtful_chain_is_one_doubt() -> None:
    jump = Line("1", Chain((Line("c1", "block"),)), doubt="a mark")
    assert judged(permit(), jump, Line("2", "allow")).outcome == "undecidable"
    assert judged(permit(), jump, Line("2", "block")).outcome == "blocked"


def test_what_is_asked_next_must_let_it_pass_too() -> None:
    acl = Ruleset((Line("acl", "allow", ports=parse_ports("443")),), "block")
    assert judged(permit(), Line("1", "allow"), then=acl).outcome == "allowed"
    assert judged(permit(ports="443-444"), Line("1", "allow"), then=acl).outcome == "blocked"
    assert judged(permit(ports="444"), Line("1", "allow", doubt="?"), then=acl).outcome == "blocked"
    assert judged(permit(), Line("1", "allow", doubt="?"), then=acl).outcome == "undecidable"


def test_a_name_is_decided_by_names_or_everywhere_and_else_by_the_site() -> None:
    name = permit(Name("www.example.com"))
    everywhere = Line("1", "allow", remotes=(ip_network("0.0.0.0/0"),))
    assert judged(name, Line("1", "allow", remotes=(Name("www.example.com"),))).outcome == "allowed"
    assert judged(name, Line("1", "allow", remotes=(Name("other.example.com"),))).outcome == "blocked"
    assert judged(name, everywhere).outcome == "allowed"
    assert judged(name, Line("1", "allow", remotes=(NET,))).outcome == "undecidable"
    known = Site(clients=SITE.clients, addresses={"www.example.com": (ip_network("192.0.2.7/32"),)})
    assert Judge(Ruleset((Line("1", "allow", remotes=(NET,)),), "block"), known).verdict(name).outcome == "allowed"


@pytest.mark.parametrize(
    ("asked", "has", "outcome"),
    [
        ("subtree", "subtree", "allowed"),
        ("subtree", "subtree_and_apex", "allowed"),
        ("one_label", "subtree", "allowed"),
        ("subtree", "one_label", "undecidable"),
        ("subtree_and_apex", "subtree", "undecidable"),
    ],
)
def test_a_wildcard_is_held_against_what_the_other_one_covers(asked: Match, has: Match, outcome: str) -> None:
    line = Line("1", "allow", remotes=(Wildcard("example.com", has),))
    assert judged(permit(Wildcard("example.com", asked)), line).outcome == outcome


def test_rules_that_say_nothing_of_a_family_are_no_answer_for_it() -> None:
    rules = Ruleset((), "block", versions=(4,))
    asked = permit(ip_network("2001:db8::/32"))
    assert Judge(rules, Site()).verdict(asked).outcome == "undecidable"


@pytest.mark.parametrize(
    ("line", "is_more"),
    [
        (Line("1", "allow", "outbound", SITE.clients, (NET,), "tcp", parse_ports("443")), False),
        (Line("1", "allow", "outbound", SITE.clients, (NET,), "tcp", parse_ports("443-444")), True),
        (Line("1", "allow", "outbound", SITE.clients, (NET,), None, parse_ports("443")), True),
        (Line("1", "allow", "outbound", None, (NET,), "tcp", parse_ports("443")), True),
        (Line("1", "allow", "outbound", SITE.clients, None, "tcp", parse_ports("443")), True),
        (Line("1", "allow", "outbound", SITE.clients, (ip_network("192.0.2.0/23"),), "tcp", parse_ports("443")), True),
        (Line("1", "allow", "inbound", SITE.clients, (NET,), "tcp", parse_ports("443")), True),
        (Line("1", "allow", "outbound", SITE.clients, (Name("a.example.com"),), "tcp", parse_ports("443")), True),
        (Line("1", "allow", remotes=()), False),
        (Line("1", "allow", doubt="a doubt opens nothing less"), True),
        (Line("1", Chain((Line("2", "allow", ports=parse_ports("443")),)), None, SITE.clients, (NET,), "tcp"), True),
        (Line("1", "block"), False),
    ],
)
def test_what_is_open_beyond_the_permits_is_found(line: Line, is_more: bool) -> None:
    assert bool(list(excess(Ruleset((line,), "block"), [permit()], SITE))) is is_more


def test_permits_together_may_hold_what_none_holds_alone() -> None:
    halves = [permit(half) for half in NET.subnets()]
    line = Line("1", "allow", "outbound", SITE.clients, (NET,), "tcp", parse_ports("443"))
    assert list(excess(Ruleset((line,), "block"), halves, SITE)) == []
    assert list(excess(Ruleset((), "allow"), halves, SITE)) == ["what no line names is open"]


def test_the_inverse_of_networks_is_all_the_rest() -> None:
    assert inverse([ip_network("0.0.0.0/1")], 4) == (ip_network("128.0.0.0/1"),)
    assert inverse([], 6) == (ip_network("::/0"),)
    rest = inverse([ip_network("10.0.0.0/8"), ip_network("255.255.255.255/32")], 4)
    assert of_networks(rest, 4) == ((0, 0x09FFFFFF), (0x0B000000, 0xFFFFFFFE))
