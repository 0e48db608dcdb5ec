"""A script of `mgmt_cli` calls → what its access rules let pass, after Check Point's management API reference. The
calls stand below a line that says so; what is above is run by tests/service/rules/test_check_point.py."""

import ipaddress
import re
import shlex
from typing import Literal

from sightline.readiness.permit import Direction, Name, Wildcard
from sightline.readiness.ports import PortSet, parse_ports
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

Member = Network | Name | Wildcard
Service = tuple[Literal["tcp", "udp"], PortSet]


def read(text: str) -> Ruleset:
    _, _, calls = text.partition("# What follows is the service's.\n")
    assert calls
    objects: dict[str, tuple[Member, ...]] = {}
    services: dict[str, tuple[Service, ...]] = {}
    lines = []
    for call in calls.splitlines():
        # The shell would read more than words out of these, unless they stand between single quotes.
        assert not set(re.sub("'[^']*'", "", call.replace("> /dev/null", ""))) & set("$`\"\\;&|<>*?~#!{}'"), call
        match shlex.split(call):
            case ["domain", name, ("true" | "false") as is_sub_domain]:
                assert name.startswith(".")
                is_wild = is_sub_domain == "true"
                made: Member = Wildcard(name[1:], "subtree_and_apex") if is_wild else Name(name[1:])
                assert objects.setdefault(name, (made,)) == (made,), "there is one object of each domain"
            case ["put", ("host" | "network" | "address-range"), name, *said]:
                objects[name] = _networks(dict(zip(said[::2], said[1::2], strict=True)))
            case ["put", ("service-tcp" | "service-udp") as kind, name, "port", port, "match-for-any", "false", *timer]:
                given = dict(zip(timer[::2], timer[1::2], strict=True))
                assert (given.get("use-default-session-timeout") == "true") != ("session-timeout" in given)
                services[name] = (("tcp" if kind == "service-tcp" else "udp", parse_ports(port)),)
            case ["put", "service-group", name, *said]:
                services[name] = tuple(one for each in _listed(said, "members") for one in services[each])
            case ["rule", name, *said]:
                lines += _lines(name, said, objects, services)
            case ["call", "publish", ">", "/dev/null"]:
                pass
            case _:
                raise AssertionError(call)
    return Ruleset(tuple(lines), "block")


def _networks(said: dict[str, str]) -> tuple[Member, ...]:
    match sorted(said):
        case ["ipv4-address"] | ["ipv6-address"] as keys:
            return (ipaddress.ip_network(said[keys[0]]),)
        case [mask, subnet] if mask.startswith("mask-length") and subnet == f"subnet{mask[-1]}":
            return (ipaddress.ip_network(f"{said[subnet]}/{said[mask]}"),)
        case [first, last]:
            a, b = ipaddress.ip_address(said[first]), ipaddress.ip_address(said[last])
            return tuple(ipaddress.summarize_address_range(a, b))
        case _:
            raise AssertionError(said)


def _listed(said: list[str], field: str) -> list[str]:
    given = dict(zip(said[::2], said[1::2], strict=True))
    found = {key: value for key, value in given.items() if key.partition(".")[0] == field}
    if list(found) == [field]:
        assert found[field] == "Any" or field == "service"
        return [] if found[field] == "Any" else [found[field]]
    assert list(found) == [f"{field}.{number}" for number in range(1, len(found) + 1)]
    assert found
    return list(found.values())


def _lines(
    name: str, said: list[str], objects: dict[str, tuple[Member, ...]], services: dict[str, tuple[Service, ...]]
) -> list[Line]:
    given = dict(zip(said[::2], said[1::2], strict=True))
    assert given["action"] == "Accept"
    way = given["comments"].partition(",")[0]
    assert way in ("outbound", "inbound")
    direction: Direction = "outbound" if way == "outbound" else "inbound"
    sides = []
    for field in ("source", "destination"):
        held = [one for each in _listed(said, field) for one in objects[each]]
        sides.append(tuple(held) if held else None)
    clients, remotes = sides if direction == "outbound" else reversed(sides)
    only = None if clients is None else tuple(each for each in clients if not isinstance(each, Name | Wildcard))
    assert only == clients
    found = []
    for service in _listed(said, "service"):
        for transport, ports in services[service]:
            found.append(Line(f"rule {name}", "allow", direction, only, remotes, transport, ports))
    return found
