"""Terraform's `azurerm_network_security_rule` → what it lets pass."""

import ipaddress
from typing import Any

from sightline.readiness.permit import Direction
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from tests.readers.hcl_text import Found, blocks


def read(text: str) -> Ruleset:
    rules = [one for one in blocks(text) if one.kind == "resource"]
    labels = [one.labels[1] for one in rules]
    assert len(set(labels)) == len(labels)
    assert all(one.labels[0] == "azurerm_network_security_rule" for one in rules)
    rules.sort(key=lambda one: one.values["priority"])  # type: ignore[arg-type,return-value]
    return Ruleset(tuple(map(_line, rules)), "block")


def _line(one: Found) -> Line:
    values: dict[str, Any] = one.values
    assert (values["access"], values["source_port_range"]) == ("Allow", "*")
    sources, destinations = (
        tuple(map(ipaddress.ip_network, values[f"{side}_address_prefixes"])) for side in ("source", "destination")
    )
    assert sources
    assert destinations
    direction: Direction = "outbound" if values["direction"] == "Outbound" else "inbound"
    clients, remotes = (sources, destinations) if direction == "outbound" else (destinations, sources)
    ports = port_set(_range(each) for each in values["destination_port_ranges"])
    transport = "tcp" if values["protocol"] == "Tcp" else "udp"
    return Line(values["name"], "allow", direction, clients, remotes, transport, ports)  # type: ignore[arg-type]


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)
