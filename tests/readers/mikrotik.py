"""RouterOS `/ip|/ipv6 firewall` commands → what they let pass, after MikroTik's manual. Anything else is refused."""

import ipaddress
import re

from sightline.readiness.permit import Direction, Name
from sightline.readiness.ports import PortSet, parse_ports
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

_PAIR = re.compile(r'([a-z-]+)=(?:"([^"\\$\[\]]*)"|([A-Za-z0-9.:/,_-]+))(?: |$)')


def read(text: str) -> Ruleset:
    lists: dict[tuple[str, str], list[Network | Name]] = {}
    found: list[tuple[str, str, dict[str, str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        opened = re.fullmatch(r"(/ip|/ipv6) firewall (filter|address-list) (add|remove) (.*)", line)
        assert opened, line
        family, table, verb, rest = opened.groups()
        if verb == "remove":
            assert re.fullmatch(r'\[find where (chain|list|jump-target)(=|~)"[a-z0-9^_-]+"\]', rest), rest
            assert not lists, "what was made is taken away again"
            assert not found
            continue
        given = _pairs(rest)
        if table == "address-list":
            assert not set(given) - {"list", "address", "comment"}
            lists.setdefault((family, given["list"]), []).append(_address(given["address"], family))
        else:
            found.append((f"line {number}", family, given))
    return Ruleset(tuple(_line(where, family, given, lists) for where, family, given in found), "block")


def _pairs(text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    end = 0
    for pair in _PAIR.finditer(text):
        assert pair.start() == end, f"cannot be read: {text[end:]}"
        end = pair.end()
        assert pair[1] not in given
        given[pair[1]] = pair[2] if pair[2] is not None else pair[3]
    assert end == len(text), f"cannot be read: {text[end:]}"
    return given


def _line(where: str, family: str, given: dict[str, str], lists: dict[tuple[str, str], list[Network | Name]]) -> Line:
    known = {"chain", "action", "protocol", "src-address-list", "dst-address-list", "dst-port", "comment"}
    assert not set(given) - known
    assert given["action"] == "accept"
    direction: Direction = "outbound" if given["chain"].endswith("_outbound") else "inbound"
    assert given["chain"].endswith(f"_{direction}")
    source, destination = (_listed(given.get(f"{side}-address-list"), family, lists) for side in ("src", "dst"))
    clients, remotes = (source, destination) if direction == "outbound" else (destination, source)
    only = tuple(each for each in clients if not isinstance(each, Name))
    assert only == clients
    transport = given["protocol"]
    assert transport in ("tcp", "udp")
    return Line(
        where, "allow", direction, only, remotes, "tcp" if transport == "tcp" else "udp", _ports(given["dst-port"])
    )


def _listed(
    name: str | None, family: str, lists: dict[tuple[str, str], list[Network | Name]]
) -> tuple[Network | Name, ...]:
    if name is None:
        return (ipaddress.ip_network("0.0.0.0/0" if family == "/ip" else "::/0"),)
    return tuple(lists[family, name])


def _address(text: str, family: str) -> Network | Name:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return Name(text)
    assert network.version == (4 if family == "/ip" else 6)
    return network


def _ports(text: str) -> PortSet:
    assert sum(2 if "-" in each else 1 for each in text.split(",")) <= 15
    return parse_ports(text.replace(",", ", "))
