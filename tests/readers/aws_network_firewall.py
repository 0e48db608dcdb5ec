"""Suricata's rules → what they pass. A rule for TLS passes by the name asked for; any other by address."""

import ipaddress
import re
from typing import Literal

from sightline.readiness.names import Match
from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.ports import PortSet, port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

_RULE = re.compile(
    r'pass (tls|tcp|udp) (\S+) any -> (\S+) (\S+) \(flow:to_server; (.*?)msg:"[a-z0-9-]+"; sid:(\d+); rev:1;\)'
)
_NAME = re.compile(r'tls\.sni; content:"([a-z0-9.-]+)"; startswith; endswith; nocase; ')
_WILDCARD = re.compile(r'tls\.sni; content:"([a-z0-9.-]+)"; endswith; nocase; pcre:"/(\S+)\$/i"; ')
_EXPRESSIONS: tuple[tuple[str, Match], ...] = (
    (r"^[^.]+\.", "one_label"),
    (r"^[^.].*\.", "subtree"),
    (r"^([^.].*\.)?", "subtree_and_apex"),
)


def read(text: str) -> Ruleset:
    lines, numbers = [], set()
    for line in text.splitlines():
        if not line.startswith("#"):
            found = _RULE.fullmatch(line)
            assert found, f"cannot be read: {line}"
            assert found[6] not in numbers, "a sid twice"
            numbers.add(found[6])
            lines += _lines(found)
    return Ruleset(tuple(lines), "block")


def _lines(found: re.Match[str]) -> list[Line]:
    protocol, source, destination, ports, options, number = found.groups()
    where, passed = f"sid {number}", _ports(ports)
    if protocol == "tls":
        assert destination == "any"
        return [Line(where, "allow", "outbound", _group(source), (_sni(options),), "tcp", passed)]
    assert not options
    # Suricata sees a source and a destination, and not which of the two is the client.
    ends = _group(source), _group(destination)
    transport: Literal["tcp", "udp"] = "tcp" if protocol == "tcp" else "udp"
    return [
        Line(where, "allow", "outbound", *ends, transport, passed),
        Line(where, "allow", "inbound", *ends[::-1], transport, passed),
    ]


def _sni(options: str) -> Name | Wildcard:
    if exact := _NAME.fullmatch(options):
        return Name(exact[1])
    wild = _WILDCARD.fullmatch(options)
    assert wild, options
    for begin, match in _EXPRESSIONS:
        if wild[2].startswith(begin) and wild[2][len(begin) :] == wild[1].replace(".", r"\."):
            return Wildcard(wild[1], match)
    raise AssertionError(options)


def _group(text: str) -> tuple[Network, ...]:
    assert text.startswith("[")
    return tuple(map(ipaddress.ip_network, text[1:-1].split(",")))


def _ports(text: str) -> PortSet:
    pairs = (each.partition(":") for each in text[1:-1].split(","))
    return port_set((int(first), int(last or first)) for first, _, last in pairs)
