"""Whether rules let a permit pass: all of it, what not, and which line says so. Start at `Judge.verdict`.

A permit is cut into pieces: clients, other side and ports, each a set of ranges. Each line cuts off what it decides, so
that the answer is exact however the lines overlap.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sightline.readiness.permit import Anywhere, Name, Permit, Wildcard
from sightline.readiness.rulesets.hosts import is_covered, is_within
from sightline.readiness.rulesets.line import Action, Chain, Line, Ruleset
from sightline.readiness.rulesets.ranges import EVERY, PUBLIC, Ranges, both, of_networks, without
from sightline.readiness.site import Site

Outcome = Literal["allowed", "blocked", "undecidable"]
Version = Literal[4, 6]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a permit with one answer."""

    outcome: Outcome
    where: str
    """The line that decides; empty: none does, and what is not mentioned is treated so."""
    why: str
    """Why it cannot be decided."""
    version: Version
    clients: Ranges
    remotes: Ranges
    """Every address of the family for a name, as its own are not known."""
    ports: Ranges


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one permit."""

    permit: Permit
    outcome: Outcome
    parts: tuple[Part, ...]
    """Together the whole permit."""


class Judge:
    """One ruleset, asked about many permits."""

    def __init__(self, ruleset: Ruleset, site: Site) -> None:
        self.ruleset = ruleset
        self.site = site
        self._cut: dict[tuple[int, Version], _Cut] = {}

    def verdict(self, permit: Permit) -> Verdict:
        """What the rules do to a permit. A name stands for its addresses in the site file, if it has any there."""
        parts: list[Part] = []
        for version, clients, remotes in _spaces(permit, self.site):
            start = _Piece(clients, EVERY[version] if remotes is None else remotes, permit.ports.ranges)
            if version in self.ruleset.versions:
                walk = _Walk(permit, version, remotes is None, self._cut)
                parts += (_part(version, found) for found in walk.ruleset(self.ruleset, [start]))
            else:
                why = f"The rules say nothing of IPv{version}."
                parts.append(_part(version, _Decided("undecidable", start, "", why)))
        return Verdict(permit, _overall(permit, parts), tuple(parts))


def _overall(permit: Permit, parts: list[Part]) -> Outcome:
    """Blocked if a part is blocked. A name needs only one family: programs try the other one when the first fails."""
    if isinstance(permit.remote, Name | Wildcard):
        by_family = [{part.outcome for part in parts if part.version == version} for version in (4, 6)]
        if {"allowed"} in by_family:
            return "allowed"
    # Where the site has no clients of the family, there is nothing to let pass.
    outcomes = {part.outcome for part in parts}
    return "blocked" if "blocked" in outcomes else "undecidable" if "undecidable" in outcomes else "allowed"


def _spaces(permit: Permit, site: Site) -> Iterator[tuple[Version, Ranges, Ranges | None]]:
    """Clients and other side by family; None: a name whose addresses nobody knows."""
    for version in _VERSIONS:
        clients = of_networks(site.clients, version) if site.clients else EVERY[version]
        remotes: Ranges | None
        match permit.remote:
            case Name() | Wildcard() as named:
                known = site.addresses.get(named.text if isinstance(named, Name) else f"*.{named.base}")
                remotes = of_networks(known, version) if known else None
            case Anywhere():
                remotes = EVERY[version]
            case network:
                remotes = of_networks([network], version)
        if clients and remotes != ():
            yield version, clients, remotes


@dataclass(frozen=True, slots=True)
class _Piece:
    clients: Ranges
    remotes: Ranges
    ports: Ranges
    maybe: tuple[tuple[Action | None, Line, str], ...] = ()
    """Lines before that may have decided it already, how (None: either way), and why that is not known."""


@dataclass(frozen=True, slots=True)
class _Decided:
    outcome: Outcome
    piece: _Piece
    where: str
    why: str = ""


def _part(version: Version, found: _Decided) -> Part:
    piece = found.piece
    return Part(found.outcome, found.where, found.why, version, piece.clients, piece.remotes, piece.ports)


@dataclass(frozen=True, slots=True)
class _Cut:
    """What a line matches in one family; None: everything."""

    clients: Ranges | None
    remotes: Ranges | None


_Answer = tuple[Action, _Piece, str]


class _Walk:
    """One permit in one family through a ruleset."""

    def __init__(self, permit: Permit, version: Version, is_named: bool, cut: dict[tuple[int, Version], _Cut]) -> None:
        self.permit = permit
        self.version = version
        self.is_named = is_named  # and nobody knows its addresses
        self._cut = cut

    def ruleset(self, ruleset: Ruleset, pieces: list[_Piece]) -> Iterator[_Decided]:
        answers, rest = self.lines(ruleset.lines, pieces)
        answers += [(ruleset.otherwise, piece, "") for piece in rest]
        for action, piece, where in answers:
            doubt = next((each for each in piece.maybe if each[0] != action), None)
            if action == "block" and doubt is None:
                yield _Decided("blocked", piece, where)
                continue
            found = _Decided("allowed", piece, where)
            if doubt is not None:
                found = _Decided("undecidable", piece, doubt[1].where, doubt[2])
            yield from self.after(ruleset.then, found) if ruleset.then else (found,)

    def after(self, then: Ruleset, found: _Decided) -> Iterator[_Decided]:
        """What becomes of a piece that may pass, in the rules that are asked next: a doubt stays one unless they
        block."""
        for each in self.ruleset(then, [replace(found.piece, maybe=())]):
            yield replace(found, piece=each.piece) if each.outcome == "allowed" else each

    def lines(self, lines: Iterable[Line], pieces: list[_Piece]) -> tuple[list[_Answer], list[_Piece]]:
        """What the lines decide, and what they leave."""
        answers: list[_Answer] = []
        returned: list[_Piece] = []
        for line in lines:
            if line.direction not in (None, self.permit.direction) or line.transport not in (
                None,
                self.permit.transport,
            ):
                continue
            left: list[_Piece] = []
            for piece in pieces:
                inside, outside, doubt = self.split(piece, line)
                left += outside
                if inside is None:
                    continue
                if doubt or line.doubt:
                    left.append(self.maybe(inside, line, line.doubt or doubt))
                elif isinstance(line.action, Chain):
                    more, rest = self.lines(line.action.lines, [inside])
                    answers += more
                    left += rest
                elif line.action == "return":
                    returned.append(inside)
                else:
                    answers.append((line.action, inside, line.where))
            pieces = left
            if not pieces:
                break
        return answers, pieces + returned

    def maybe(self, piece: _Piece, line: Line, why: str) -> _Piece:
        how: Action | None = None
        if isinstance(line.action, Chain):
            actions = {action for action, *_ in self.lines(line.action.lines, [piece])[0]}
            if not actions:
                return piece
            how = actions.pop() if len(actions) == 1 else None
        elif line.action != "return":
            how = line.action
        return replace(piece, maybe=(*piece.maybe, (how, line, why)))

    def split(self, piece: _Piece, line: Line) -> tuple[_Piece | None, list[_Piece], str]:
        """What of a piece the line matches, what not, and why the former is not certain."""
        cut = self._cut.get((id(line), self.version)) or self.cut(line)
        doubt = ""
        remotes = cut.remotes
        if isinstance(self.permit.remote, Name | Wildcard) and line.remotes is not None:
            is_matched, doubt = self.named(line, self.permit.remote, remotes or ())
            if is_matched or self.is_named:
                remotes = None if is_matched else ()
        clients_in = piece.clients if cut.clients is None else both(piece.clients, cut.clients)
        remotes_in = piece.remotes if remotes is None else both(piece.remotes, remotes)
        ports_in = piece.ports if line.ports is None else both(piece.ports, line.ports.ranges)
        if not clients_in or not remotes_in or not ports_in:
            return None, [piece], ""
        outside = []
        if cut.clients is not None and (more := without(piece.clients, cut.clients)):
            outside.append(replace(piece, clients=more))
        if remotes is not None and (more := without(piece.remotes, remotes)):
            outside.append(replace(piece, clients=clients_in, remotes=more))
        if line.ports is not None and (more := without(piece.ports, line.ports.ranges)):
            outside.append(replace(piece, clients=clients_in, remotes=remotes_in, ports=more))
        return _Piece(clients_in, remotes_in, ports_in, piece.maybe), outside, doubt

    def cut(self, line: Line) -> _Cut:
        clients = None if line.clients is None else of_networks(line.clients, self.version)
        remotes = None if line.remotes is None else of_networks(line.remotes, self.version)
        return self._cut.setdefault((id(line), self.version), _Cut(clients, remotes))

    def named(self, line: Line, asked: Name | Wildcard, networks: Ranges) -> tuple[bool, str]:
        """Whether a line matches a name, and why that is not certain."""
        names = [each for each in line.remotes or () if isinstance(each, Name | Wildcard)]
        # A name that the site file does not know is one of the public DNS: a line about 10.0.0.0/8 is not about it.
        public = PUBLIC[self.version]
        networks = both(networks, public)
        if networks == public or is_covered(asked, names):
            return True, ""
        shown = asked.text if isinstance(asked, Name) else f"*.{asked.base}"
        if networks and self.is_named:
            return True, f"It names addresses, and whether {shown} is at one of them is not known."
        if isinstance(asked, Wildcard) and any(is_within(each, asked) for each in names):
            return True, f"It names some hosts below {shown}, not all."
        return False, ""


_VERSIONS: tuple[Version, ...] = (4, 6)
