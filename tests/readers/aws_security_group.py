"""Permissions of `authorize-security-group-…` → what they let pass. The direction is the verb in the file's name."""

import ipaddress
import json
from typing import Any

from sightline.readiness.permit import Direction
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network
from sightline.readiness.targets.target import File

_KNOWN = {"IpProtocol", "FromPort", "ToPort", "IpRanges", "Ipv6Ranges"}


def read_files(files: tuple[File, ...]) -> Ruleset:
    lines = []
    for file in files:
        direction: Direction = "outbound" if file.name.endswith("-egress.json") else "inbound"
        lines += [_line(f"{file.name} {at}", direction, one) for at, one in enumerate(json.loads(file.text))]
    return Ruleset(tuple(lines), "block")


def _line(where: str, direction: Direction, one: dict[str, Any]) -> Line:
    assert set(one) <= _KNOWN, one
    remotes: list[Network] = [ipaddress.IPv4Network(each["CidrIp"]) for each in one.get("IpRanges", [])]
    remotes += [ipaddress.IPv6Network(each["CidrIpv6"]) for each in one.get("Ipv6Ranges", [])]
    assert remotes, "AWS refuses a permission without a range"
    ports = port_set([(one["FromPort"], one["ToPort"])])
    return Line(where, "allow", direction, None, tuple(remotes), one["IpProtocol"], ports)
