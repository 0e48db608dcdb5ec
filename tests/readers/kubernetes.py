"""A NetworkPolicy → what it lets its pods do. An empty `to` or `ports` would mean everything, so neither may be."""

import ipaddress
import json
from typing import Any

from sightline.readiness.permit import Direction
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset


def read(text: str) -> Ruleset:
    policy = json.loads(text)
    assert (policy["apiVersion"], policy["kind"]) == ("networking.k8s.io/v1", "NetworkPolicy")
    spec = policy["spec"]
    assert set(spec) == {"podSelector", "policyTypes", *(each.lower() for each in spec["policyTypes"])}
    lines = [line for rule in spec.get("egress", []) for line in _lines("outbound", "to", rule)]
    lines += [line for rule in spec.get("ingress", []) for line in _lines("inbound", "from", rule)]
    return Ruleset(tuple(lines), "block")


def _lines(direction: Direction, side: str, rule: dict[str, Any]) -> list[Line]:
    assert set(rule) == {side, "ports"}
    assert rule[side]
    assert rule["ports"]
    remotes = tuple(ipaddress.ip_network(each["ipBlock"]["cidr"]) for each in rule[side])
    return [
        Line(
            f"{side} {number}", "allow", direction, None, remotes,
            {"TCP": "tcp", "UDP": "udp"}[port["protocol"]],  # type: ignore[arg-type]
            port_set([(port["port"], port.get("endPort", port["port"]))]),
        )
        for number, port in enumerate(rule["ports"])
    ]  # fmt: skip
