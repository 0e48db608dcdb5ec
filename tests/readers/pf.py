"""A pf anchor and the script that fills its tables → what they let pass, after the grammar in pf.conf(5). Anything
else is refused."""

import ipaddress
import re
from typing import Literal

from sightline.readiness.permit import Direction, Name
from sightline.readiness.ports import port_set
from sightline.readiness.rulesets.line import Line, Ruleset
from sightline.readiness.site import Network
from sightline.readiness.targets.target import File

_RULE = re.compile(
    r"pass quick (inet6? )?proto (tcp|udp) from (any|<[a-z0-9-]{1,31}>) to (any|<[a-z0-9-]{1,31}>) "
    r"port \{ ([0-9:, ]+) \} (flags S/SA )?keep state (?:\((?:(?:tcp|udp)\.[a-z]+ [0-9]+(?:, )?)+\) )?"
    r'label "(outbound|inbound) [^"$]{1,50}"'
)
Members = tuple[Network | Name, ...]


def read_files(files: tuple[File, ...]) -> Ruleset:
    tables: dict[str, list[Network | Name]] = {}
    is_kept: set[str] = set()
    lines: list[Line] = []
    anchor = ""
    for line in files[0].text.splitlines():
        if table := re.fullmatch(r"table <([a-z0-9-]{1,31})> (?:const \{ ([^{}]+) \}|persist)", line):
            assert table[1] not in tables
            tables[table[1]] = [ipaddress.ip_network(each) for each in table[2].split(", ")] if table[2] else []
            if not table[2]:
                is_kept.add(table[1])
        elif found := re.match(r"# Load, and load again:  pfctl -a (\S+) -f FILE", line):
            anchor = found[1]
        else:
            assert line.startswith("#") or _RULE.fullmatch(line), line
    for line in files[1].text.splitlines() if files[1:] else ():
        if filled := re.fullmatch(r"pfctl -q -a (\S+) -t (\S+) -T replace ([a-z0-9. -]+) \|\| failed=1", line):
            assert filled[1] == anchor
            assert filled[2] in is_kept, "a constant table cannot be filled, nor one that is not there"
            tables[filled[2]] = [Name(each) for each in filled[3].split(" ")]
        else:
            assert line.startswith("#") or line in ("failed=0", "exit $failed"), line
    for number, line in enumerate(files[0].text.splitlines(), 1):
        if rule := _RULE.fullmatch(line):
            lines += _lines(f"line {number}", rule, tables)
    return Ruleset(tuple(lines), "block")


def _lines(where: str, rule: re.Match[str], tables: dict[str, list[Network | Name]]) -> list[Line]:
    family, proto, source, destination, ports, flags, _ = rule.groups()
    transport: Literal["tcp", "udp"] = "tcp" if proto == "tcp" else "udp"
    assert bool(flags) == (transport == "tcp"), "a connection begins with SYN"
    ends = [_members(each, family, tables) for each in (source, destination)]
    # Only the label says which side is the clients'; to pf itself that is all one.
    is_inbound = rule[7] == "inbound"
    direction: Direction = "inbound" if is_inbound else "outbound"
    clients, remotes = (ends[1], ends[0]) if is_inbound else (ends[0], ends[1])
    only = None if clients is None else tuple(each for each in clients if not isinstance(each, Name))
    assert only == clients
    ranges = [each.split(":") for each in ports.split(", ")]
    return [
        Line(where, "allow", direction, only, remotes, transport, port_set((int(r[0]), int(r[-1])) for r in ranges))
    ]


def _members(text: str, family: str | None, tables: dict[str, list[Network | Name]]) -> Members | None:
    if text != "any":
        assert tables[text[1:-1]], "an empty table matches nothing, and no rule needs it"
        return tuple(tables[text[1:-1]])
    if family:
        return (ipaddress.ip_network("0.0.0.0/0" if family == "inet " else "::/0"),)
    return None
