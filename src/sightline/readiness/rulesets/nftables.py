"""`nft -j list ruleset`: what is forwarded, through every table. Start at `read`.

Of what changes packets (NAT, marks) nothing is read, and a rule that asks for it is a doubt; but for the mark of our
own tables, as theirs are the rules that people will ask about.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network
from typing import Any, TypeAlias

from sightline.readiness.problem import shown
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
        tables = _Tables(json.loads(text)["nftables"])
        found = None
        for key in reversed(tables.asked()):
            found = tables.ruleset(key, found)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise unreadable(f"is not what `nft -j list ruleset` prints: {shown(str(error))}", "Mind the -j.") from error
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
        marked: tuple[Line, ...] | None = None
        for statement in statements:
            (kind, value), *_ = statement.items() if isinstance(statement, dict) else ((statement, None),)
            match kind:
                case "match" if lines := self.marked(value, key):
                    marked = lines
                case "match":
                    so_far = [more for each in so_far for more in matched(each, value, self.set_of(key))]
                case "vmap":
                    yield from self.by_verdict_map(value, so_far, key, where, depth)
                    return
                case "accept" | "drop" | "reject" | "return" | "jump" | "goto" | "queue":
                    for each in so_far:
                        for line in self.verdict(kind, value, each, key, where, depth):
                            yield line if marked is None else _where_marked(line, marked)
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

    def marked(self, condition: Json, key: _ChainKey) -> tuple[Line, ...] | None:
        """What an earlier chain marks, if that is what a match asks for and the chain does nothing else: as our own
        target's does. None: it cannot be told."""
        if not (mask := _mask(condition)):
            return None
        before = self.asked()
        for earlier in before[: before.index(key)] if key in before else []:
            marking = {name[2] for name, rules in self.rules.items() if name[:2] == earlier[:2] and _marks(rules, mask)}
            if marking and (lines := self.marking_lines(earlier, marking)):
                return lines
        return None

    def marking_lines(self, key: _ChainKey, marking: set[str]) -> tuple[Line, ...] | None:
        lines: list[Line] = []
        for rule in self.rules[key]:
            *conditions, last = rule["expr"]
            so_far = [Matched.of_family(key[0])]
            for each in conditions:
                if isinstance(each, dict) and "match" in each:
                    so_far = [more for one in so_far for more in matched(one, each["match"], self.set_of(key))]
            target = (last.get("goto") or last.get("jump") or {}).get("target") if isinstance(last, dict) else None
            if so_far and target not in marking:
                return None
            lines += [line for one in so_far for line in one.lines("", "allow")]
        return tuple(lines)

    def set_of(self, key: _ChainKey) -> "Any":
        """What finds a named set of the same table."""

        def find(name: str) -> list[Json]:
            if (*key[:2], name) not in self.sets:
                raise KeyError(f"there is no set {name} in table {key[0]} {key[1]}")
            found: list[Json] = self.sets[*key[:2], name]
            return found

        return find


def _mask(condition: Json) -> int:
    """The bit of `ct mark and BIT != 0`, or 0."""
    left = condition["left"]
    masked = left.get("&") if isinstance(left, dict) else None
    if not masked or masked[0] != {"ct": {"key": "mark"}} or not isinstance(masked[1], int):
        return 0
    operator, right = condition["op"], condition["right"]
    is_set = (operator, right) == ("!=", 0) or (operator in ("==", "in") and right == masked[1])
    return masked[1] if is_set else 0


def _marks(rules: list[Json], mask: int) -> bool:
    """Whether a chain does nothing but set the bit and accept."""
    setting = {"mangle": {"key": _MARK, "value": {"|": [_MARK, mask]}}}
    return len(rules) == 1 and rules[0]["expr"] == [setting, {"accept": None}]


def _where_marked(line: Line, marked: tuple[Line, ...]) -> Line:
    """The line for what is marked only."""
    inner = tuple(replace(each, where=line.where, action=line.action) for each in marked)
    return replace(line, action=Chain(inner))


_MARK: dict[str, Json] = {"ct": {"key": "mark"}}
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
