"""Which probes prove which requirements: the cheapest, few of a range, and none that nobody named. Start at `plan`."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from sightline.readiness.check.probe import Bind, Connect, Handshake, Probe, Upgrade, chain
from sightline.readiness.manifest import Manifest, Requirement
from sightline.readiness.permit import Name, Permit, Wildcard, lower
from sightline.readiness.ports import PortSet
from sightline.readiness.site import Selection, Site
from sightline.readiness.targets.losses import described


@dataclass(frozen=True, slots=True)
class Aim:
    """A part of a requirement, and the probes that would prove it: all of them have to work."""

    requirement: Requirement
    what: str
    """Such as `cms.scopear.com, TCP 443`."""
    probes: tuple[Probe, ...]
    is_sample: bool = False
    """There are more ports or hosts than were tried; what was not tried is inferred."""


@dataclass(frozen=True, slots=True)
class Untested:
    """A part of a requirement that cannot be tried from here, and why."""

    requirement: Requirement
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried. `probes` in the order in which they are worth trying, each once."""

    aims: tuple[Aim, ...]
    untested: tuple[Untested, ...]
    probes: tuple[Probe, ...]
    private: tuple[str, ...]
    """Hosts of the manifest that are addresses inside somebody's network."""


def plan(manifest: Manifest, site: Site, selection: Selection, *, is_own: bool = False) -> Plan:
    """The plan. Of a Sightline it is known where its WebSocket is, and that each of its ports speaks STUN."""
    lowered = lower(manifest, site, selection, frozenset())
    by_id = {one.id: one for one in manifest.requirements}
    aims: list[Aim] = []
    untested: list[Untested] = []
    for permit in lowered.permits:
        for found in _of(permit, is_own):
            if isinstance(found, Aim):
                aims.append(found)
            else:
                untested.append(found)
    untested += [
        Untested(by_id[loss.requirement], loss.what, loss.why) for loss in lowered.losses if loss.effect == "left_out"
    ]
    probes = dict.fromkeys(step for aim in aims for probe in aim.probes for step in chain(probe))
    private = dict.fromkeys(host for host in map(_host_of, probes) if _is_private(host))
    return Plan(tuple(aims), tuple(untested), tuple(probes), tuple(private))


def _of(permit: Permit, is_own: bool) -> Iterator[Aim | Untested]:
    one, what = permit.requirement, described(permit)
    host = _host(permit)
    if permit.direction == "inbound":
        yield Untested(one, what, "It is opened from outside; from inside nothing of it can be seen.")
    elif host is None:
        why = "No host is named by it." if isinstance(permit.remote, Wildcard) else "It is a whole network."
        yield Untested(one, what, why)
    elif permit.transport == "tcp":
        ports = _sample(permit.ports)
        probes = tuple(_tcp(one, host, isinstance(permit.remote, Name), port, is_own) for port in ports)
        yield Aim(one, what, probes, is_sample=len(ports) < permit.ports.size)
    else:
        yield from _udp(permit, host, what)


def _tcp(one: Requirement, host: str, is_named: bool, port: int, is_own: bool) -> Probe:
    match one.protocol:
        case "wss" if is_own:
            return Upgrade(host, port, is_named, _SOCKET)
        case "https" | "wss":
            return Connect(host, port, is_named) if port == _HTTP else Handshake(host, port, is_named)
        case "turns":
            return Bind(host, port, is_named, "tls")
        case "turn" | "stun" if is_own or port in _STUN:
            return Bind(host, port, is_named, "tls" if port == _TURNS else "tcp")
    return Connect(host, port, is_named)


def _udp(permit: Permit, host: str, what: str) -> Iterator[Aim | Untested]:
    """Only STUN and TURN answer a stranger over UDP; silence of anything else would say nothing."""
    one = permit.requirement
    is_named = isinstance(permit.remote, Name)
    single = tuple(first for first, last in permit.ports.ranges if first == last)
    if one.protocol not in ("stun", "turn", "turns", "webrtc"):
        yield Untested(one, what, "Nothing answers over UDP unless it is spoken to in its own protocol.")
        return
    if single:
        probes = tuple(Bind(host, port, is_named, "udp") for port in single)
        yield Aim(one, f"{what.partition(',')[0]}, UDP {', '.join(map(str, single))}", probes)
    if ranges := [f"{first}-{last}" for first, last in permit.ports.ranges if first < last]:
        why = "These are ports of relayed addresses, which answer only in a call."
        yield Untested(one, f"{what.partition(',')[0]}, UDP {', '.join(ranges)}", why)


def _sample(ports: PortSet) -> tuple[int, ...]:
    """Every single port, and of each range its ends and its middle: enough to see whether it was forgotten, few enough
    to be no scan."""
    found: dict[int, None] = {}
    for first, last in ports.ranges:
        found.update(dict.fromkeys((first, (first + last) // 2, last)))
    return tuple(found)[:_PORTS_MOST]


def _host(permit: Permit) -> str | None:
    match permit.remote:
        case Name(text):
            return text
        case IPv4Network() | IPv6Network() as network if network.num_addresses == 1:
            return str(network.network_address)
    return None


def _host_of(probe: Probe) -> str:
    return probe.host


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


_SOCKET = "/signal"
_HTTP, _TURNS = 80, 5349
_STUN = (3478, 5349)
_PORTS_MOST = 24  # Guess: of the five profiles the largest set has 13 ranges; more would look like a scan
