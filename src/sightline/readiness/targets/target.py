"""What every target is: a function from permits to the text of one firewall, and what that firewall cannot say.

A target never opens more than its permits. Where it can only say more, it renders the permit if that widening was
asked for and declares it, and otherwise hands the permit back as `too_wide`, which stops the compile.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from sightline.readiness.permit import Loss, Permit
from sightline.readiness.rulesets.line import Ruleset
from sightline.readiness.site import Site, Widening


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be rendered."""

    service: str
    """The manifest's id: names of rules, sets and files begin with it."""
    title: str
    version: str
    """The manifest's; empty: not said."""
    permits: tuple[Permit, ...]
    site: Site
    widen: frozenset[Widening]


@dataclass(frozen=True, slots=True)
class File:
    """One text for the firewall or its administrator."""

    name: str
    text: str
    purpose: str
    """What it is and how it is loaded, in a line."""


@dataclass(frozen=True, slots=True)
class TooWide:
    """A permit that this target can only render wider than it is."""

    permit: Permit
    widening: Widening
    why: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What a target made of an order."""

    files: tuple[File, ...]
    losses: tuple[Loss, ...] = ()
    too_wide: tuple[TooWide, ...] = field(default=())
    timed: frozenset[tuple[str, Literal["tcp", "udp"]]] = frozenset()
    """Requirements and transports whose rules keep state for as long as the timers need: those are no loss."""


@dataclass(frozen=True, slots=True)
class Target:
    """One firewall, proxy or cloud."""

    name: str
    """As `--target` takes it."""
    title: str
    """As people call it."""
    render: Callable[[Order], Rules]
    note: str = ""
    """What whoever loads the rules has to know: versions, where they go, what is undone how."""
    read: Callable[[tuple[File, ...]], Ruleset] | None = None
    """Its files read back, for targets whose format can be read: every compile is then held against its permits."""
    has_clients: bool = True
    """Whether its rules say from where. Otherwise a loss says that the administrator has to."""
