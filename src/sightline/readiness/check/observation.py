"""What came of a probe: facts, and no opinion about them."""

from dataclasses import dataclass
from typing import Literal

from sightline.readiness.check.probe import Probe

Outcome = Literal[
    "answered",  # it worked, as far as this probe goes
    "no_such_name",  # the resolver says that there is none
    "no_resolver",  # the resolver says nothing, or that it cannot
    "sinkholed",  # the resolver answers with an address that nobody on the internet has
    "silent",  # nothing came in the time given
    "refused",  # TCP: reset instead of an answer; UDP: ICMP port unreachable
    "unreachable",  # ICMP says that there is no way, or that it is forbidden
    "closed",  # the connection opened and was closed or reset before an answer
    "not_trusted",  # TLS: a certificate that this machine does not trust
    "wrong_name",  # TLS: a certificate of somebody else
    "not_spoken",  # an answer that is not of this protocol
    "not_tried",  # what must work before did not
]


@dataclass(frozen=True, slots=True)
class Observation:
    """One probe's result. `facts` are name and value, for the evidence."""

    probe: Probe
    outcome: Outcome
    took_ms: int = 0
    facts: tuple[tuple[str, str], ...] = ()

    def fact(self, name: str) -> str:
        """A fact by its name, or nothing."""
        return next((value for key, value in self.facts if key == name), "")
