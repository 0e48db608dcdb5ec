"""What a firewall has to let pass, one value for each rule, and what of a manifest cannot become one.

A target renders permits and sees nothing else of a manifest, so that what is damaged, missing, unsaid or unfilled
is dealt with here, once. Start at `lower`.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sightline.readiness.manifest import Believed, Endpoint, Manifest, Ports, Requirement, client_zones, near_end
from sightline.readiness.names import Match, host_fault, wildcard_base
from sightline.readiness.ports import PortSet, parse_ports
from sightline.readiness.site import Network, Selection, Site, Widening

Direction = Literal["outbound", "inbound"]


@dataclass(frozen=True, slots=True)
class Name:
    """One host, in lower case."""

    text: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Hosts below `base`, in lower case."""

    base: str
    match: Match


@dataclass(frozen=True, slots=True)
class Anywhere:
    """Every address. Only ever there because somebody asked for a widening."""


Remote = Network | Name | Wildcard | Anywhere


@dataclass(frozen=True, slots=True)
class Permit:
    """One thing to let pass, as seen by the firewall between the clients and the rest."""

    requirement: Requirement
    direction: Direction
    """Who begins: outbound is from a client. Answers come back by state."""
    remote: Remote
    """The other side: where an outbound flow goes, or an inbound one comes from."""
    transport: Literal["tcp", "udp"]
    ports: PortSet
    """At the side that does not begin. Never empty."""


Effect = Literal["left_out", "narrowed", "widened", "not_enforced"]
"""left_out: no rule stands for it. narrowed: the rule lets less pass. widened: more, because it was asked for.
not_enforced: the rule is exact, and something besides (a timer, interception) is not in it."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Where rules say less, or more, than the requirement."""

    requirement: str
    effect: Effect
    code: str
    """Which kind of loss, for translations and for programs."""
    what: str
    """The part of the requirement, such as `cms.scopear.com, TCP 443`."""
    why: str
    instead: str
    """The safe thing to do about it."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """A manifest as a firewall sees it."""

    permits: tuple[Permit, ...]
    losses: tuple[Loss, ...]


def lower(manifest: Manifest, site: Site, selection: Selection, widen: frozenset[Widening]) -> Lowered:
    """The permits of all requirements that are selected, in the order of the file, and what could not become one.
    Variables must have been filled before; what is left of them is a loss."""
    permits: dict[Permit, None] = {}
    losses: dict[Loss, None] = {}
    for one in manifest.requirements:
        if is_selected(one, selection):
            for found in _Lowering(one, manifest, site, widen).all():
                if isinstance(found, Permit):
                    permits[found] = None
                else:
                    losses[found] = None
    return Lowered(tuple(permits), tuple(losses))


def is_selected(one: Requirement, selection: Selection) -> bool:
    """Whether a requirement is meant. What is not said to be for some is for all."""
    region, centre = selection.region, selection.data_centre
    return (
        (not selection.necessities or one.necessity in selection.necessities)
        and (selection.platform is None or not one.platforms or selection.platform in one.platforms)
        and (region is None or not one.regions or region.casefold() in map(str.casefold, one.regions))
        and (centre is None or not one.data_centre or centre.casefold() == one.data_centre.casefold())
    )


class _Lowering:
    """One requirement."""

    def __init__(self, one: Requirement, manifest: Manifest, site: Site, widen: frozenset[Widening]) -> None:
        self.one = one
        self.site = site
        self.widen = widen
        self.ours = client_zones(manifest)

    def all(self) -> Iterator[Permit | Loss]:
        directions = []
        for found in self.directions():
            if isinstance(found, Loss):
                yield found
            else:
                directions.append(found)
        remotes = []
        for end in self.one.endpoints:
            for reached in self.remotes(end):
                if isinstance(reached, Loss):
                    yield reached
                else:
                    remotes.append(reached)
        for transport, ports in self.merged_ports():
            for remote in remotes:
                for direction in dict.fromkeys(directions):
                    yield Permit(self.one, direction, remote, transport, ports)
        yield from self.port_losses()
        yield from self.unenforced()

    def directions(self) -> Iterator[Direction | Loss]:
        for flow in self.one.flows:
            near = near_end(flow, self.ours)
            if near is None:
                yield self.loss(
                    "left_out",
                    "not-at-clients",
                    f"{flow.from_role} to {flow.to_role}",
                    "Neither end is a client, so it does not pass the firewall in front of them.",
                    "Nothing, unless a firewall of yours stands between those two.",
                )
            elif flow.from_role == flow.to_role:
                yield "outbound"
                yield "inbound"
            elif flow.initiator != "not_said":
                begins = flow.from_role if flow.initiator == "from" else flow.to_role
                yield "outbound" if begins == near else "inbound"
            elif flow.from_role == near:
                yield "outbound"
            elif "inbound" in self.widen:
                yield "inbound"
                yield self.loss(
                    "widened",
                    "beginner-taken",
                    f"{flow.from_role} to {flow.to_role}",
                    "It is not said who begins; connections towards the clients are open, as was asked for.",
                    "Ask the vendor whether anybody outside begins; if not, leave out `--widen inbound`.",
                )
            else:
                yield self.loss(
                    "left_out",
                    "beginner-not-said",
                    f"{flow.from_role} to {flow.to_role}",
                    "It is not said who begins, and answers come back by state.",
                    "Ask the vendor whether anybody outside begins; if so: `--widen inbound`.",
                )

    def remotes(self, end: Endpoint) -> Iterator[Remote | Loss]:
        if end.kind in ("damaged", "unconfirmed") and end.confirmed:
            for believed in end.believed:
                yield from self.remote(believed)
        else:
            yield from self.remote(end)

    def remote(self, end: Endpoint | Believed) -> Iterator[Remote | Loss]:
        if "${" in end.text:
            yield self.loss(
                "left_out", "variable-unfilled", end.text, "A variable is not filled.", "Fill it: `--set NAME=VALUE`."
            )
            return
        if end.kind in ("name", "wildcard") and host_fault(wildcard_base(end.text)):
            # The parser refuses them too; a rule is worth a second look, whoever made the manifest.
            yield self.destination_damaged(end)
            return
        match end.kind:
            case "name":
                yield Name(end.text.lower())
            case "wildcard":
                assert end.match is not None, "the parser refuses a wildcard without a match"
                yield Wildcard(wildcard_base(end.text).lower(), end.match)
            case "address" | "prefix":
                yield ipaddress.ip_network(end.text)
            case "published":
                if networks := self.site.published.get(end.text):
                    yield from networks
                else:
                    yield self.loss(
                        "left_out",
                        "list-not-copied",
                        end.text,
                        "The addresses are in a list of the provider's.",
                        "Copy them into the site file under [published].",
                    )
            case "peers":
                yield from self.peers(end.text)
            case "damaged":
                yield self.destination_damaged(end)
            case "unconfirmed":
                yield self.loss(
                    "left_out",
                    "destination-unconfirmed",
                    end.text,
                    "A program read it, and no person has looked yet.",
                    "`sightline profile import` asks about it.",
                )
            case "missing":
                yield self.loss(
                    "left_out",
                    "destination-missing",
                    end.text,
                    "The article names no destination, and a rule without one is a rule to everywhere.",
                    "Ask the vendor for names or addresses.",
                )

    def destination_damaged(self, end: Endpoint | Believed) -> Loss:
        return self.loss(
            "left_out",
            "destination-damaged",
            end.text,
            "The text is damaged.",
            "Ask the vendor, then confirm it in the profile.",
        )

    def peers(self, text: str) -> Iterator[Remote | Loss]:
        if self.site.peers:
            yield from self.site.peers
        elif "peers" in self.widen:
            yield Anywhere()
            yield self.loss(
                "widened",
                "peers-anywhere",
                text,
                "Other clients may be anywhere.",
                "Name their networks in the site file: peers = […].",
            )
        else:
            yield self.loss(
                "left_out",
                "peers-unknown",
                text,
                "Other clients may be anywhere.",
                "Name their networks in the site file: peers = […]. Without it calls go through a relay.",
            )

    def merged_ports(self) -> Iterator[tuple[Literal["tcp", "udp"], PortSet]]:
        sets = {"tcp": PortSet(), "udp": PortSet()}
        for ports in filter(_is_usable, self.one.ports):
            sets[ports.transport] |= parse_ports(ports.set)
        if sets["tcp"]:
            yield "tcp", sets["tcp"]
        if sets["udp"]:
            yield "udp", sets["udp"]

    def port_losses(self) -> Iterator[Loss]:
        for ports in self.one.ports:
            if "$" in ports.set:
                yield self.loss(
                    "left_out",
                    "variable-unfilled",
                    ports.set,
                    "A variable is not filled.",
                    "Fill it: `--set NAME=VALUE`.",
                )
            elif not _is_usable(ports):
                what = "port" if not ports.set else "transport"
                yield self.loss(
                    "left_out", f"{what}-missing", f"{ports.transport} {ports.set}".replace("not_said", "?").strip(),
                    f"No {what} is said.", f"Ask the vendor for the {what}.",
                )  # fmt: skip

    def unenforced(self) -> Iterator[Loss]:
        for timer in self.one.timers:
            yield self.loss(
                "not_enforced",
                "timer",
                f"{timer.kind.replace('_', ' ')} {timer.seconds} s on {timer.transport.upper()}",
                "A rule does not say how long state is kept.",
                f"Set the firewall's {timer.transport.upper()} idle time to more than {timer.seconds} s.",
            )
        if self.one.interception == "must_bypass":
            yield self.loss(
                "not_enforced",
                "interception",
                "TLS inspection",
                "It must not be opened on the way.",
                "Exempt these hosts from it.",
            )

    def loss(self, effect: Effect, code: str, what: str, why: str, instead: str) -> Loss:
        return Loss(self.one.id, effect, code, what, why, instead)


def _is_usable(ports: Ports) -> bool:
    return ports.transport != "not_said" and bool(ports.set) and "$" not in ports.set
