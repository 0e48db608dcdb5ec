"""What the observations say of each requirement: its state, the cause, who notices what, what still works, and what to
ask for. Start at `judge`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sightline.readiness.check.causes import cause
from sightline.readiness.check.observation import Observation
from sightline.readiness.check.plan import Aim, Plan, Untested
from sightline.readiness.check.probe import Probe, Resolve, chain
from sightline.readiness.manifest import Manifest, Requirement

State = Literal["proven", "inferred", "failed", "not_tested"]
Seen = Mapping[Probe, Observation]


@dataclass(frozen=True, slots=True)
class Part:
    """One aim's result. `broken`: the first observation of its chain that is not an answer."""

    aim: Aim
    state: State
    broken: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One requirement's result."""

    requirement: Requirement
    state: State
    parts: tuple[Part, ...]
    untested: tuple[Untested, ...]
    causes: tuple[str, ...]
    symptom: str
    """What is noticed, if it failed."""
    still: str
    """What still works by another way, if it failed."""
    ask: tuple[str, ...]
    """What to ask the firewall's administrator for."""


def judge(manifest: Manifest, plan: Plan, seen: Seen) -> tuple[Finding, ...]:
    """A finding for each requirement that was selected, in the order of the manifest."""
    parts = [_part(aim, seen) for aim in plan.aims]
    states = {one.id: _state(one, parts, plan) for one in manifest.requirements}
    return tuple(_finding(one, parts, plan, seen, states, manifest) for one in manifest.requirements if states[one.id])


def _part(aim: Aim, seen: Seen) -> Part:
    broken = dict.fromkeys(
        observation for probe in aim.probes if (observation := _first_broken(probe, seen)) is not None
    )
    if broken:
        return Part(aim, "failed", tuple(broken))
    return Part(aim, "inferred" if aim.is_sample else "proven")


def _first_broken(probe: Probe, seen: Seen) -> Observation | None:
    steps = (seen[step] for step in chain(probe))
    return next((one for one in steps if one.outcome != "answered"), None)


def _state(one: Requirement, parts: list[Part], plan: Plan) -> State | None:
    """None: the requirement was not selected."""
    mine = [part.state for part in parts if part.aim.requirement is one]
    untested = any(each.requirement is one for each in plan.untested)
    if "failed" in mine:
        return "failed"
    if not mine:
        return "not_tested" if untested else None
    return "inferred" if untested or "inferred" in mine else "proven"


def _finding(
    one: Requirement,
    parts: list[Part],
    plan: Plan,
    seen: Seen,
    states: Mapping[str, State | None],
    manifest: Manifest,
) -> Finding:
    mine = tuple(part for part in parts if part.aim.requirement is one)
    failed = [part for part in mine if part.state == "failed"]
    causes = dict.fromkeys(cause(observation, seen) for part in failed for observation in part.broken)
    return Finding(
        one,
        states[one.id] or "not_tested",
        mine,
        tuple(each for each in plan.untested if each.requirement is one),
        tuple(causes),
        " ".join(symptom.text for symptom in one.symptoms) or one.lost if failed else "",
        _still(one, manifest, states) if failed else "",
        tuple(dict.fromkeys(part.aim.what for part in failed if _is_a_rule(part))),
    )


def _is_a_rule(part: Part) -> bool:
    """Whether a rule would mend it: where a name is not known, none does."""
    return any(one.outcome in ("silent", "refused", "unreachable", "closed") for one in part.broken)


def _still(one: Requirement, manifest: Manifest, states: Mapping[str, State | None]) -> str:
    if not one.any_of:
        return ""
    others = [each for each in manifest.requirements if each.any_of == one.any_of and each is not one]
    works = [each for each in others if states[each.id] in ("proven", "inferred")]
    if not works:
        return f"Nothing of the group {one.any_of} works instead."
    best = min(works, key=lambda each: each.preference or 99)
    is_worse = one.preference is not None and best.preference is not None and best.preference > one.preference
    return f"{best.purpose} works instead" + (", which is the worse way." if is_worse else ".")


def worst(findings: tuple[Finding, ...]) -> State:
    """The state of the whole: failed, if something required failed that nothing stands in for."""
    for one in findings:
        if one.state == "failed" and one.requirement.necessity == "required" and not _is_stood_in_for(one):
            return "failed"
    states = {one.state for one in findings}
    return "inferred" if states & {"inferred", "not_tested", "failed"} else "proven"


def _is_stood_in_for(one: Finding) -> bool:
    return bool(one.still) and not one.still.startswith("Nothing")


def is_without_names(seen: Seen) -> bool:
    """Whether nothing can be looked up: then every failure is a consequence of that."""
    asked = [one for probe, one in seen.items() if isinstance(probe, Resolve)]
    return len(asked) > 1 and all(one.outcome in ("no_such_name", "no_resolver") for one in asked)


def evidence(findings: tuple[Finding, ...], seen: Seen) -> Iterator[Observation]:
    """Every observation behind the findings, each once."""
    wanted = (step for one in findings for part in one.parts for probe in part.aim.probes for step in chain(probe))
    yield from (seen[step] for step in dict.fromkeys(wanted))
