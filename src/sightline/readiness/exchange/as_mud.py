"""A Manufacturer Usage Description (RFC 8520): access lists as a switch applies them to one kind of device."""

import datetime
import json
from collections.abc import Iterator
from typing import Any

from sightline.readiness.exchange.exported import Exported, opened, unheld
from sightline.readiness.manifest import Manifest
from sightline.readiness.permit import Anywhere, Loss, Name, Permit, Wildcard

Ace = dict[str, Any]


def write(manifest: Manifest, url: str, written: datetime.datetime) -> Exported:
    """The file that is to be served at `url`."""
    losses: dict[Loss, None] = {}
    permits = list(_fitting(manifest, losses))
    lists = {f"{way}-{version}": list(_aces(permits, way, version)) for way in ("from", "to") for version in (4, 6)}
    used = {name: aces for name, aces in lists.items() if aces}
    losses.update(dict.fromkeys(unheld(manifest, ("flows",))))
    body = {
        "ietf-mud:mud": {
            "mud-version": 1,
            "mud-url": url,
            "last-update": written.isoformat(timespec="seconds"),
            "cache-validity": 48,  # RFC 8520 §3.5: the default, in hours
            "is-supported": True,
            "systeminfo": manifest.title[:60],  # RFC 8520 §3.7: at most 60 characters
            **{f"{way}-device-policy": _policy(used, way) for way in ("from", "to")},
        },
        "ietf-access-control-list:acls": {
            "acl": [
                {"name": name, "type": f"ipv{name[-1]}-acl-type", "aces": {"ace": aces}} for name, aces in used.items()
            ]
        },
    }
    return Exported(json.dumps(body, indent=2) + "\n", tuple(losses))


def _fitting(manifest: Manifest, losses: dict[Loss, None]) -> Iterator[Permit]:
    for permit in opened(manifest, frozenset(), losses):
        name = permit.requirement.id
        match permit.remote:
            case Wildcard(base):
                why = "Only whole names can be written (RFC 8520 §8.1)."
                losses[Loss(name, "left_out", "no-wildcards", f"*.{base}", why, "Ask the vendor for names.")] = None
            case Anywhere():
                why = "Other clients cannot be told from every address."
                losses[Loss(name, "left_out", "peers-anywhere", "peers", why, "Name their networks.")] = None
            case _:
                if permit.transport == "udp":
                    why = "Who begins can be said for TCP only (RFC 8520 §8.3)."
                    losses[Loss(name, "not_enforced", "no-direction", "who begins on UDP", why, "Keep state.")] = None
                yield permit


def _policy(used: dict[str, list[Ace]], way: str) -> dict[str, Any]:
    return {"access-lists": {"access-list": [{"name": name} for name in used if name.startswith(way)]}}


def _aces(permits: list[Permit], way: str, version: int) -> Iterator[Ace]:
    """One for each range: a match holds one."""
    for number, permit in enumerate(permits):
        if not isinstance(permit.remote, Name) and getattr(permit.remote, "version", 0) != version:
            continue
        for first, last in permit.ports.ranges:
            # RFC 8519: a name has at most 64 characters.
            name = f"{permit.requirement.id[:40]}-{number}-{first}"
            yield {"name": name, "matches": _matches(permit, way, version, first, last), "actions": _ACCEPT}


def _matches(permit: Permit, way: str, version: int, first: int, last: int) -> dict[str, Any]:
    """From the device the far side is the destination, to the device it is the source. Ports are those of the side
    that does not begin."""
    far, near = ("destination", "source") if way == "from" else ("source", "destination")
    server = far if permit.direction == "outbound" else near
    address: dict[str, Any] = {"protocol": 6 if permit.transport == "tcp" else 17}
    if isinstance(permit.remote, Name):
        address[f"ietf-acldns:{'dst' if far == 'destination' else 'src'}-dnsname"] = permit.remote.text
    else:
        address[f"{far}-ipv{version}-network"] = str(permit.remote)
    port = {"operator": "eq", "port": first} if first == last else {"lower-port": first, "upper-port": last}
    transport: dict[str, Any] = {f"{server}-port": port}
    if permit.transport == "tcp":
        begins = "from" if permit.direction == "outbound" else "to"
        transport["ietf-mud:direction-initiated"] = f"{begins}-device"
    return {f"ipv{version}": address, permit.transport: transport}


_ACCEPT = {"forwarding": "accept"}
