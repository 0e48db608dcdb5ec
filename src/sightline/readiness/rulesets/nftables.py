"""`nft -j list ruleset`: what is forwarded, through every table. Start at `read`.

Of chains that change packets (NAT, marks) nothing is read; a rule that asks for what they did is a doubt.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from typing import Any, TypeAlias

from sightline.readiness.rulesets.line import Action, Chain, Line, Ruleset
from sightline.readiness.rulesets.nft_match import Matched, matched
from sightline.readiness.rulesets.unreadable import DEPTH_MOST, LINES_MOST, TEXT_MOST, unreadable
from sightline.readiness.site import Network

Json: TypeAlias = Any
_ChainKey = tuple[str, str, str]


def read(text: str) -> Ruleset:
    """What the filter chains do to packets that are forwarded, answers aside. Without any, everything passes."""
    if len(text) > TEXT_MOST:
        raise unreadable(f"is longer than {TEXT_MOST} characters", "Is it the right file?")
    try:
        objects = json.loads(text)["nftables"]
        tables = _Tables(objects)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise unreadable(f"is not what `nft -j list ruleset` prints: {error}", "Mind the -j.") from error
    found = None
    for key in reversed(tables.asked()):
        found = tables.ruleset(key, found)
    return found or Ruleset((), "allow")


class _Tables:
    def __init__(self, objects: list[Json]) -> None:
        self.chains: dict[_ChainKey, Json] = {}
        self.rules: dict[_ChainKey, list[Json]] = defaultdict(list)
        self.sets: dict[_ChainKey, Json] = {}
        self.written = 0
        for each in objects:
            (kind, value), *_ = each.items()
            if kind == "chain":
                self.chains[value["family"], value["table"], value["name"]] = value
            elif kind == "rule":
                self.rules[value["family"], value["table"], value["chain"]].append(value)
            elif kind in ("set", "map"):
                self.sets[value["family"], value["table"], value["name"]] = value.get("elem", [])

    def asked(self) -> list[_ChainKey]:
        """The chains that a forwarded packet goes through, in the kernel's order."""
        found = [
            (_HOOKS.index(chain["hook"]), chain.get("prio", 0), key)
            for key, chain in self.chains.items()
            if chain.get("type") == "filter" and chain.get("hook") in _HOOKS and key[0] in _FAMILIES
        ]
        return [key for _, _, key in sorted(found, key=lambda each: each[:2])]

    def ruleset(self, key: _ChainKey, then: Ruleset | None) -> Ruleset:
        unseen = Line(f"table {key[0]} {key[1]} does not see it", "allow", remotes=_UNSEEN[key[0]])
        lines = tuple(self.lines(key, 1))
        otherwise: Action = "block" if self.chains[key].get("policy") == "drop" else "allow"
        return Ruleset((unseen, *lines) if _UNSEEN[key[0]] else lines, otherwise, then)

    def lines(self, key: _ChainKey, depth: int) -> Iterator[Line]:
        if depth > DEPTH_MOST:
            raise unreadable(f"chains call chains more than {DEPTH_MOST} deep at {key[2]}")
        for number, rule in enumerate(self.rules.get(key, ()), 1):
            where = f"rule {number} of chain {key[2]}, table {key[0]} {key[1]}"
            if comment := rule.get("comment"):
                where += f" ({str(comment)[:_COMMENT_MOST]})"
            for line in self.rule_lines(rule["expr"], key, where, depth):
                self.written += 1
                if self.written > LINES_MOST:
                    raise unreadable(f"has more than {LINES_MOST} lines, counting each time that a chain is called")
                yield line

    def rule_lines(self, statements: list[Json], key: _ChainKey, where: str, depth: int) -> Iterator[Line]:
        """A rule's statements from left to right: each match narrows, a verdict ends it."""
        so_far = [Matched.of_family(key[0])]
        for statement in statements:
            (kind, value), *_ = statement.items() if isinstance(statement, dict) else ((statement, None),)
            match kind:
                case "match":
                    so_far = [more for each in so_far for more in matched(each, value, self.set_of(key))]
                case "vmap":
                    yield from self.by_verdict_map(value, so_far, key, where, depth)
                    return
                case "accept" | "drop" | "reject" | "return" | "jump" | "goto" | "queue":
                    for each in so_far:
                        yield from self.verdict(kind, value, each, key, where, depth)
                    return
                case "limit" | "quota" | "ct count" | "connlimit" | "xt":
                    why = f"it asks for {kind}, which the text does not decide"
                    so_far = [each.doubted(why) for each in so_far]
                case _:
                    pass  # counters, logs, marks and their like decide nothing

    def by_verdict_map(
        self, value: Json, so_far: list[Matched], key: _ChainKey, where: str, depth: int
    ) -> Iterator[Line]:
        """`tcp dport vmap { 80 : accept, 443 : jump web }`: one line for each."""
        data = value["data"]
        pairs = self.set_of(key)(data[1:]) if isinstance(data, str) else data["set"]
        for one, verdict in pairs:
            (kind, inner), *_ = verdict.items()
            if kind == "continue":
                kind, inner = "none", None
            condition = {"op": "==", "left": value["key"], "right": one}
            for each in so_far:
                for more in matched(each, condition, self.set_of(key)):
                    yield from self.verdict(kind, inner, more, key, where, depth)

    def verdict(self, kind: str, value: Json, at: Matched, key: _ChainKey, where: str, depth: int) -> Iterator[Line]:
        action: Any
        if kind in ("jump", "goto"):
            action = Chain(tuple(self.lines((*key[:2], value["target"]), depth + 1)))
        elif kind in _ACTIONS:
            action = _ACTIONS[kind]
        else:
            return
        if kind == "queue":
            at = at.doubted("a program decides (queue)")
        for line in at.lines(where, action):
            yield line
            if kind == "goto":
                yield Line(
                    where, "return", line.direction, line.clients, line.remotes, line.transport, line.ports, line.doubt
                )

    def set_of(self, key: _ChainKey) -> "Any":
        """What finds a named set of the same table."""

        def find(name: str) -> list[Json]:
            if (*key[:2], name) not in self.sets:
                raise KeyError(f"there is no set {name} in table {key[0]} {key[1]}")
            found: list[Json] = self.sets[*key[:2], name]
            return found

        return find


_HOOKS = ("prerouting", "forward", "postrouting")
_FAMILIES = ("inet", "ip", "ip6")
_ACTIONS: dict[str, Any] = {
    "accept": "allow",
    "drop": "block",
    "reject": "block",
    "queue": "block",
    "return": "return",
}
_UNSEEN: dict[str, tuple[Network, ...]] = {
    "inet": (),
    "ip": (IPv6Network("::/0"),),
    "ip6": (IPv4Network("0.0.0.0/0"),),
}
_COMMENT_MOST = 80  # a guess: enough to know the rule again
