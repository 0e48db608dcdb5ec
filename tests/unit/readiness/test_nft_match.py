"""What nft leaves out of its JSON: a rule about a field of a protocol is about that protocol only."""

import json
from ipaddress import ip_network
from typing import Any, Literal

import pytest

from sightline.errors import RefusedError
from sightline.readiness.permit import Permit
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets import iptables, nftables
from sightline.readiness.rulesets.verdict import Judge
from sightline.readiness.site import Site
from tests.unit.readiness.manifests import SMALL, manifest

FOUR, SIX = ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")
CHAIN = {"family": "inet", "table": "t", "name": "f", "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}


def outcome(left: dict[str, Any], right: Any, transport: Literal["tcp", "udp"], remote: Any = FOUR) -> str:
    rule = {"family": "inet", "table": "t", "chain": "f"}
    rule["expr"] = [{"match": {"op": "==", "left": left, "right": right}}, {"accept": None}]  # type: ignore[assignment]
    ruleset = nftables.read(json.dumps({"nftables": [{"metainfo": {}}, {"chain": CHAIN}, {"rule": rule}]}))
    asked = Permit(manifest(SMALL).requirements[0], "outbound", remote, transport, parse_ports("443"))
    return Judge(ruleset, Site(clients=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")))).verdict(asked).outcome


def field(protocol: str, name: str) -> dict[str, Any]:
    return {"payload": {"protocol": protocol, "field": name}}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (field("tcp", "sport"), {"range": [1024, 65535]}),
        ({"&": [field("tcp", "flags"), ["fin", "syn", "rst", "ack"]]}, "syn"),
    ],
)
def test_a_rule_about_tcp_lets_no_udp_pass(left: dict[str, Any], right: Any) -> None:
    assert outcome(left, right, "tcp") == "allowed"
    assert outcome(left, right, "udp") == "blocked"


def test_a_rule_about_the_protocol_of_ipv4_lets_no_ipv6_pass() -> None:
    assert outcome(field("ip", "protocol"), "tcp", "tcp") == "allowed"
    assert outcome(field("ip", "protocol"), "tcp", "tcp", SIX) == "blocked"
    assert outcome(field("ip6", "nexthdr"), "tcp", "tcp", SIX) == "allowed"
    assert outcome(field("ip6", "nexthdr"), "tcp", "tcp") == "blocked"


@pytest.mark.parametrize("protocol", ["icmp", "icmpv6", "sctp"])
def test_a_rule_about_another_protocol_is_no_doubt_about_tcp(protocol: str) -> None:
    assert outcome(field(protocol, "type"), 8, "tcp") == "blocked"


def test_fields_together_are_about_the_protocols_of_both() -> None:
    both = {"concat": [field("ip", "daddr"), field("tcp", "dport")]}
    right = {"set": [{"concat": ["192.0.2.1", 443]}]}
    assert outcome(both, right, "tcp") == "undecidable"
    assert outcome(both, right, "udp") == "blocked"
    assert outcome(both, right, "tcp", SIX) == "blocked"


def test_what_is_untracked_is_not_what_begins() -> None:
    states = ["established", "related", "untracked"]
    assert outcome({"ct": {"key": "state"}}, states, "tcp") == "blocked"
    assert outcome({"ct": {"key": "state"}}, ["new", "untracked"], "tcp") == "allowed"


@pytest.mark.parametrize(
    ("states", "expected"),
    [("RELATED,ESTABLISHED,UNTRACKED", "blocked"), ("NEW,UNTRACKED", "allowed"), ("DNAT", "undecidable")],
)
def test_states_of_iptables_are_held_against_what_begins(states: str, expected: str) -> None:
    ruleset = iptables.read(
        f"*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m conntrack --ctstate {states} -j ACCEPT\nCOMMIT\n"
    )
    asked = Permit(manifest(SMALL).requirements[0], "outbound", FOUR, "tcp", parse_ports("443"))
    assert Judge(ruleset, Site(clients=(ip_network("10.0.0.0/8"),))).verdict(asked).outcome == expected


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"expr": 5},
        {"expr": [{}]},
        {"expr": [{"match": {}}]},
        {"expr": [{"jump": None}]},
        {"expr": [{"match": {"op": "==", "left": field("tcp", "dport"), "right": "@nowhere"}}]},
        {"expr": [{"match": {"op": "==", "left": {"&": []}, "right": 1}}]},
        {"expr": [{"vmap": {"key": field("tcp", "dport"), "data": {"set": [[1]]}}}]},
    ],
)
def test_a_rule_that_nft_does_not_print_is_refused(rule: dict[str, Any]) -> None:
    written = {"rule": {"family": "inet", "table": "t", "chain": "f", **rule}}
    with pytest.raises(RefusedError, match="nft -j"):
        nftables.read(json.dumps({"nftables": [{"metainfo": {}}, {"chain": CHAIN}, written]}))
