"""Whether rules that already stand let a service through, requirement by requirement. Start at `audit`."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sightline.readiness.manifest import Manifest, Requirement
from sightline.readiness.permit import Loss, Name, Permit, Wildcard, is_selected, lower
from sightline.readiness.ports import PortSet
from sightline.readiness.rulesets.line import Ruleset
from sightline.readiness.rulesets.ranges import EVERY, as_networks, of_networks
from sightline.readiness.rulesets.verdict import Judge, Outcome, Part, Verdict
from sightline.readiness.site import Network, Selection, Site
from sightline.readiness.targets.losses import described


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to know about a requirement: what of it is blocked or cannot be told, where, and why."""

    outcome: Outcome
    what: str
    """The permit, such as `cms.scopear.com, TCP 443`."""
    part: str
    """Which part of it, such as `ports 50000-50015`; empty: all of it."""
    where: str
    """The line that decides; empty: none, so the policy does."""
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One requirement."""

    requirement: Requirement
    outcome: Outcome
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Audited:
    """The whole manifest."""

    answers: tuple[Answer, ...]

    @property
    def outcome(self) -> Outcome:
        """Blocked if anything is; else undecidable if anything is."""
        return _worst(each.outcome for each in self.answers)


def audit(manifest: Manifest, ruleset: Ruleset, site: Site, selection: Selection) -> Audited:
    """Every selected requirement held against the rules. What of it is no permit, as it is damaged, missing or not
    filled in, cannot be told."""
    lowered = lower(manifest, site, selection, frozenset())
    judge = Judge(ruleset, site)
    permits: dict[str, list[Permit]] = defaultdict(list)
    losses: dict[str, list[Loss]] = defaultdict(list)
    for permit in lowered.permits:
        permits[permit.requirement.id].append(permit)
    for loss in lowered.losses:
        losses[loss.requirement].append(loss)
    answers = []
    for one in manifest.requirements:
        if is_selected(one, selection):
            verdicts = [judge.verdict(permit) for permit in permits[one.id]]
            unasked = [loss for loss in losses[one.id] if loss.effect == "left_out" and loss.code != _NOBODY_SAYS]
            remarks = [remark for each in verdicts for remark in _remarks(each, site)]
            remarks += [Remark("undecidable", loss.what, "", "", loss.why) for loss in unasked]
            outcomes: list[Outcome] = [each.outcome for each in verdicts]
            outcomes += ["undecidable"] * bool(unasked or not verdicts)
            answers.append(Answer(one, _worst(outcomes), tuple(remarks)))
    return Audited(tuple(answers))


def _worst(outcomes: Iterator[Outcome] | list[Outcome]) -> Outcome:
    found = set(outcomes)
    return "blocked" if "blocked" in found else "undecidable" if "undecidable" in found else "allowed"


def _remarks(verdict: Verdict, site: Site) -> Iterator[Remark]:
    """What is not allowed, each line once. A name that passes in one family needs no word about the other."""
    if verdict.outcome == "allowed":
        return
    found: dict[tuple[str, str, str], list[Part]] = defaultdict(list)
    for part in verdict.parts:
        if part.outcome != "allowed":
            found[part.outcome, part.where, part.why].append(part)
    for parts in found.values():
        first = parts[0]
        text = "; ".join(dict.fromkeys(filter(None, (_part(each, verdict, site) for each in parts))))
        yield Remark(first.outcome, described(verdict.permit), text, first.where, first.why)


def _part(part: Part, verdict: Verdict, site: Site) -> str:
    """Which part it is, exactly; empty for the whole."""
    permit = verdict.permit
    texts = []
    if part.ports != permit.ports.ranges:
        texts.append(f"ports {PortSet(part.ports)}")
    is_named = isinstance(permit.remote, Name | Wildcard)
    if not is_named and part.remotes != (of_networks([permit.remote], part.version) or EVERY[part.version]):
        texts.append(f"addresses {_networks(as_networks(part.remotes, part.version))}")
    if part.clients != (of_networks(site.clients, part.version) or EVERY[part.version]):
        texts.append(f"clients {_networks(as_networks(part.clients, part.version))}")
    if len({each.version for each in verdict.parts}) == 2:
        texts.append(f"IPv{part.version}")
    return ", ".join(texts)


def _networks(networks: tuple[Network, ...]) -> str:
    shown = [str(each.network_address) if each.num_addresses == 1 else str(each) for each in networks[:_SHOWN_MOST]]
    more = len(networks) - len(shown)
    return " ".join(shown) + (f" and {more} more" if more else "")


_NOBODY_SAYS = "beginner-not-said"
_SHOWN_MOST = 6  # a guess: the hole of an address takes up to 32 networks, which nobody reads
