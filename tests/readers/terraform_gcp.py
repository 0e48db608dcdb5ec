"""Terraform's `google_compute_firewall` → what it lets pass."""

import ipaddress
import re
from typing import Any

from sightline.readiness.permit import Direction
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from tests.readers.hcl_text import Found, blocks


def read(text: str) -> Ruleset:
    rules = [one for one in blocks(text) if one.kind == "resource"]
    names = [str(one.values["name"]) for one in rules]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", name) for name in names)
    return Ruleset(tuple(map(_line, rules)), "block")


def _line(one: Found) -> Line:
    values: dict[str, Any] = one.values
    sources, destinations = (
        tuple(map(ipaddress.ip_network, values[f"{side}_ranges"])) for side in ("source", "destination")
    )
    assert sources
    assert destinations
    direction: Direction = "outbound" if values["direction"] == "EGRESS" else "inbound"
    clients, remotes = (sources, destinations) if direction == "outbound" else (destinations, sources)
    (allow,) = one.blocks
    allowed: dict[str, Any] = allow.values
    ports = port_set(_range(each) for each in allowed["ports"])
    return Line(values["name"], "allow", direction, clients, remotes, allowed["protocol"], ports)


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)
