"""PAN-OS `set` and `delete` commands → what they let pass, after the PAN-OS CLI reference. Anything else is refused."""

import ipaddress
import re
from typing import Any

from sightline.readiness.permit import Direction, Name, Wildcard
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

Member = Network | Name | Wildcard


def read(text: str) -> Ruleset:
    tree: dict[str, dict[str, Any]] = {"address": {}, "group": {}, "service": {}, "category": {}, "rule": {}}
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        verb, *words = re.findall(r'"[^"]*"|[^\s"]+', line)
        assert " ".join((verb, *words)) == line, f"quotes are torn: {line}"
        match verb, words:
            case "delete", ["address-group", name, "static"]:
                tree["group"][name] = []
            case "delete", ["profiles", "custom-url-category", name, "list"]:
                tree["category"][name] = []
            case "set", ["address", name, ("fqdn" | "ip-netmask") as kind, value]:
                tree["address"][_named(name)] = Name(value) if kind == "fqdn" else ipaddress.ip_network(value)
            case "set", ["address-group", name, "static", member]:
                tree["group"].setdefault(_named(name), []).append(member)
            case "set", ["service", name, "protocol", ("tcp" | "udp") as transport, "port", ports]:
                assert len(ports) <= 1023
                tree["service"][_named(name)] = (transport, parse_ports(ports))
            case "set", ["service", name, "protocol", ("tcp" | "udp") as transport, "override", *rest]:
                assert tree["service"][name][0] == transport
                assert rest == ["no"] or (rest[:2] == ["yes", "timeout"] and 1 <= int(rest[2]) <= 604800)
            case "set", ["profiles", "custom-url-category", name, "type", '"URL List"']:
                tree["category"].setdefault(_named(name), [])
            case "set", ["profiles", "custom-url-category", name, "list", url]:
                tree["category"][name].append(_url(url))
            case "set", ["rulebase", "security", "rules", name, *settings]:
                _set(tree["rule"].setdefault(_named(name), {}), settings)
            case _:
                raise AssertionError(line)
    return Ruleset(tuple(line for name, rule in tree["rule"].items() for line in _lines(name, rule, tree)), "block")


def _set(rule: dict[str, Any], settings: list[str]) -> None:
    words = iter(settings)
    for key in words:
        assert key in (
            "from",
            "to",
            "source",
            "destination",
            "category",
            "application",
            "service",
            "action",
            "description",
        )
        value = next(words)
        if value == "[":
            held = []
            while (value := next(words)) != "]":
                held.append(value)
            rule[key] = held
        else:
            rule[key] = [value]


def _lines(name: str, rule: dict[str, Any], tree: dict[str, dict[str, Any]]) -> list[Line]:
    assert rule["action"] == ["allow"]
    assert rule["application"] == ["any"]
    direction: Direction = "inbound" if rule["from"] == ["outside"] else "outbound"
    source, destination = (_members(rule[each][0], tree) for each in ("source", "destination"))
    clients, remotes = (source, destination) if direction == "outbound" else (destination, source)
    if rule["category"] != ["any"]:
        assert direction == "outbound", "a URL is that of a destination"
        assert remotes is None
        remotes = tuple(url for each in rule["category"] for url in tree["category"][each])
        assert remotes
    only = None if clients is None else tuple(each for each in clients if not isinstance(each, Name | Wildcard))
    assert only == clients
    found = []
    for service in rule["service"]:
        transport, ports = tree["service"][service]
        assert rule["category"] == ["any"] or transport == "tcp"
        found.append(Line(f"rule {name}", "allow", direction, only, remotes, transport, ports))
    return found


def _members(name: str, tree: dict[str, dict[str, Any]]) -> tuple[Member, ...] | None:
    if name == "any":
        return None
    assert tree["group"][name]
    return tuple(tree["address"][each] for each in tree["group"][name])


def _url(text: str) -> Name | Wildcard:
    assert text.endswith("/")
    first, _, rest = text[:-1].partition(".")
    if first == "^":
        return Wildcard(rest, "one_label")
    return Wildcard(rest, "subtree") if first == "*" else Name(text[:-1])


def _named(name: str) -> str:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,62}", name), name
    return name
