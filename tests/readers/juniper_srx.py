"""Junos `set` and `delete` → what an SRX lets pass, after Juniper's CLI reference. Anything else is refused."""

import ipaddress
import re

from sightline.readiness.permit import Direction, Name
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

Tree = dict[tuple[str, ...], None]


def read(text: str) -> Ruleset:
    tree: Tree = {}
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        verb, *words = re.findall(r'"[^"\\]*"|[^\s"\\]+', line)
        assert " ".join((verb, *words)) == line, f"quotes are torn: {line}"
        path = tuple(words)
        if verb == "delete":
            for each in [each for each in tree if each[: len(path)] == path]:
                del tree[each]
        else:
            assert verb == "set", line
            tree[path] = None
    policies = {path[:7]: None for path in tree if path[:2] == ("security", "policies")}
    known = {("security", "policies"), ("security", "address-book"), ("applications", "application")}
    assert {path[:2] for path in tree} <= known | {("applications", "application-set")}
    return Ruleset(tuple(line for policy in policies for line in _lines(policy, tree)), "block")


def _below(tree: Tree, *path: str) -> list[str]:
    """What stands right below, without repeats."""
    return list(dict.fromkeys(each[len(path)] for each in tree if each[: len(path)] == path and len(each) > len(path)))


def _lines(policy: tuple[str, ...], tree: Tree) -> list[Line]:
    assert policy[2] == "from-zone"
    assert policy[4] == "to-zone"
    assert policy[5] != policy[3]
    found = []
    for name in _below(tree, *policy):
        here = (*policy, name)
        assert len(name) <= 63
        assert _below(tree, *here, "then") == ["permit"]
        direction: Direction = "inbound" if policy[3] == "outside" else "outbound"
        source, destination = (
            _addresses(tree, *here, "match", f"{side}-address") for side in ("source", "destination")
        )
        clients, remotes = (source, destination) if direction == "outbound" else (destination, source)
        only = None if clients is None else tuple(each for each in clients if not isinstance(each, Name))
        assert only == clients
        for group in _below(tree, *here, "match", "application"):
            for application in _below(tree, "applications", "application-set", group, "application"):
                (protocol,) = _below(tree, "applications", "application", application, "protocol")
                (port,) = _below(tree, "applications", "application", application, "destination-port")
                assert protocol in ("tcp", "udp")
                transport = "tcp" if protocol == "tcp" else "udp"
                found.append(Line(name, "allow", direction, only, remotes, transport, parse_ports(port)))  # type: ignore[arg-type]
    return found


def _addresses(tree: Tree, *path: str) -> tuple[Network | Name, ...] | None:
    (group,) = _below(tree, *path)
    if group == "any":
        return None
    book = ("security", "address-book", "global")
    found: list[Network | Name] = []
    for address in _below(tree, *book, "address-set", group, "address"):
        match _below(tree, *book, "address", address):
            case ["dns-name"]:
                (text,) = _below(tree, *book, "address", address, "dns-name")
                found.append(Name(text))
            case [network]:
                found.append(ipaddress.ip_network(network))
            case other:
                raise AssertionError(other)
    assert found
    return tuple(found)
