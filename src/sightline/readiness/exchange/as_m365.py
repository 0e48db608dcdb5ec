"""The shape of the Microsoft 365 endpoints service, which many scripts already read: endpoint sets, the version, and
the changes since another version.

The fields and their values are those of learn.microsoft.com/microsoft-365/enterprise/microsoft-365-ip-web-service.
"""

import datetime
import json
import zlib
from typing import Any

from sightline.readiness.diff import actions
from sightline.readiness.exchange.exported import Exported, opened, unheld, wildcards
from sightline.readiness.manifest import Manifest, Requirement
from sightline.readiness.permit import Anywhere, Loss, Name, Wildcard
from sightline.readiness.ports import PortSet
from sightline.readiness.site import Widening

Set = dict[str, Any]


def write(manifest: Manifest, widen: frozenset[Widening] = frozenset()) -> Exported:
    """The endpoint sets, one for each requirement that has something to open."""
    losses: dict[Loss, None] = {}
    sets = _sets(manifest, widen, losses)
    losses.update(dict.fromkeys(unheld(manifest, _HELD)))
    return Exported(_json(sets), tuple(losses))


def version(manifest: Manifest, today: datetime.date) -> Exported:
    """The `/version` document."""
    return Exported(_json([{"instance": manifest.service, "latest": number(manifest, today)}]))


def changes(old: Manifest, new: Manifest, today: datetime.date, widen: frozenset[Widening] = frozenset()) -> Exported:
    """The `/changes` document from one version to the next, with the days that `diff` gives."""
    losses: dict[Loss, None] = {}
    before = {one["id"]: one for one in _sets(old, widen, losses)}
    after = {one["id"]: one for one in _sets(new, widen, losses)}
    days = {name: one.by for one in actions(old, new) if one.by for name in one.requirements}
    names = {_number(one): one.id for one in (*old.requirements, *new.requirements)}
    found: list[Set] = []
    for identity in dict.fromkeys((*after, *before)):
        day = days.get(names[identity]) or new.effective
        change = _change(before.get(identity), after.get(identity), day)
        if change:
            base = {"id": len(found) + 1, "endpointSetId": identity, "version": number(new, today)}
            found.append({**base, **change})
    return Exported(_json(found), tuple(losses))


def number(manifest: Manifest, today: datetime.date) -> str:
    """YYYYMMDDNN: the day from which it holds, else that of its documents, else today."""
    days = [one.modified for one in manifest.documents if one.modified]
    return f"{manifest.effective or max(days, default=today):%Y%m%d}00"


def _sets(manifest: Manifest, widen: frozenset[Widening], losses: dict[Loss, None]) -> list[Set]:
    hosts: dict[str, dict[str, dict[str, None]]] = {}
    ports: dict[str, dict[str, PortSet]] = {}
    for permit in opened(manifest, widen, losses):
        name = permit.requirement.id
        if permit.direction == "inbound":
            losses[
                _loss(name, "inbound", "It is begun from outside, and the format only knows what clients begin.")
            ] = None
            continue
        into = hosts.setdefault(name, {"urls": {}, "ips": {}})
        match permit.remote:
            case Name(text):
                into["urls"][text] = None
            case Wildcard():
                into["urls"].update(dict.fromkeys(wildcards(permit, widen, losses)))
            case Anywhere():
                losses[_loss(name, "peers", "The format has no word for any address.")] = None
            case network:
                into["ips"][str(network)] = None
        both = ports.setdefault(name, {"tcp": PortSet(), "udp": PortSet()})
        both[permit.transport] |= permit.ports
    return [
        _set(manifest, one, hosts[one.id], ports[one.id])
        for one in manifest.requirements
        if one.id in hosts and any(hosts[one.id].values())
    ]


def _set(manifest: Manifest, one: Requirement, hosts: dict[str, dict[str, None]], ports: dict[str, PortSet]) -> Set:
    found: Set = {"id": _number(one), "serviceArea": manifest.service, "serviceAreaDisplayName": manifest.title}
    found |= {name: list(entries) for name, entries in hosts.items() if entries}
    found |= {f"{name}Ports": str(each).replace(" ", "") for name, each in ports.items() if each}
    notes = one.lost or " ".join(symptom.text for symptom in one.symptoms)
    return {
        **found,
        "expressRoute": False,
        "category": _category(one),
        "required": one.necessity == "required",
        "notes": f"{one.id}: {one.purpose}. {notes}".strip(),
    }


def _category(one: Requirement) -> str:
    """Optimize is for what suffers most from a detour, Allow for what must work, Default for the rest."""
    media = one.protocol in ("turn", "stun", "rtp", "webrtc", "sip") and any(p.transport == "udp" for p in one.ports)
    if media and one.necessity in ("required", "recommended"):
        return "Optimize"
    return "Allow" if one.necessity == "required" else "Default"


def _change(before: Set | None, after: Set | None, day: datetime.date | None) -> dict[str, Any]:
    added = {name: [each for each in (after or {}).get(name, ()) if each not in (before or {}).get(name, ())]
             for name in ("ips", "urls")}  # fmt: skip
    removed = {name: [each for each in (before or {}).get(name, ()) if each not in (after or {}).get(name, ())]
               for name in ("ips", "urls")}  # fmt: skip
    previous, current = ({key: (one or {}).get(key) for key in _COMPARED} for one in (before, after))
    if previous == current and not any((*added.values(), *removed.values())):
        return {}
    change: dict[str, Any] = {"disposition": "Add" if before is None else "Remove" if after is None else "Change"}
    change["impact"] = _impact(added, removed)
    differs = [key for key in _COMPARED if previous[key] != current[key]]
    if before is not None and after is not None and differs:
        change["previous"] = {key: previous[key] for key in differs}
        change["current"] = {key: current[key] for key in differs}
    if any(added.values()):
        when = {"effectiveDate": f"{day:%Y%m%d}"} if day else {}
        change["add"] = when | {name: found for name, found in added.items() if found}
    if any(removed.values()):
        change["remove"] = {name: found for name, found in removed.items() if found}
    return change


def _impact(added: dict[str, list[str]], removed: dict[str, list[str]]) -> str:
    if added["ips"] or added["urls"]:
        both = bool(added["ips"]) and bool(added["urls"])
        return "AddedIpAndUrl" if both else "AddedIp" if added["ips"] else "AddedUrl"
    return "RemovedIpOrUrl" if any(removed.values()) else "OtherNonPriorityChanges"


def _number(one: Requirement) -> int:
    """The same in every version, whatever stands before it in the file."""
    return zlib.crc32(one.id.encode()) & 0x7FFFFFFF


def _loss(requirement: str, what: str, why: str) -> Loss:
    return Loss(requirement, "left_out", "no-place", what, why, "Send the JSON form along.")


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


_COMPARED = ("tcpPorts", "udpPorts", "category", "required", "notes")
_HELD = ("symptoms", "lost")
