"""Names of address and port objects, and port sets cut to what a firewall takes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sightline.readiness.permit import Direction, Loss, Name, Wildcard
from sightline.readiness.ports import PortSet
from sightline.readiness.targets.bundles import Bundle, Member, lettered
from sightline.readiness.targets.names import RuleNames
from sightline.readiness.targets.target import Order


class ObjectNames:
    """Names of a service's objects by what they hold, so that equal things are one object, today and next year.

    They begin with the service: whoever takes one service's objects away leaves another's alone."""

    def __init__(self, service: str, most: int, allowed: str = "A-Za-z0-9._-") -> None:
        self._service = lettered(service)
        self._most = most
        self._plain = re.compile(f"[{allowed}]+", re.ASCII)
        self._hashed = RuleNames(most)

    def of(self, *parts: str) -> str:
        """The name of what the parts name."""
        # Neither `_` nor `-` is in an address, so that two addresses never become one name.
        told = tuple(part.replace(":", "_").replace("/", "-") for part in parts)
        name = "-".join((self._service, *told))
        return (
            name if len(name) <= self._most and self._plain.fullmatch(name) else self._hashed.of(self._service, *parts)
        )

    def member(self, member: Member, *kind: str) -> str:
        """The name of one on the other side, or of one of the clients' networks."""
        return self.of(*kind, text_of(member))

    def ports(self, transport: str, first: int, last: int, idle_s: int) -> str:
        """The name of a port or range, and of how long its state is kept, if it says so."""
        ports = str(first) if first == last else f"{first}-{last}"
        return self.of(transport, ports, *((f"{idle_s}s",) if idle_s else ()))


def text_of(member: Member) -> str:
    """`cms.example.com`, `any.example.com` for a wildcard with what it covers, `192.0.2.7` or `192.0.2.0/24`."""
    match member:
        case Name(text):
            return text
        case Wildcard(base, match):
            return f"{match}.{base}"
        case network:
            return str(network.network_address) if network.num_addresses == 1 else str(network)


def chunks(ports: PortSet, most: int, a_range_counts: int = 1) -> Iterator[PortSet]:
    """The set as sets of at most `most` entries. Some firewalls count a range as two."""
    held: list[tuple[int, int]] = []
    weight = 0
    for first, last in ports.ranges:
        this = 1 if first == last else a_range_counts
        if weight + this > most:
            yield PortSet(tuple(held))
            held, weight = [], 0
        held.append((first, last))
        weight += this
    yield PortSet(tuple(held))


def ends(direction: Direction, clients: str, others: str) -> tuple[str, str]:
    """Source and destination."""
    return (clients, others) if direction == "outbound" else (others, clients)


def zones(bundle: Bundle, order: Order) -> tuple[str, str]:
    """The zone or interface where a rule's flows come in, and where they leave."""
    return ends(bundle.direction, word(order.site.inside), word(order.site.outside))


def word(text: str) -> str:
    """A zone's or interface's name, as it can stand in a line of configuration."""
    return re.sub(r"[^A-Za-z0-9_.:/-]", "-", text[:63], flags=re.ASCII) or "-"


@dataclass(frozen=True, slots=True)
class Caveat:
    """What is to be known of a firewall's own names or wildcards."""

    code: str
    why: str
    instead: str

    def of(self, bundles: Iterable[Bundle], kind: type[Name] | type[Wildcard]) -> list[Loss]:
        """It, once for each requirement that has any."""
        what = "host names" if kind is Name else "wildcards"
        found = [each.requirement.id for each in bundles if any(isinstance(one, kind) for one in each.members)]
        return [Loss(each, "not_enforced", self.code, what, self.why, self.instead) for each in dict.fromkeys(found)]


def resolved(bundles: Iterable[Bundle], instead: str) -> list[Loss]:
    """That the firewall asks the DNS itself, which holds of nearly all that know names."""
    why = "The firewall looks names up itself, and passes only what it was answered."
    return Caveat("names-resolved", why, instead).of(bundles, Name)
