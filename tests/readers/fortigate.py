"""FortiOS `config … edit … set` → what it lets pass, after Fortinet's CLI reference. Anything else is refused."""

import ipaddress
import shlex
from dataclasses import dataclass, field
from typing import Literal

from sightline.readiness.permit import Direction, Name, Wildcard
from sightline.readiness.ports import PortSet, port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

Settings = dict[str, list[str]]


@dataclass
class Config:
    tables: dict[str, dict[str, Settings]] = field(default_factory=dict)


def read(text: str) -> Ruleset:
    config = _parsed(text)
    assert not set(config) - {"firewall address", "firewall address6", "firewall service custom", "firewall policy"}
    lines = []
    for number, policy in config["firewall policy"].items():
        assert 0 < int(number) < 4294967295
        assert policy["action"] == ["accept"]
        assert policy["schedule"] == ["always"]
        assert len(policy["name"][0]) <= 35
        ways: dict[tuple[str, str], Direction] = {("inside", "outside"): "outbound", ("outside", "inside"): "inbound"}
        entering, leaving = policy["srcintf"][0], policy["dstintf"][0]
        direction = ways.get((entering, leaving)) or ("inbound" if entering == "outside" else "outbound")
        for version in (4, 6):
            six = "6" if version == 6 else ""
            if f"srcaddr{six}" not in policy:
                assert f"dstaddr{six}" not in policy
                continue
            held = config.get(f"firewall address{six}", {})
            source = _addresses(policy[f"srcaddr{six}"], held, version)
            destination = _addresses(policy[f"dstaddr{six}"], held, version)
            clients, remotes = (source, destination) if direction == "outbound" else (destination, source)
            only = tuple(each for each in clients if not isinstance(each, Name | Wildcard))
            assert only == clients
            for service in policy["service"]:
                transport, ports = _service(config["firewall service custom"][service])
                lines.append(Line(f"policy {number}", "allow", direction, only, remotes, transport, ports))
    return Ruleset(tuple(lines), "block")


def _parsed(text: str) -> dict[str, dict[str, Settings]]:
    tables: dict[str, dict[str, Settings]] = {}
    table: dict[str, Settings] | None = None
    entry: Settings | None = None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match shlex.split(line):
            case ["config", *path]:
                assert table is None
                table = tables.setdefault(" ".join(path), {})
            case ["edit", name]:
                assert table is not None
                assert entry is None
                assert len(name) <= 79
                entry = table.setdefault(name, {})
            case ["set", name, *values]:
                assert entry is not None
                assert values
                entry[name] = values
            case ["next"]:
                assert entry is not None
                entry = None
            case ["end"]:
                assert table is not None
                assert entry is None
                table = None
            case _:
                raise AssertionError(line)
    assert table is None
    return tables


def _addresses(names: list[str], held: dict[str, Settings], version: int) -> tuple[Network | Name | Wildcard, ...]:
    found: list[Network | Name | Wildcard] = []
    for name in names:
        if name == "all":
            found.append(ipaddress.ip_network("0.0.0.0/0" if version == 4 else "::/0"))
            continue
        said = held[name]
        match said["type"]:
            case ["fqdn"]:
                text = said["fqdn"][0]
                found.append(Wildcard(text[2:], "subtree") if text.startswith("*.") else Name(text))
            case ["ipmask"]:
                assert version == 4
                found.append(ipaddress.IPv4Network("/".join(said["subnet"])))
            case ["ipprefix"]:
                assert version == 6
                found.append(ipaddress.IPv6Network(said["ip6"][0]))
            case other:
                raise AssertionError(other)
    return tuple(found)


def _service(said: Settings) -> tuple[Literal["tcp", "udp"], PortSet]:
    assert ("tcp-portrange" in said) != ("udp-portrange" in said)
    transport: Literal["tcp", "udp"] = "tcp" if "tcp-portrange" in said else "udp"
    ranges = [each.partition("-") for each in said[f"{transport}-portrange"]]
    return transport, port_set((int(first), int(last or first)) for first, _, last in ranges)
