"""Lists and the table that says which ports each is for → what rules made of them let pass."""

import csv
import io
import ipaddress

from sightline.readiness.permit import Direction, Name, Wildcard
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network
from sightline.readiness.targets.target import File


def read_files(files: tuple[File, ...]) -> Ruleset:
    table, *lists = files
    texts = {file.name: file.text for file in lists}
    lines = []
    for row in csv.DictReader(io.StringIO(table.text)):
        direction: Direction = "outbound" if row["direction"] == "outbound" else "inbound"
        remotes = tuple(map(_remote, texts.pop(row["list"]).splitlines()))
        assert remotes, "an empty list means everything to some firewall"
        transport = {"tcp": "tcp", "udp": "udp"}[row["transport"]]
        lines.append(Line(row["list"], "allow", direction, None, remotes, transport, parse_ports(row["ports"])))  # type: ignore[arg-type]
    assert not texts, "a list that no rule uses"
    return Ruleset(tuple(lines), "block")


def _remote(line: str) -> Network | Name | Wildcard:
    if line.startswith("*."):
        return Wildcard(line[2:], "subtree")
    try:
        return ipaddress.ip_network(line)
    except ValueError:
        return Name(line)
