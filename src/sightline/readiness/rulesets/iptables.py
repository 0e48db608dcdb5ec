"""`iptables-save` and `ip6tables-save`, table filter: what is forwarded. Start at `read`."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from sightline.readiness.permit import Direction
from sightline.readiness.ports import LAST, PortSet, port_set
from sightline.readiness.rulesets.line import Action, Chain, Line, Ruleset
from sightline.readiness.rulesets.ranges import inverse
from sightline.readiness.rulesets.unreadable import DEPTH_MOST, LINES_MOST, TEXT_MOST, unreadable
from sightline.readiness.site import Network

Version = Literal[4, 6]


def read(text: str, version: Version | None = None) -> Ruleset:
    """What table filter does to forwarded packets, answers aside. Without a chain FORWARD, as in rules that are to be
    loaded beside others, the first chain is what is asked, and what it leaves is blocked."""
    if len(text) > TEXT_MOST:
        raise unreadable(f"is longer than {TEXT_MOST} characters", "Is it the right file?")
    table = _Table(version or _version(text))
    for number, line in enumerate(text.splitlines(), 1):
        try:
            table.take(line.strip(), f"line {number}")
        except ValueError as error:
            raise unreadable(f"line {number}: {error}", "It must be what iptables-save prints.") from error
    return table.ruleset()


def _version(text: str) -> Version:
    """iptables-save names itself; without its header, the first address tells."""
    if "ip6tables-save" in text or "ipv6-icmp" in text or "icmp6" in text:
        return 6
    for word in text.split():
        if "::" in word and "/" in word:
            return 6
    return 4


@dataclass(slots=True)
class _Rule:
    """One rule before it is known from which side packets come."""

    where: str
    sources: tuple[Network, ...] | None = None
    targets: tuple[Network, ...] | None = None
    transport: Literal["tcp", "udp"] | None = None
    ports: PortSet | None = None
    jump: str = ""
    is_goto: bool = False
    doubts: list[str] = field(default_factory=list)
    never: bool = False
    """It is about packets that begin nothing, or about another protocol."""


class _Table:
    def __init__(self, version: Version) -> None:
        self.version = version
        self.is_filter = False
        self.policies: dict[str, str] = {}
        self.rules: dict[str, list[_Rule]] = {}
        self.written = 0

    def take(self, line: str, where: str) -> None:
        if not line or line.startswith("#") or line == "COMMIT":
            return
        if line.startswith("*"):
            self.is_filter = line == "*filter"
        elif self.is_filter and line.startswith(":"):
            name, _, policy = line[1:].partition(" ")
            self.policies[name] = policy.split(" ")[0]
            self.rules.setdefault(name, [])
        elif self.is_filter:
            words = _words(line.partition("] ")[2] if line.startswith("[") else line)
            if len(words) < 2 or words[0] != "-A":
                raise ValueError("is no rule that is added (-A)")
            self.rules.setdefault(words[1], []).append(_Reading(self.version, where).rule(words[2:]))

    def ruleset(self) -> Ruleset:
        if not self.rules:
            raise unreadable("has no table filter", "It must be what iptables-save prints.")
        start = "FORWARD" if "FORWARD" in self.rules else next(iter(self.rules))
        otherwise: Action = "allow" if self.policies.get(start) == "ACCEPT" else "block"
        return Ruleset(tuple(self.lines(start, 1)), otherwise, versions=(self.version,))

    def lines(self, chain: str, depth: int) -> Iterator[Line]:
        if depth > DEPTH_MOST:
            raise unreadable(f"chains call chains more than {DEPTH_MOST} deep at {chain}")
        for rule in self.rules.get(chain, ()):
            for line in self.rule_lines(rule, depth) if not rule.never else ():
                self.written += 1
                if self.written > LINES_MOST:
                    raise unreadable(f"has more than {LINES_MOST} lines, counting each time that a chain is called")
                yield line

    def rule_lines(self, rule: _Rule, depth: int) -> Iterator[Line]:
        action = self.action(rule, depth)
        if action is None:
            return
        sources = _ANYWHERE[self.version] if rule.sources is None else rule.sources
        targets = _ANYWHERE[self.version] if rule.targets is None else rule.targets
        doubt = "; ".join(rule.doubts)
        ways: tuple[Direction, Direction] = ("outbound", "inbound")
        for direction in ways:
            clients, remotes = (sources, targets) if direction == "outbound" else (targets, sources)
            line = Line(rule.where, action, direction, clients, remotes, rule.transport, rule.ports, doubt)
            yield line
            if rule.is_goto and isinstance(action, Chain):
                yield replace(line, action="return")

    def action(self, rule: _Rule, depth: int) -> "Action | Literal['return'] | Chain | None":
        match rule.jump:
            case "ACCEPT":
                return "allow"
            case "DROP" | "REJECT":
                return "block"
            case "RETURN":
                return "return"
            case name if name in self.rules:
                return Chain(tuple(self.lines(name, depth + 1)))
            case "NFQUEUE" | "QUEUE":
                rule.doubts.append("a program decides (NFQUEUE)")
                return "block"
            case _:
                return None  # LOG, MARK and their like change the packet's path no further


class _Reading:
    """The words of one rule."""

    def __init__(self, version: Version, where: str) -> None:
        self.version = version
        self.rule_read = _Rule(where)

    def rule(self, words: list[str]) -> _Rule:
        waiting = list(reversed(words))
        negated = False
        while waiting:
            word = waiting.pop()
            if word == "!":
                negated = True
                continue
            self.option(word, waiting, negated)
            negated = False
        return self.rule_read

    def option(self, word: str, waiting: list[str], negated: bool) -> None:
        rule = self.rule_read

        def value() -> str:
            if not waiting:
                raise ValueError(f"{word} lacks its value")
            return waiting.pop()

        match word:
            case "-s" | "--source":
                rule.sources = self.networks(value(), negated)
            case "-d" | "--destination":
                rule.targets = self.networks(value(), negated)
            case "-p" | "--protocol":
                self.protocol(value(), negated)
            case "--dport" | "--destination-port":
                self.ports(value(), negated)
            case "--dports" | "--destination-ports":
                self.ports(value(), negated)
            case "--sport" | "--sports" | "--source-port" | "--source-ports":
                self.source_ports(value(), negated)
            case "--ctstate" | "--state":
                self.state(value(), negated)
            case "--syn":
                rule.never |= negated
            case "--tcp-flags":
                mask, wanted = value(), value()
                is_first = wanted == "SYN" and "SYN" in mask.split(",")
                rule.never |= is_first == negated
            case "-m" | "--match":
                if (name := value()) not in _PLAIN_MATCHES:
                    rule.doubts.append(f"it asks for {name}, which the text does not decide")
            case "-j" | "--jump" | "-g" | "--goto":
                rule.jump = value()
                rule.is_goto = word in ("-g", "--goto")
                waiting.clear()  # what follows are the target's own options, which decide nothing
            case "--comment":
                value()
            case "-i" | "-o" | "--in-interface" | "--out-interface":
                rule.doubts.append(f"it is for packets of interface {value()}, and what is behind it is not said")
            case "-f" | "--fragment":
                rule.never |= not negated
            case _:
                self.unknown(word, waiting)

    def unknown(self, word: str, waiting: list[str]) -> None:
        """An option of a match that is not known here: its values are passed over."""
        if not word.startswith("-"):
            raise ValueError(f'"{word}" stands where an option should')
        while waiting and not waiting[-1].startswith("-") and waiting[-1] != "!":
            waiting.pop()
        if not self.rule_read.doubts:
            self.rule_read.doubts.append(f"it has {word}, which the text does not decide")

    def networks(self, text: str, negated: bool) -> tuple[Network, ...]:
        networks = tuple(ipaddress.ip_network(each, strict=False) for each in text.split(","))
        if any(each.version != self.version for each in networks):
            raise ValueError(f"{text} is not IPv{self.version}")
        return inverse(networks, self.version) if negated else networks

    def protocol(self, text: str, negated: bool) -> None:
        known: dict[str, Literal["tcp", "udp"]] = {"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp"}
        if text in ("all", "0"):
            self.rule_read.never |= negated
        elif not negated:
            self.rule_read.transport = known.get(text)
            self.rule_read.never |= text not in known
        elif text in known:
            self.rule_read.transport = "udp" if known[text] == "tcp" else "tcp"

    def ports(self, text: str, negated: bool) -> None:
        found = PortSet()
        for part in text.split(","):
            first, is_range, last = part.partition(":")
            low, high = int(first or 0), int(last or LAST) if is_range else int(first)
            if not 0 <= low <= high <= LAST:
                raise ValueError(f'"{part}" is no range of ports')
            if high:
                found |= port_set([(max(low, 1), high)])
        self.rule_read.ports = port_set([(1, LAST)]) - found if negated else found

    def source_ports(self, text: str, negated: bool) -> None:
        before = self.rule_read.ports
        self.ports(text, negated)
        found = self.rule_read.ports
        self.rule_read.ports = before
        if port_set([(1024, LAST)]) - (found or PortSet()):
            self.rule_read.doubts.append(f"it is for packets from port {text}, and clients take any above 1023")

    def state(self, text: str, negated: bool) -> None:
        # What is untracked begins nothing either: only rules of table raw make it so.
        states = set(text.split(","))
        if states & {"DNAT", "SNAT"} and "NEW" not in states:
            self.rule_read.doubts.append(f"it is for state {text}, and what is translated is not read")
        else:
            self.rule_read.never |= ("NEW" in states) == negated


def _words(line: str) -> list[str]:
    return [
        re.sub(r"\\(.)", r"\1", quoted) if quoted or not bare else bare
        for quoted, bare in re.findall(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)', line)
    ]


_ANYWHERE: dict[Version, tuple[Network, ...]] = {4: (IPv4Network("0.0.0.0/0"),), 6: (IPv6Network("::/0"),)}
_PLAIN_MATCHES = ("tcp", "udp", "multiport", "conntrack", "state", "comment", "icmp", "icmp6")
