"""The part of nftables' language that the target uses → what it lets pass. Names come from the refresher's list.

Against the real thing it is held by `tests/service/rules/test_nftables.py`, which loads the rules and lists them.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

from sightline.readiness.permit import Direction, Name
from sightline.readiness.ports import parse_ports
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network
from sightline.readiness.targets.target import File

SET = re.compile(
    r"  set ([a-z][a-z0-9-]*) \{ type ipv([46])_addr; flags (timeout|interval);(?: elements = \{ (.*) \};)? \}"
)
CHAIN = """  chain forward {
    type filter hook forward priority filter - 10; policy $otherwise;
    ct state established,related ct mark and $permitted != 0 accept
"""
END = """
  }

  chain permitted {
    ct mark set ct mark or $permitted accept;
  }
}
"""
SIDE = r"(?:(ip6?) (saddr|daddr) @([a-z0-9-]+) )?"
RULE = re.compile(
    rf"    {SIDE}{SIDE}(?:meta nfproto ipv([46]) )?(tcp|udp) dport \{{ ([0-9, -]+) \}} goto permitted "
    r'comment "[A-Za-z0-9 .,:;/()_-]*"'
)
EVERYWHERE: dict[str, Network] = {"4": ip_network("0.0.0.0/0"), "6": ip_network("::/0")}


def read_files(files: tuple[File, ...]) -> Ruleset:
    names: dict[str, list[Name]] = {}
    for file in files[1:]:
        if file.name.endswith(".sh"):
            listed = file.text.split("<<'NAMES'\n")[1].split("\nNAMES\n")[0]
            for line in listed.splitlines():
                _, name_of_set, name = line.split(" ")
                names.setdefault(name_of_set, []).append(Name(name))
    head, _, body = files[0].text.partition(CHAIN)
    assert 'define otherwise = "accept"\n' in head
    *comments, first = [line for line in head.split("\ntable inet ")[0].splitlines() if line]
    assert first.startswith("delete table inet ")
    assert all(line.startswith(("#", "define ", "add table inet ")) for line in comments)
    sets = [found for line in head.splitlines() if line.startswith("  set") for found in [SET.fullmatch(line)]]
    elements: dict[str, tuple[str, list[Network | Name]]] = {}
    for found in sets:
        assert found, "a set that is not read"
        name, version, flags, listed = found.groups()
        assert (flags == "interval") == bool(listed), "an empty interval set"
        networks = [ip_network(each) for each in listed.split(", ")] if listed else []
        assert all(each.version == int(version) for each in networks)
        assert name not in elements
        elements[name] = version, [*networks, *names.get(name, ())]
    rules, _, rest = body.partition(END)
    assert not rest, "something after the table"
    # What no line of ours marks is dropped by the customer's tables; `otherwise` is theirs to set.
    return Ruleset(tuple(line for rule in rules.splitlines() for line in _lines(rule, elements)), "block")


def _lines(text: str, sets: dict[str, tuple[str, list[Network | Name]]]) -> Iterator[Line]:
    found = RULE.fullmatch(text)
    assert found, text
    family_1, side_1, set_1, family_2, side_2, set_2, only, transport, ports = found.groups()
    version = only or {"ip": "4", "ip6": "6"}[family_1 or family_2]
    sides: dict[str, tuple[Network | Name, ...]] = {"saddr": (EVERYWHERE[version],), "daddr": (EVERYWHERE[version],)}
    for family, side, name in ((family_1, side_1, set_1), (family_2, side_2, set_2)):
        if name:
            assert family == {"4": "ip", "6": "ip6"}[version]
            assert sets[name][0] == version
            sides[side] = tuple(sets[name][1])
    line = Line(text, "allow", transport="tcp" if transport == "tcp" else "udp", ports=parse_ports(ports))
    directions: tuple[tuple[Direction, str, str], ...] = (("outbound", "saddr", "daddr"), ("inbound", "daddr", "saddr"))
    for direction, ours, theirs in directions:
        # Which of the two is the client is not in the rule; a set of names is never clients.
        clients = tuple(each for each in sides[ours] if not isinstance(each, Name))
        if len(clients) == len(sides[ours]):
            yield replace(line, direction=direction, clients=clients, remotes=sides[theirs])
