"""How long rules keep the state of a flow, for firewalls that say so rule by rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sightline.readiness.manifest import Requirement

Transport = Literal["tcp", "udp"]


@dataclass(frozen=True, slots=True)
class Keeping:
    """A firewall's idle times, in seconds."""

    tcp: int
    """What it does by itself; a rule never keeps state for less."""
    udp: int
    most: int
    """What it takes."""

    def seconds(self, requirement: Requirement, transport: Transport) -> int | None:
        """What a rule has to say; None if the requirement has no timer of the transport, or one that is too long."""
        timers = [each.seconds for each in requirement.timers if each.transport == transport]
        if not timers or max(timers) >= self.most:
            return None
        # Twice, so that one packet that is lost, or late, does not end the state.
        return min(max(2 * max(timers), self.tcp if transport == "tcp" else self.udp), self.most)

    def kept(self, rules: Iterable[tuple[Requirement, Transport]]) -> frozenset[tuple[str, Transport]]:
        """Of which requirements and transports the rules keep state for long enough."""
        return frozenset((one.id, transport) for one, transport in rules if self.seconds(one, transport))
