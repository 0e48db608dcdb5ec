"""One line of somebody's rules as a box in the space of packets, so that any firewall's compare with permits."""

from dataclasses import dataclass
from typing import Literal

from sightline.readiness.permit import Direction, Name, Wildcard
from sightline.readiness.ports import PortSet
from sightline.readiness.site import Network

Action = Literal["allow", "block"]


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says of packets that begin a conversation. A field that is None says nothing: it holds for all."""

    where: str
    """Its place in the text, such as `line 12` or `rule 7 of chain forward`; for people."""
    action: "Action | Literal['return'] | Chain"
    """Decides, or goes into a chain, or ends the chain that it is in: then what called the chain goes on."""
    direction: Direction | None = None
    clients: tuple[Network, ...] | None = None
    """The side that is ours."""
    remotes: tuple[Network | Name | Wildcard, ...] | None = None
    """The other side. An empty tuple matches nothing."""
    transport: Literal["tcp", "udp"] | None = None
    ports: PortSet | None = None
    """At the side that does not begin."""
    doubt: str = ""
    """Why it cannot be decided from the text whether it holds (an object kept elsewhere, a time, an application);
    empty: it can."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Lines that other lines go into. What none of them decides comes back."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Lines in the order in which they are asked; the first that holds decides."""

    lines: tuple[Line, ...]
    otherwise: Action
    """What happens to a packet that no line decides."""
    then: "Ruleset | None" = None
    """Asked about what these lines let pass: another table, a network ACL. Both must let it pass."""
    versions: tuple[Literal[4, 6], ...] = (4, 6)
    """The address families that the text speaks of; of others nothing can be said."""
