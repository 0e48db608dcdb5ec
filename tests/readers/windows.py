"""A PowerShell script of `New-NetFirewallRule` → what it lets pass, after Microsoft's reference of the NetSecurity
module. A line that is not one of the few known commands with quoted words is refused."""

import ipaddress
import re

from sightline.readiness.permit import Direction, Name
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network

_WORD = re.compile(r"'((?:[^'‘’‚‛]|'')*)'|([^\s,']+)|(,)")


def read(text: str) -> Ruleset:
    keywords: dict[str, Name] = {}
    rules: dict[str, Line] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if re.fullmatch(r"\$(ErrorActionPreference|group) = '[^']*'", line):
            continue
        command, _, piped = line.partition(" | ")
        name, given = _command(command)
        match name, piped:
            case "Get-NetFirewallRule", "Remove-NetFirewallRule":
                assert given["Group"] == ["$group"]
                rules.clear()
            case "Remove-NetFirewallDynamicKeywordAddress", "":
                keywords.pop(given["Id"][0], None)
            case "New-NetFirewallDynamicKeywordAddress", "Out-Null":
                assert given["AutoResolve"] == ["$true"]
                assert given["Id"][0] not in keywords
                keywords[given["Id"][0]] = Name(given["Keyword"][0])
            case "New-NetFirewallRule", "Out-Null":
                assert given["Name"][0] not in rules, "a rule's name is unique"
                rules[given["Name"][0]] = _line(f"line {number}", given, keywords)
            case _:
                raise AssertionError(line)
    return Ruleset(tuple(rules.values()), "block")


def _command(text: str) -> tuple[str, dict[str, list[str]]]:
    name, _, rest = text.partition(" ")
    given: dict[str, list[str]] = {}
    values: list[str] | None = None
    is_listing = False
    end = 0
    for found in _WORD.finditer(rest):
        assert not rest[end : found.start()].strip(), f"cannot be read: {rest[end:]}"
        end = found.end()
        quoted, bare, comma = found.groups()
        if comma:
            assert values
            is_listing = True
        elif bare and bare.startswith("-"):
            assert bare[1:] not in given
            values = given.setdefault(bare[1:], [])
            is_listing = False
        else:
            assert values is not None
            assert not values or is_listing, f"a word too many: {found[0]}"
            values.append(bare if bare is not None else quoted.replace("''", "'"))
            is_listing = False
    assert not rest[end:].strip(), f"cannot be read: {rest[end:]}"
    return name, given


def _line(where: str, given: dict[str, list[str]], keywords: dict[str, Name]) -> Line:
    assert given["Action"] == ["Allow"]
    direction: Direction = "outbound" if given["Direction"] == ["Outbound"] else "inbound"
    theirs, ours = ("RemotePort", "LocalPort") if direction == "outbound" else ("LocalPort", "RemotePort")
    assert ours not in given
    clients = (
        tuple(each for text in given["LocalAddress"] for each in _networks(text)) if "LocalAddress" in given else None
    )
    assert ("RemoteAddress" in given) != ("RemoteDynamicKeywordAddresses" in given)
    remotes: tuple[Network | Name, ...] | None
    if "RemoteDynamicKeywordAddresses" in given:
        assert direction == "outbound"
        remotes = tuple(keywords[each] for each in given["RemoteDynamicKeywordAddresses"])
    elif given["RemoteAddress"] == ["Any"]:
        remotes = None
    else:
        remotes = tuple(each for text in given["RemoteAddress"] for each in _networks(text))
    ports = parse_ports(", ".join(given[theirs]))
    return Line(where, "allow", direction, clients, remotes, "tcp" if given["Protocol"] == ["TCP"] else "udp", ports)


def _networks(text: str) -> list[Network]:
    first, dash, last = text.partition("-")
    if not dash:
        assert not text.endswith("/0"), "refused by Windows"
        return [ipaddress.ip_network(text)]
    a, b = ipaddress.ip_address(first), ipaddress.ip_address(last)
    assert type(a) is type(b)
    return list(ipaddress.summarize_address_range(a, b))
