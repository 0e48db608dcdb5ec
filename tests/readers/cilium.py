"""A CiliumNetworkPolicy → what it lets its pods do, after Cilium's documentation: a star is one label's worth."""

import ipaddress
import json
from typing import Any

from sightline.readiness.permit import Direction, Name, Wildcard
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network


def read(text: str) -> Ruleset:
    policy = json.loads(text)
    assert (policy["apiVersion"], policy["kind"]) == ("cilium.io/v2", "CiliumNetworkPolicy")
    spec = policy["spec"]
    assert set(spec) <= {"endpointSelector", "egress", "ingress"}
    lines = [line for rule in spec.get("egress", []) for line in _lines("outbound", rule)]
    lines += [line for rule in spec.get("ingress", []) for line in _lines("inbound", rule)]
    return Ruleset(tuple(lines), "block")


def _lines(direction: Direction, rule: dict[str, Any]) -> list[Line]:
    kind = "toCIDR" if direction == "outbound" else "fromCIDR"
    assert set(rule) in ({kind, "toPorts"}, {"toFQDNs", "toPorts"}), rule
    assert direction == "outbound" or "toFQDNs" not in rule
    remotes: tuple[Network | Name | Wildcard, ...] = tuple(map(ipaddress.ip_network, rule.get(kind, ())))
    remotes += tuple(map(_name, rule.get("toFQDNs", ())))
    assert remotes
    lines = []
    for block in rule["toPorts"]:
        assert 0 < len(block["ports"]) <= 40
        for port in block["ports"]:
            first = int(port["port"])
            transport = {"TCP": "tcp", "UDP": "udp"}[port["protocol"]]
            ports = port_set([(first, port.get("endPort", first))])
            lines.append(Line(str(rule), "allow", direction, None, remotes, transport, ports))  # type: ignore[arg-type]
    return lines


def _name(one: dict[str, str]) -> Name | Wildcard:
    match one:
        case {"matchName": text}:
            return Name(text)
        case {"matchPattern": text} if text.startswith("*.") and "*" not in text[1:]:
            return Wildcard(text[2:], "one_label")
    raise AssertionError(one)
