"""The table of destinations → what rules made of it let pass."""

import csv
import io
import ipaddress

from sightline.readiness.permit import Direction, Name, Wildcard
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network


def read(text: str) -> Ruleset:
    lines = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        assert None not in row, "a cell too many"
        assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())
        direction: Direction = "outbound" if row["Direction"] == "outbound" else "inbound"
        transport = {"TCP": "tcp", "UDP": "udp"}[row["Protocol"]]
        ports = parse_ports(row["Ports"].replace(";", ", "))
        remote = _remote(row["Destination type"], row["Destination"])
        lines.append(Line(f"row {number}", "allow", direction, None, (remote,), transport, ports))  # type: ignore[arg-type]
    return Ruleset(tuple(lines), "block")


def _remote(kind: str, text: str) -> Network | Name | Wildcard:
    match kind:
        case "FQDN":
            return Name(text)
        case "Domain":
            assert text.startswith(".")
            return Wildcard(text[1:], "subtree_and_apex")
        case "IP":
            return ipaddress.ip_network(text)
    raise AssertionError(kind)
