"""Firewall rules of Google's API → what they let pass."""

import ipaddress
import json
import re
from typing import Any

from sightline.readiness.permit import Direction
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network


def read(text: str) -> Ruleset:
    rules = json.loads(text)
    names = [rule["name"] for rule in rules]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in names)
    return Ruleset(tuple(map(_line, rules)), "block")


def _line(rule: dict[str, Any]) -> Line:
    direction: Direction = "outbound" if rule["direction"] == "EGRESS" else "inbound"
    sources, destinations = _networks(rule["sourceRanges"]), _networks(rule["destinationRanges"])
    clients, remotes = (sources, destinations) if direction == "outbound" else (destinations, sources)
    assert len({each.version for each in (*clients, *remotes)}) == 1, "both families in one rule"
    (allowed,) = rule["allowed"]
    ports = port_set(_range(each) for each in allowed["ports"])
    return Line(rule["name"], "allow", direction, clients, remotes, allowed["IPProtocol"], ports)


def _networks(texts: list[str]) -> tuple[Network, ...]:
    assert texts, "no range at all means every address"
    return tuple(map(ipaddress.ip_network, texts))


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)
