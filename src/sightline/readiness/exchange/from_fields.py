"""Endpoint lists that are made for programs: Microsoft 365 endpoint sets, the ranges of AWS and Azure, plain lists."""

import json
import re
from collections import defaultdict
from typing import Any

from sightline.readiness.exchange.draft import Found, Read, cut
from sightline.readiness.exchange.fields import hosts, ports, records, text_of, texts_of
from sightline.readiness.manifest import Defect, Endpoint, Ports


def read_m365(value: Any, title: str, pick: str = "") -> Read:
    """One requirement for each endpoint set."""
    found = []
    for record in records(value):
        area = text_of(record, "serviceArea")
        if pick and pick.casefold() not in (area.casefold(), text_of(record, "id")):
            continue
        endpoints, doubts = hosts([*texts_of(record, "urls"), *texts_of(record, "ips")])
        opened = (*ports("tcp", text_of(record, "tcpPorts")), *ports("udp", text_of(record, "udpPorts")))
        notes = text_of(record, "notes")
        is_required = record.get("required") is True
        shown = text_of(record, "serviceAreaDisplayName") or area
        found.append(
            Found(
                quote=_quoted(record),
                purpose=" ".join(filter(None, (shown, text_of(record, "id"), notes))) or "not said",
                name=f"{area}-{text_of(record, 'id')}",
                endpoints=endpoints or (Endpoint("missing", "no urls and no ips"),),
                ports=opened or (Ports("not_said", ""),),
                doubts=doubts or (() if endpoints else ((0, "missing", "The set has no urls and no ips."),)),
                necessity="required" if is_required else "optional",
                lost=notes or "not said",
                initiator="from",
                is_stated=True,
            )
        )
    return Read(title, tuple(found), defects=_strangers(value))


def read_aws(value: Any, title: str, pick: str = "") -> Read:
    """One requirement for each service and region; the file knows no ports."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record in (*records(value.get("prefixes")), *records(value.get("ipv6_prefixes"))):
        service, region = text_of(record, "service"), text_of(record, "region")
        if not pick or pick.casefold() in (service.casefold(), region.casefold()):
            groups[service, region].append(text_of(record, "ip_prefix") or text_of(record, "ipv6_prefix"))
    found = (_ranges(f"{service} {region}", region, texts) for (service, region), texts in sorted(groups.items()))
    return Read(title, tuple(found), text_of(value, "createDate"))


def read_azure(value: Any, title: str, pick: str = "") -> Read:
    """One requirement for each service tag; the file knows no ports."""
    found = []
    for record in records(value.get("values")):
        properties = record.get("properties")
        within = properties if isinstance(properties, dict) else {}
        name, region = text_of(record, "name"), text_of(within, "region")
        if not pick or pick.casefold() in (name.casefold(), region.casefold()):
            found.append(_ranges(name, region, texts_of(within, "addressPrefixes")))
    return Read(title, tuple(one for one in found if one.endpoints), text_of(value, "changeNumber"))


def read_list(text: str, title: str) -> Read:
    """One host a line; a line that begins with # names what follows."""
    groups: dict[str, list[str]] = {}
    heading = title
    for line in text.splitlines():
        plain = cut(line.partition(" #")[0] if not line.lstrip().startswith("#") else line)
        if plain.startswith(("#", ";", "//")):
            heading = plain.lstrip("#;/ ") or heading
        elif plain:
            groups.setdefault(heading, []).append(plain)
    return Read(title, tuple(_listed(name, texts) for name, texts in groups.items()))


def _listed(name: str, texts: list[str]) -> Found:
    endpoints, doubts = hosts(texts)
    quote = " ".join(texts[:_QUOTED])
    return Found(quote, name, endpoints, (Ports("not_said", ""),), doubts=doubts)


def _ranges(name: str, region: str, texts: list[str]) -> Found:
    endpoints, doubts = hosts([text or "not said" for text in texts])
    regions = (region,) if region and region.upper() != "GLOBAL" else ()
    quote = f"{name}: {' '.join(texts[:_QUOTED])}" + (f" and {len(texts) - _QUOTED} more" if texts[_QUOTED:] else "")
    return Found(quote, name, endpoints, (Ports("not_said", ""),), doubts=doubts, initiator="from", regions=regions)


def _quoted(record: dict[str, Any]) -> str:
    return re.sub(r"\s+", " ", json.dumps(record, ensure_ascii=False))


def _strangers(value: Any) -> tuple[Defect, ...]:
    """Items that are no tables: nothing is dropped without a word."""
    lost = [each for each in value if not isinstance(each, dict)] if isinstance(value, list) else []
    why = "It is no endpoint set."
    return tuple(Defect("damaged-text", cut(json.dumps(each))[:200] or "?", why, "Look at it.") for each in lost[:20])


_QUOTED = 20  # of a list; the whole of it stands in the endpoints
