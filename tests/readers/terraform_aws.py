"""Terraform's `aws_security_group` → what it lets pass."""

import ipaddress
from typing import Any

from sightline.readiness.permit import Direction
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from tests.readers.hcl_text import Found, blocks


def read(text: str) -> Ruleset:
    variable, group = blocks(text)
    assert variable.kind == "variable"
    assert group.labels[0] == "aws_security_group"
    return Ruleset(tuple(_line(at, one) for at, one in enumerate(group.blocks)), "block")


def _line(at: int, one: Found) -> Line:
    values: dict[str, Any] = one.values
    direction: Direction = {"egress": "outbound", "ingress": "inbound"}[one.kind]  # type: ignore[assignment]
    remotes = [ipaddress.IPv4Network(each) for each in values.get("cidr_blocks", [])]
    others = [ipaddress.IPv6Network(each) for each in values.get("ipv6_cidr_blocks", [])]
    ports = port_set([(values["from_port"], values["to_port"])])
    return Line(f"{one.kind} {at}", "allow", direction, None, (*remotes, *others), values["protocol"], ports)
