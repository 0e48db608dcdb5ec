"""Rule collections of an Azure Firewall policy → what they let pass."""

import ipaddress
import json
from collections.abc import Iterator
from typing import Any, Literal

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset


def read(text: str) -> Ruleset:
    lines = []
    for collection in json.loads(text)["ruleCollections"]:
        assert collection["action"] == {"type": "Allow"}
        names = [rule["name"] for rule in collection["rules"]]
        assert len(set(names)) == len(names)
        for rule in collection["rules"]:
            lines += list(_lines(rule))
    return Ruleset(tuple(lines), "block")


def _lines(rule: dict[str, Any]) -> Iterator[Line]:
    sources = tuple(map(ipaddress.ip_network, rule["sourceAddresses"]))
    if rule["ruleType"] == "ApplicationRule":
        assert all(each["protocolType"] == "Https" for each in rule["protocols"])
        assert all(each.startswith("*.") for each in rule["targetFqdns"])
        wild = tuple(Wildcard(each[2:], "subtree") for each in rule["targetFqdns"])
        ports = port_set((each["port"], each["port"]) for each in rule["protocols"])
        yield Line(rule["name"], "allow", "outbound", sources, wild, "tcp", ports)
        return
    (protocol,) = rule["ipProtocols"]
    transport: Literal["tcp", "udp"] = "tcp" if protocol == "TCP" else "udp"
    ports = port_set(_range(each) for each in rule["destinationPorts"])
    if names := tuple(map(Name, rule.get("destinationFqdns", ()))):
        assert "destinationAddresses" not in rule
        yield Line(rule["name"], "allow", "outbound", sources, names, transport, ports)
        return
    # The firewall sees a source and a destination, and not which of the two is the client.
    destinations = tuple(map(ipaddress.ip_network, rule["destinationAddresses"]))
    assert destinations
    yield Line(rule["name"], "allow", "outbound", sources, destinations, transport, ports)
    yield Line(rule["name"], "allow", "inbound", destinations, sources, transport, ports)


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)
