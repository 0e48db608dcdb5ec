"""securityRules of a network security group → what they let pass: by priority, and no rule holds both families."""

import ipaddress
import json
from typing import Any

from sightline.readiness.permit import Direction
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network


def read(text: str) -> Ruleset:
    rules = json.loads(text)["securityRules"]
    names = [rule["name"] for rule in rules]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 80 for name in names)
    ordered = sorted(rules, key=lambda rule: int(rule["properties"]["priority"]))
    priorities = [rule["properties"]["priority"] for rule in ordered]
    assert len(set(priorities)) == len(priorities), "Azure refuses a priority twice"
    assert all(100 <= each <= 4096 for each in priorities)
    return Ruleset(tuple(_line(rule["name"], rule["properties"]) for rule in ordered), "block")


def _line(name: str, one: dict[str, Any]) -> Line:
    assert one["access"] == "Allow"
    assert one["sourcePortRange"] == "*"
    sources, destinations = (_networks(one[f"{side}AddressPrefixes"]) for side in ("source", "destination"))
    direction: Direction = "outbound" if one["direction"] == "Outbound" else "inbound"
    clients, remotes = (sources, destinations) if direction == "outbound" else (destinations, sources)
    assert len({each.version for each in (*clients, *remotes)}) == 1, "both families in one rule"
    ports = port_set(_range(each) for each in one["destinationPortRanges"])
    return Line(name, "allow", direction, clients, remotes, "tcp" if one["protocol"] == "Tcp" else "udp", ports)


def _networks(texts: list[str]) -> tuple[Network, ...]:
    assert texts
    return tuple(map(ipaddress.ip_network, texts))


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)
