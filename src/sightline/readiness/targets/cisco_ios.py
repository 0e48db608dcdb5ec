"""Cisco IOS and IOS XE routers: named lists for each family and direction.

An access list keeps no state, so each permit is reflected into a list of answers, and the list of the other direction
evaluates that. `established` would be no more than a flag anybody can set, and UDP has no such flag. Object groups are
left aside: they hold no IPv6, and a line with them cannot be reflected.
"""

from collections.abc import Iterator

from sightline.readiness.permit import Direction, Loss
from sightline.readiness.ports import PortSet
from sightline.readiness.site import Network
from sightline.readiness.targets.addresses import VERSIONS, Pair, Version, by_family
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.objects import ObjectNames, ends, text_of, word
from sightline.readiness.targets.target import File, Order, Rules, Target
from sightline.readiness.targets.timers import Keeping


def render(order: Order) -> Rules:
    """The lists of one order."""
    found = by_family(order)
    if not found.pairs:
        return Rules((), found.losses)
    # The direction has to be read in the name, however long the service's is.
    service = ObjectNames(order.service, _SERVICE_MOST).of()
    text = "\n".join((*_header(order, service), *_lists(service, found.pairs), ""))
    undo = "\n".join(f"no {line}" for line in _openings(service, found.pairs)) + "\n"
    states = dict.fromkeys(pair.permit.requirement.id for pair in found.pairs)
    timed = _KEEPING.kept((pair.permit.requirement, pair.permit.transport) for pair in found.pairs)
    return Rules(
        (
            File(f"{order.service}-cisco-ios.txt", text, "Paste in configuration mode; says where the lists go."),
            File(f"{order.service}-cisco-ios-undo.txt", undo, "Takes the lists away, once no interface uses them."),
        ),
        (*found.losses, *(Loss(each, "not_enforced", "answers-reflected", *_ANSWERS) for each in states)),
        timed=timed,
    )


def _lists(service: str, pairs: tuple[Pair, ...]) -> Iterator[str]:
    for opening in _openings(service, pairs):
        yield f"no {opening}"
    for version, direction in _used(pairs):
        yield _opening(service, version, direction)
        said = ""
        for pair in pairs:
            if (pair.version, pair.permit.direction) == (version, direction):
                if (remark := f" remark {comment(_purpose(pair), _COMMENT_MOST)}") != said:
                    yield (said := remark)
                yield from (f" permit {each}" for each in _lines(service, pair))
        if any((pair.version, pair.permit.direction) == (version, _AGAINST[direction]) for pair in pairs):
            yield f" evaluate {_state(service, version, _AGAINST[direction])}"


def _openings(service: str, pairs: tuple[Pair, ...]) -> list[str]:
    return [_opening(service, version, direction) for version, direction in _used(pairs)]


def _used(pairs: tuple[Pair, ...]) -> Iterator[tuple[Version, Direction]]:
    """Both directions of each family that has a pair: what one permits, the other must let back."""
    for version in VERSIONS:
        if any(pair.version == version for pair in pairs):
            yield version, "outbound"
            yield version, "inbound"


def _opening(service: str, version: Version, direction: Direction) -> str:
    return f"{'ip access-list extended' if version == 4 else 'ipv6 access-list'} {_name(service, version, direction)}"


def _name(service: str, version: Version, direction: Direction) -> str:
    return f"{service}-v{version}-{direction}"


def _state(service: str, version: Version, direction: Direction) -> str:
    return f"{_name(service, version, direction)}-answers"


def _lines(service: str, pair: Pair) -> Iterator[str]:
    state = _state(service, pair.version, pair.permit.direction)
    idle = _KEEPING.seconds(pair.permit.requirement, pair.permit.transport)
    timer = f" timeout {idle}" if idle else ""
    for client in pair.clients:
        for remote in pair.remotes:
            source, destination = ends(pair.permit.direction, _operand(client), _operand(remote))
            for ports in _ports(pair.permit.ports):
                yield f"{pair.permit.transport} {source} {destination} {ports} reflect {state}{timer}"


def _operand(network: Network) -> str:
    if network.prefixlen == 0:
        return "any"
    if network.num_addresses == 1:
        return f"host {text_of(network)}"
    return str(network) if network.version == 6 else f"{network.network_address} {network.hostmask}"


def _ports(ports: PortSet) -> Iterator[str]:
    for first, last in ports.ranges:
        yield f"eq {first}" if first == last else f"range {first} {last}"


def _purpose(pair: Pair) -> str:
    return f"{pair.permit.requirement.id}: {pair.permit.requirement.purpose}"


def _header(order: Order, service: str) -> Iterator[str]:
    yield f"! {comment(order.title, 60)}: what it needs, for Cisco IOS and IOS XE routers. Switches do not reflect."
    yield "! The lists are bound to nothing. Where the interface has a list already, put the lines into it, above what"
    yield "! denies. Where it has none, a bound list denies all the rest:"
    yield f"!   interface {word(order.site.inside)}"
    for version in VERSIONS:
        bind = "ip access-group" if version == 4 else "ipv6 traffic-filter"
        yield f"!    {bind} {_name(service, version, 'outbound')} in"
        yield f"!    {bind} {_name(service, version, 'inbound')} out"
    yield "! Both on the inside: on the outside, a router that translates addresses would not know the answers again."
    yield "! Loading this again makes the lists anew. Take them off the interface before: a list that is bound and gone"
    yield "! lets everything pass."


_AGAINST: dict[Direction, Direction] = {"outbound": "inbound", "inbound": "outbound"}
_ANSWERS = (
    "answers",
    "Reflected answers go by addresses and ports, end after 300 seconds of silence unless the line says otherwise, and "
    "know no second connection.",
    "Use the zone-based firewall where there is one, with these lists as its class maps.",
)
_KEEPING = Keeping(tcp=300, udp=300, most=2_147_483)  # Cisco IOS command reference: ip reflexive-list timeout
_SERVICE_MOST = 40  # Guess, on the side of what people read: IOS takes names of more than 64 characters
_COMMENT_MOST = 100  # Cisco IOS command reference, remark

TARGET = Target(
    "cisco-ios",
    "Cisco IOS and IOS XE",
    render,
    "Routers, for switches do not reflect. Names are looked up in the site file only. The lists are bound to nothing; "
    "the file says where they go. The second file takes them away.",
)
