"""Cisco IOS named access lists → what they let pass, after Cisco's command reference: `ip access-list extended`,
`ipv6 access-list`, `permit … reflect`, `evaluate`. Anything else is refused."""

import ipaddress
from collections.abc import Iterator

from sightline.readiness.permit import Direction
from sightline.readiness.ports import PortSet, port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network


def read(text: str) -> Ruleset:
    lists: dict[tuple[int, str], list[Line]] = {}
    inside: tuple[int, str] | None = None
    reflected: dict[tuple[int, str], Direction] = {}
    evaluated: dict[tuple[int, str], Direction] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        match words:
            case ["!", *_] | []:
                continue
            case ["no", "ip", "access-list", "extended", name]:
                lists.pop((4, name), None)
            case ["no", "ipv6", "access-list", name]:
                lists.pop((6, name), None)
            case ["ip", "access-list", "extended", name]:
                lists[inside := (4, name)] = []
            case ["ipv6", "access-list", name]:
                lists[inside := (6, name)] = []
            case ["remark", *_]:
                assert inside
                assert len(line) <= len(" remark ") + 100
            case ["permit", ("tcp" | "udp") as transport, *rest]:
                assert inside
                direction = _direction(inside[1])
                words_left = iter(rest)
                source, destination = (_network(words_left, inside[0]) for _ in range(2))
                ports = _ports(words_left)
                assert next(words_left) == "reflect"
                assert reflected.setdefault((inside[0], next(words_left)), direction) == direction
                match tuple(words_left):
                    case ():
                        pass
                    case ("timeout", seconds):
                        assert 1 <= int(seconds) <= 2147483
                    case rest_of_line:
                        raise AssertionError(rest_of_line)
                client, remote = (source, destination) if direction == "outbound" else (destination, source)
                is_tcp = transport == "tcp"
                lists[inside].append(
                    Line(f"line {number}", "allow", direction, (client,), (remote,), "tcp" if is_tcp else "udp", ports)
                )
            case ["evaluate", name]:
                assert inside
                evaluated[inside[0], name] = _direction(inside[1])
            case _:
                raise AssertionError(f"line {number}: {line}")
        assert line.startswith(" ") == (words[0] in ("remark", "permit", "evaluate")), line
    assert set(reflected) == set(evaluated), "an answer comes back, and only to what was let pass"
    assert all(evaluated[state] != direction for state, direction in reflected.items())
    return Ruleset(tuple(line for each in lists.values() for line in each), "block")


def _direction(name: str) -> Direction:
    assert name.endswith(("-outbound", "-inbound")), name
    assert name[0].isalpha(), "it would be a numbered list"
    return "outbound" if name.endswith("-outbound") else "inbound"


def _network(words: Iterator[str], version: int) -> Network:
    match next(words):
        case "any":
            return ipaddress.ip_network("0.0.0.0/0" if version == 4 else "::/0")
        case "host":
            found = ipaddress.ip_network(next(words))
            assert found.version == version
            return found
        case address if version == 6:
            return ipaddress.IPv6Network(address)
        case address:
            wild = ipaddress.IPv4Address(next(words))
            return ipaddress.IPv4Network(f"{address}/{ipaddress.IPv4Address(int(wild) ^ 0xFFFFFFFF)}")


def _ports(words: Iterator[str]) -> PortSet:
    match next(words):
        case "eq":
            port = int(next(words))
            return port_set([(port, port)])
        case "range":
            return port_set([(int(next(words)), int(next(words)))])
        case other:
            raise AssertionError(f"no ports: {other}")
