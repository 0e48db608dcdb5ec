"""Cisco ASA configuration → what it lets pass. Written from Cisco's command reference: `object network`,
`object-group network|service`, `access-list … extended`. Anything else is refused."""

import ipaddress
from collections.abc import Iterator

from sightline.readiness.permit import Direction, Name
from sightline.readiness.ports import PortSet, port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

Operand = tuple[Network | Name, ...] | None


def read(text: str) -> Ruleset:
    networks: dict[str, list[Network | Name]] = {}
    services: dict[str, tuple[str, list[tuple[int, int]]]] = {}
    lines: list[Line] = []
    inside: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or line.startswith("!"):
            continue
        if line.startswith(" "):
            assert inside, f"line {number} is in no object"
            kind, name = inside.split(" ", 1)
            if words[0] == "description":
                assert len(line) <= 200 + len(" description ")
            elif words[0] == "fqdn":
                assert kind == "object"
                assert words[1] in ("v4", "v6")
                networks[name].append(Name(words[2]))
            elif words[0] == "network-object":
                assert kind == "group"
                networks[name].append(_network(iter(words[1:])))
            elif words[0] == "port-object":
                assert kind == "service"
                services[name][1].append(_range(iter(words[1:])))
            else:
                raise AssertionError(f"line {number}: {line}")
            continue
        inside = None
        match words:
            case ["object", "network", name]:
                inside = f"object {name}"
                networks[name] = []
            case ["object-group", "network", name]:
                inside = f"group {name}"
                networks.setdefault(name, [])
            case ["object-group", "service", name, ("tcp" | "udp") as transport]:
                inside = f"service {name}"
                services.setdefault(name, (transport, []))
            case ["access-list", name, "extended", "permit", ("tcp" | "udp") as transport, *rest]:
                direction = _direction(name)
                words_left = iter(rest)
                source = _operand(words_left, networks)
                destination = _operand(words_left, networks)
                clients, remotes = (source, destination) if direction == "outbound" else (destination, source)
                ports = _ports(words_left, services, transport)
                assert next(words_left, None) is None, f"line {number} goes on: {line}"
                assert clients is None or not any(isinstance(each, Name) for each in clients)
                only = None if clients is None else tuple(each for each in clients if not isinstance(each, Name))
                lines.append(Line(f"line {number}", "allow", direction, only, remotes, transport, ports))
            case _:
                raise AssertionError(f"line {number}: {line}")
        assert all(len(each) <= 64 and each[0].isalpha() for each in words[:3]), line
    return Ruleset(tuple(lines), "block")


def _direction(name: str) -> Direction:
    """The header says which list goes to which interface; the name repeats it."""
    assert name.endswith(("-outbound", "-inbound")), name
    return "outbound" if name.endswith("-outbound") else "inbound"


def _operand(words: Iterator[str], networks: dict[str, list[Network | Name]]) -> Operand:
    match next(words):
        case "any":
            return None
        case "any4":
            return (ipaddress.IPv4Network("0.0.0.0/0"),)
        case "any6":
            return (ipaddress.IPv6Network("::/0"),)
        case "object" | "object-group":
            found = networks[next(words)]
            assert found, "an empty group cannot be used in a list"
            return tuple(found)
        case other:
            raise AssertionError(f"no operand: {other}")


def _network(words: Iterator[str]) -> Network:
    match next(words):
        case "host":
            return ipaddress.ip_network(next(words))
        case prefix if "/" in prefix:
            return ipaddress.IPv6Network(prefix)
        case address:
            return ipaddress.IPv4Network(f"{address}/{next(words)}")


def _range(words: Iterator[str]) -> tuple[int, int]:
    match next(words):
        case "eq":
            port = int(next(words))
            return port, port
        case "range":
            return int(next(words)), int(next(words))
        case other:
            raise AssertionError(f"no ports: {other}")


def _ports(words: Iterator[str], services: dict[str, tuple[str, list[tuple[int, int]]]], transport: str) -> PortSet:
    first = next(words)
    if first == "object-group":
        of, ranges = services[next(words)]
        assert of == transport
        return port_set(ranges)
    return port_set([_range(iter((first, *words)))])
