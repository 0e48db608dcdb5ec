"""A PAC file → what it lets past the proxy. Its program is always the same; that it does what its data say is tested in
a JavaScript engine (`test_pac.py`)."""

import ipaddress
import json
import re

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

_SHAPE = re.compile(r'// ([^\n]*)\nvar otherwise = ("[^"\n]*");\n\nvar rules = (\[\n.*?\n\]);\n\n(.*)', re.DOTALL)
PROGRAMS: set[str] = set()


def read(text: str) -> Ruleset:
    found = _SHAPE.fullmatch(text)
    assert found, "not a PAC file of ours"
    PROGRAMS.add(found[4])
    assert len(PROGRAMS) == 1, "the program changes with the data"
    return Ruleset(tuple(_line(number, rule) for number, rule in enumerate(json.loads(found[3]), 1)), "block")


def _line(number: int, rule: dict[str, list[dict[str, object]]]) -> Line:
    ports = port_set((first, last) for first, last in rule["ports"])  # type: ignore[misc]
    hosts = tuple(each for host in rule["hosts"] for each in _hosts(host))
    return Line(f"rule {number}", "allow", "outbound", None, hosts, "tcp", ports)


def _hosts(host: dict[str, object]) -> list[Network | Name | Wildcard]:
    match host:
        case {"name": str(text)}:
            return [Name(text)]
        case {"below": str(base), "match": "one_label" | "subtree" | "subtree_and_apex" as match}:
            return [Wildcard(base, match)]
        case {"first": list(first), "last": list(last)}:
            return list(ipaddress.summarize_address_range(_address(first), _address(last)))
    raise AssertionError(host)


def _address(words: list[int]) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(b"".join(word.to_bytes(2, "big") for word in words))
