"""squid.conf → what it lets pass, after Squid's reference of `acl` and `http_access`: the elements of one list are
alternatives, the lists of one line must all hold."""

import ipaddress
import re
from collections import defaultdict

from sightline.readiness.names import Match
from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.ports import PortSet, port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

_EXPRESSIONS: tuple[tuple[str, Match], ...] = (
    (r"^[^.]+\.", "one_label"),
    (r"^[^.].*\.", "subtree"),
    (r"^([^.].*\.)?", "subtree_and_apex"),
)


def read(text: str) -> Ruleset:
    lists: dict[str, tuple[str, list[str]]] = {}
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        match words:
            case [] | ["#", *_]:
                continue
            case ["acl", name, kind, *values]:
                assert len(name) <= 31, "Squid takes no longer name"
                held = lists.setdefault(name, (kind, []))
                assert held[0] == kind, "a list has one kind"
                held[1].extend(values)
            case ["http_access", "allow", *names]:
                lines.append(_line(f"line {number}", [lists[name] for name in names]))
            case _:
                raise AssertionError(f"cannot be read: {line}")
    return Ruleset(tuple(lines), "block")


def _line(where: str, lists: list[tuple[str, list[str]]]) -> Line:
    found: dict[str, list[str]] = defaultdict(list)
    for kind, values in lists:
        side = {"src": "clients", "port": "ports"}.get(kind, "remotes")
        assert side not in found, "two lists of one side would both have to hold"
        found[side] = [f"{kind} {value}" for value in values if not value.startswith("-")]
        assert kind in ("src", "port") or "-n" in values, f"{kind} would ask the DNS"
        assert kind != "dstdom_regex" or "-i" in values, "case would matter"
    clients = tuple(map(_network, found["clients"])) if "clients" in found else None
    ports = port_set(_range(text.removeprefix("port ")) for text in found["ports"])
    assert isinstance(ports, PortSet)
    return Line(where, "allow", "outbound", clients, tuple(map(_remote, found["remotes"])), "tcp", ports)


def _remote(text: str) -> Network | Name | Wildcard:
    kind, _, value = text.partition(" ")
    match kind:
        case "dst":
            return ipaddress.ip_network(value)
        case "dstdomain":
            assert not value.startswith(".")
            return Name(value)
        case "dstdom_regex":
            for begin, match in _EXPRESSIONS:
                if value.startswith(begin) and value.endswith("$"):
                    base = value[len(begin) : -1]
                    assert re.fullmatch(r"(?:[a-z0-9-]|\\\.)+", base), f"not the name that it seems: {base}"
                    return Wildcard(base.replace("\\.", "."), match)
    raise AssertionError(text)


def _network(text: str) -> Network:
    return ipaddress.ip_network(text.removeprefix("src "))


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)
