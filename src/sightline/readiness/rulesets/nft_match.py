"""The matches of nftables' JSON (libnftables-json(5)) as what they leave of all packets. Start at `matched`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, Literal, TypeAlias

from sightline.readiness.permit import Direction
from sightline.readiness.ports import LAST, PortSet, port_set
from sightline.readiness.rulesets.line import Chain, Line
from sightline.readiness.rulesets.ranges import EVERY, Ranges, as_networks, both, network, ranges, without
from sightline.readiness.site import Network

Json: TypeAlias = Any
Transport = Literal["tcp", "udp"]
FindSet = Callable[[str], list[Json]]


@dataclass(frozen=True, slots=True)
class Matched:
    """Packets that begin a conversation and got this far in a rule. None: all."""

    versions: frozenset[int]
    sources: dict[int, Ranges] | None = None
    targets: dict[int, Ranges] | None = None
    transports: frozenset[Transport] = frozenset(("tcp", "udp"))
    ports: PortSet | None = None
    doubts: tuple[str, ...] = ()

    @classmethod
    def of_family(cls, family: str) -> "Matched":
        """All that a table of this family sees."""
        return cls(frozenset({"ip": (4,), "ip6": (6,)}.get(family, (4, 6))))

    def doubted(self, why: str) -> "Matched":
        """The same, if something holds that the text does not decide."""
        return replace(self, doubts=(*self.doubts, why))

    def lines(self, where: str, action: "Literal['allow', 'block', 'return'] | Chain") -> Iterator[Line]:
        """As lines, once for each side that the client may be on."""
        doubt = "; ".join(dict.fromkeys(self.doubts))
        transports: tuple[Transport | None, ...] = (None,) if len(self.transports) == 2 else tuple(self.transports)
        sources, targets = self._side(self.sources), self._side(self.targets)
        if sources is None and targets is None and len(self.versions) == 1:
            targets = tuple(each for version in self.versions for each in as_networks(EVERY[version], version))
        for transport in transports:
            if self.sources is None and self.targets is None and len(self.versions) == 2:
                yield Line(where, action, None, None, None, transport, self.ports, doubt)
                continue
            directions: tuple[tuple[Direction, Any, Any], ...] = (
                ("outbound", sources, targets),
                ("inbound", targets, sources),
            )
            for direction, clients, remotes in directions:
                yield Line(where, action, direction, clients, remotes, transport, self.ports, doubt)

    def _side(self, found: dict[int, Ranges] | None) -> tuple[Network, ...] | None:
        if found is None:
            return None
        return tuple(each for version in sorted(self.versions) for each in as_networks(found.get(version, ()), version))


def matched(so_far: Matched, condition: Json, find: FindSet) -> Iterator[Matched]:
    """What a match leaves; nothing if it is never true of a packet that begins a conversation."""
    left, operator = condition["left"], condition["op"]
    key = _key(left)
    implied = _implied(so_far, left)
    if implied is None:
        return
    so_far = implied
    try:
        items = _items(condition["right"], find)
        negated = operator == "!="
        if operator not in ("==", "!=", "in") and key != "dport":
            raise ValueError(operator)
        match key:
            case "ip saddr" | "ip daddr" | "ip6 saddr" | "ip6 daddr":
                yield from _addressed(so_far, key, items, negated)
            case "dport":
                yield from _at_ports(so_far, _ports(items, operator))
            case "sport":
                yield from _from_ports(so_far, _ports(items, operator))
            case "l4proto":
                found = frozenset(each for each in so_far.transports if (each in _names(items)) != negated)
                if found:
                    yield replace(so_far, transports=found)
            case "nfproto":
                wanted = {{"ipv4": 4, "ip": 4, "ipv6": 6, "ip6": 6}.get(str(each)) for each in items}
                if versions := frozenset(each for each in so_far.versions if (each in wanted) != negated):
                    yield replace(so_far, versions=versions)
            case "ct state":
                # What is untracked begins nothing either: only rules of type raw make it so.
                if ("new" in _names(items)) != negated:
                    yield so_far
            case "tcp flags":
                if _names(items) != {"syn"} or negated:
                    raise ValueError("flags")
                yield so_far
            case _:
                raise ValueError(key)
    except (ValueError, TypeError):
        yield so_far.doubted(f"it asks for {_called(left)}, which the text does not decide")


def _implied(so_far: Matched, left: Json) -> Matched | None:
    """What a match leaves by the protocols whose fields it asks for: nft does not print that it asks for them first."""
    for protocol in _protocols(left):
        if protocol in ("tcp", "udp"):
            so_far = replace(so_far, transports=so_far.transports & {protocol})
        elif protocol in ("ip", "ip6"):
            so_far = replace(so_far, versions=so_far.versions & {4 if protocol == "ip" else 6})
        elif protocol in _NEITHER:
            return None
    return so_far if so_far.transports and so_far.versions else None


def _protocols(left: Json) -> Iterator[str]:
    if not isinstance(left, dict):
        return
    for part in (*left.get("&", ()), *left.get("concat", ())):
        yield from _protocols(part)
    if "payload" in left:
        yield str(left["payload"].get("protocol", ""))
    elif "tcp option" in left:
        yield "tcp"


def _key(left: Json) -> str:
    if not isinstance(left, dict):
        return ""
    if payload := left.get("payload"):
        protocol, name = payload.get("protocol"), payload.get("field")
        if name in ("sport", "dport") and protocol in ("tcp", "udp", "th"):
            return str(name)
        if name in ("protocol", "nexthdr") and protocol in ("ip", "ip6"):
            return "l4proto"
        return f"{protocol} {name}"
    if meta := left.get("meta"):
        return {"l4proto": "l4proto", "nfproto": "nfproto", "protocol": "nfproto"}.get(meta.get("key"), "")
    if ct := left.get("ct"):
        return f"ct {ct.get('key')}"
    if masked := left.get("&"):
        inner = masked[0]
        return "tcp flags" if isinstance(inner, dict) and _key(inner) == "tcp flags" else ""
    return ""


def _items(right: Json, find: FindSet) -> list[Json]:
    """The right side as a list, whatever form it has."""
    if isinstance(right, str) and right.startswith("@"):
        right = find(right[1:])
    if isinstance(right, dict) and "set" in right:
        right = right["set"]
    if not isinstance(right, list):
        right = [right]
    return [each["elem"]["val"] if isinstance(each, dict) and "elem" in each else each for each in right]


def _names(items: list[Json]) -> set[str]:
    return {_NUMBERED.get(each, str(each)) if isinstance(each, int) else str(each) for each in items}


def _addressed(so_far: Matched, key: str, items: list[Json], negated: bool) -> Iterator[Matched]:
    version = 4 if key.startswith("ip ") else 6
    if version not in so_far.versions:
        return
    found = ranges(_span(each, version) for each in items)
    if negated:
        found = without(EVERY[version], found)
    before = so_far.sources if key.endswith("saddr") else so_far.targets
    now = {version: found if before is None else both(before.get(version, ()), found)}
    if now[version]:
        versions = frozenset((version,))
        if key.endswith("saddr"):
            yield replace(so_far, versions=versions, sources=now)
        else:
            yield replace(so_far, versions=versions, targets=now)


def _span(item: Json, version: int) -> tuple[int, int]:
    if isinstance(item, dict) and "prefix" in item:
        found = network(f"{item['prefix']['addr']}/{item['prefix']['len']}")
    elif isinstance(item, dict) and "range" in item:
        first, last = (ip_address(str(each)) for each in item["range"])
        if first.version != version or last.version != version:
            raise ValueError("another family")
        return int(first), int(last)
    else:
        found = network(item)
    if found.version != version:
        raise ValueError("another family")
    return int(found.network_address), int(found.broadcast_address)


def _ports(items: list[Json], operator: str) -> PortSet:
    pairs = []
    for each in items:
        first, last = each["range"] if isinstance(each, dict) else (each, each)
        match operator:
            case "<":
                first, last = 0, first - 1
            case "<=":
                first = 0
            case ">":
                first, last = first + 1, LAST
            case ">=":
                last = LAST
        if not 0 <= first <= LAST or not 0 <= last <= LAST:
            raise ValueError("ports")
        if max(first, 1) <= last:
            pairs.append((max(first, 1), last))
    found = port_set(pairs)
    return port_set([(1, LAST)]) - found if operator == "!=" else found


def _at_ports(so_far: Matched, ports: PortSet) -> Iterator[Matched]:
    if now := ports if so_far.ports is None else so_far.ports & ports:
        yield replace(so_far, ports=now)


def _from_ports(so_far: Matched, ports: PortSet) -> Iterator[Matched]:
    if port_set([(1024, LAST)]) - ports:
        so_far = so_far.doubted(f"it is for packets from port {ports}, and clients take any above 1023")
    yield so_far


def _called(left: Json) -> str:
    if isinstance(left, dict):
        for kind in ("meta", "ct"):
            if kind in left:
                return f"{kind} {left[kind].get('key')}"
        if "payload" in left:
            payload = left["payload"]
            return f"{payload.get('protocol', 'bytes')} {payload.get('field', '')}".strip()
        if "&" in left and isinstance(left["&"], list):
            return _called(left["&"][0])
        return next(iter(left), "something")
    return "something"


_NUMBERED = {6: "tcp", 17: "udp"}
_NEITHER = ("icmp", "icmpv6", "igmp", "sctp", "dccp", "udplite", "esp", "ah", "comp", "gre", "arp")
