"""A Manufacturer Usage Description (RFC 8520) to a draft."""

import json
from collections.abc import Iterator
from typing import Any, Literal

from sightline.readiness.exchange.draft import Found, Read, cut
from sightline.readiness.exchange.fields import hosts, records, text_of
from sightline.readiness.manifest import Defect, Endpoint, Ports, Transport
from sightline.readiness.ports import LAST


def read_mud(value: dict[str, Any], title: str) -> Read:
    """One requirement for each far side and direction; what the same list says for both families is one."""
    mud = _table(value, "ietf-mud:mud")
    lists = {text_of(acl, "name"): acl for acl in records(_table(value, "ietf-access-control-list:acls").get("acl"))}
    lists |= {
        text_of(acl, "name"): acl for acl in records(_table(value, "ietf-access-control-list:access-lists").get("acl"))
    }
    found: dict[tuple[str, str, str, str], Found] = {}
    defects: list[Defect] = []
    for way in ("from", "to"):
        policy = _table(_table(mud, f"{way}-device-policy"), "access-lists")
        for name in (text_of(each, "name") for each in records(policy.get("access-list"))):
            if name not in lists:
                defects.append(Defect("lost-list", name or "?", "The policy names a list that is not there.", "Ask."))
                continue
            for ace in records(_table(lists[name], "aces").get("ace")):
                one = _found(ace, way)
                if one is not None:
                    end, opened = one.endpoints[0], one.ports[0]
                    found.setdefault((end.text, opened.transport, opened.set, one.initiator), one)
    return Read(text_of(mud, "systeminfo") or title, tuple(found.values()), defects=tuple(defects))


def _found(ace: dict[str, Any], way: str) -> Found | None:
    matches = _table(ace, "matches")
    if _table(ace, "actions").get("forwarding", "accept") != "accept":
        return None
    transport: Transport = "tcp" if "tcp" in matches else "udp" if "udp" in matches else "not_said"
    through = _table(matches, transport)
    begins = text_of(through, "ietf-mud:direction-initiated")
    if way == "to" and begins != "to-device":
        return None  # the answers to what the device began; they come back by state
    initiator: Literal["from", "to"] = "to" if begins == "to-device" else "from"
    far: Literal["dst", "src"] = "dst" if way == "from" else "src"
    endpoints, doubts = hosts(list(_far(matches, far)))
    server = "destination-port" if (way == "from") == (initiator == "from") else "source-port"
    return Found(
        quote=json.dumps(ace),
        purpose=text_of(ace, "name") or "not said",
        endpoints=endpoints or (Endpoint("missing", cut(json.dumps(matches)) or "?"),),
        ports=(Ports(transport, _ports(_table(through, server))),),
        doubts=doubts or (() if endpoints else ((0, "missing", "It names no host outside."),)),
        initiator=initiator,
    )


def _far(matches: dict[str, Any], side: Literal["dst", "src"]) -> Iterator[str]:
    words = {"dst": "destination", "src": "source"}
    for family in ("ipv4", "ipv6"):
        address = _table(matches, family)
        yield from filter(None, (text_of(address, f"ietf-acldns:{side}-dnsname"),))
        yield from filter(None, (text_of(address, f"{words[side]}-{family}-network"),))


def _ports(port: dict[str, Any]) -> str:
    first, last = (port.get("lower-port"), port.get("upper-port")) if "lower-port" in port else (port.get("port"),) * 2
    operator = port.get("operator", "eq")
    is_sound = all(isinstance(each, int) and not isinstance(each, bool) for each in (first, last))
    if not is_sound or operator != "eq" or not 1 <= first <= last <= LAST:  # type: ignore[operator]
        return ""
    return str(first) if first == last else f"{first}-{last}"


def _table(value: Any, name: str) -> dict[str, Any]:
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}
