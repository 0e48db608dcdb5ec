"""What the audit says of rules is what packets find: every part of every verdict is tried at its edges.

`make test` does so for some sets of rules, `make audit-live` for 300 of each kind.
"""

import os
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Literal

import pytest

from lab.room import Room, missing
from sightline.readiness.permit import Direction, Permit
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets import iptables, nftables
from sightline.readiness.rulesets.line import Ruleset
from sightline.readiness.rulesets.verdict import Judge, Part
from sightline.readiness.site import Site
from tests.service.rules.crossing import CLIENTS, Crossing, Probe
from tests.service.rules.customers import as_iptables, as_nftables, rules
from tests.service.rules.golden import profile

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"NO AUDIT IS HELD AGAINST PACKETS HERE: {missing()}")

SETS = int(os.environ.get("AUDIT_LIVE_SETS", "24"))  # of each of two kinds
SITE = Site(clients=tuple(ip_network(each) for each in CLIENTS))
REQUIREMENT = profile("worklink").requirements[0]
ASKED: tuple[tuple[Direction, str, Literal["tcp", "udp"], str], ...] = (
    ("outbound", "192.0.2.0/24", "tcp", "80, 443"),
    ("outbound", "192.0.2.9/32", "udp", "49152-65535"),
    ("outbound", "198.51.100.0/22", "udp", "1-65535"),
    ("outbound", "203.0.113.7/32", "tcp", "3478-3481, 5349"),
    ("outbound", "2001:db8:1::/48", "tcp", "443, 5000-6000"),
    ("outbound", "2001:db8:1::7/128", "udp", "3478, 50000-50020"),
    ("inbound", "192.0.2.64/26", "tcp", "80-81, 60000"),
    ("inbound", "2001:db8:1::/64", "udp", "52000-52001"),
)
PERMITS = [
    Permit(REQUIREMENT, direction, ip_network(remote), transport, parse_ports(ports))
    for direction, remote, transport, ports in ASKED
]


@pytest.fixture(scope="module")
def crossing() -> Iterator[Crossing]:
    with Room() as room:
        made = Crossing(room, {})
        yield made
        made.close()


def test_the_audit_of_nftables_is_what_packets_find(crossing: Crossing) -> None:
    for seed in range(SETS):
        text = as_nftables(rules(seed))
        crossing.room.load_rules("firewall", f"flush ruleset\n{text}")
        listed = crossing.room.run(["nft", "-j", "list", "ruleset"], "firewall")
        _agree(crossing, nftables.read(listed), f"set {seed}:\n{text}")
    crossing.room.load_rules("firewall", "flush ruleset\n")


@pytest.mark.parametrize("version", [4, 6])
def test_the_audit_of_iptables_is_what_packets_find(version: int, crossing: Crossing) -> None:
    program = "iptables" if version == 4 else "ip6tables"
    for seed in range(1000, 1000 + SETS // 2):
        text = as_iptables(rules(seed, version=version), version)
        (crossing.room.folder / "rules").write_text(text)
        crossing.room.run([f"{program}-restore", "/run/lab/rules"], "firewall")
        saved = crossing.room.run([f"{program}-save"], "firewall")
        _agree(crossing, iptables.read(saved), f"set {seed}:\n{text}")
    crossing.room.load_rules("firewall", "flush ruleset\n")


def _agree(crossing: Crossing, ruleset: Ruleset, said: str) -> None:
    judge = Judge(ruleset, SITE)
    expected: dict[Probe, str] = {}
    for permit in PERMITS:
        found = judge.verdict(permit)
        assert found.parts
        for part in found.parts:
            if part.version in ruleset.versions:
                assert part.outcome != "undecidable", f"{part}\n{said}"
                for probe in _probes(permit, part):
                    assert expected.setdefault(probe, part.outcome) == part.outcome, f"{probe} is in two parts\n{said}"
    crossing.lend(probe.source for probe in expected if probe.source not in CLIENTS)
    passing = crossing.passing(expected)
    for probe, outcome in expected.items():
        assert (probe in passing) == (outcome == "allowed"), f"{probe} should be {outcome}\n{said}"


def _probes(permit: Permit, part: Part) -> Iterator[Probe]:
    """The part's edges: of every range of ports and of addresses, the first and the last."""
    client = CLIENTS[part.version == 6]
    ranges = [*part.remotes[:3], *part.remotes[-1:]]
    for remote in dict.fromkeys(edge for each in ranges for edge in each):
        address = str(ip_address(remote))
        for port in dict.fromkeys(edge for each in part.ports for edge in each):
            ends = (client, address) if permit.direction == "outbound" else (address, client)
            yield Probe(permit.transport, *ends, port)
