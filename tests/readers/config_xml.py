"""What the configurations of OPNsense and pfSense have in common, for their readers."""

import ipaddress
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

from sightline.readiness.permit import Direction, Name
from sightline.readiness.ports import PortSet, port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

Held = dict[str, tuple[Network | Name, ...] | PortSet]


def aliases(held: Iterable[tuple[str, str, list[str]]]) -> Held:
    found: Held = {}
    for name, kind, content in held:
        assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]{0,30}", name), name
        assert name not in found
        assert all(content), "an empty line is an empty alias"
        match kind:
            case "host":
                found[name] = tuple(Name(each) for each in content)
            case "network":
                found[name] = tuple(ipaddress.ip_network(each) for each in content)
            case "port":
                ranges = [each.split(":") for each in content]
                found[name] = port_set((int(each[0]), int(each[-1])) for each in ranges)
            case _:
                raise AssertionError(kind)
    return found


def ruleset(rules: Iterable[ET.Element], held: Held) -> Ruleset:
    return Ruleset(tuple(_line(f"rule {number}", rule, held) for number, rule in enumerate(rules, 1)), "block")


def _line(where: str, rule: ET.Element, held: Held) -> Line:
    assert rule.findtext("type") == "pass"
    assert rule.findtext("statetype") == "keep state"
    family = rule.findtext("ipprotocol") or ""
    protocol = rule.findtext("protocol")
    assert protocol in ("tcp", "udp")
    # A rule stands where a flow comes in, so that outside is where what begins outside does.
    direction: Direction = "inbound" if rule.findtext("interface") == "outside" else "outbound"
    source, destination = (_end(rule.find(each), family, held) for each in ("source", "destination"))
    clients, remotes = (source, destination) if direction == "outbound" else (destination, source)
    only = None if clients is None else tuple(each for each in clients if not isinstance(each, Name))
    assert only == clients
    ports = held[rule.findtext("destination/port") or ""]
    assert isinstance(ports, PortSet)
    return Line(where, "allow", direction, only, remotes, "tcp" if protocol == "tcp" else "udp", ports)


def _end(end: ET.Element | None, family: str, held: Held) -> tuple[Network | Name, ...] | None:
    assert end is not None
    if name := end.findtext("address"):
        assert end.find("any") is None
        found = held[name]
        assert not isinstance(found, PortSet)
        version = {"inet": 4, "inet6": 6}.get(family)
        return tuple(each for each in found if isinstance(each, Name) or version in (None, each.version))
    assert end.find("any") is not None
    families: dict[str, tuple[Network, ...]] = {
        "inet": (ipaddress.IPv4Network("0.0.0.0/0"),),
        "inet6": (ipaddress.IPv6Network("::/0"),),
    }
    assert family in ("inet", "inet6", "inet46")
    return families.get(family)
