"""A manifest as the rules of one firewall, never wider than the manifest. Start at `compile`.

Every compile is checked after the fact: what a target has made must be plain text, must account for each permit, and
where it can be read back must open nothing that no permit asks for. A target that fails this is broken, and its rules
are not handed out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sightline.errors import RefusedError
from sightline.readiness.manifest import Manifest
from sightline.readiness.permit import Effect, Loss, lower
from sightline.readiness.rulesets.containment import excess
from sightline.readiness.site import Selection, Site, Widening
from sightline.readiness.targets.losses import described
from sightline.readiness.targets.target import File, Order, Rules, Target, TooWide


@dataclass(frozen=True, slots=True)
class Compiled:
    """Rules, and everything in which they differ from the manifest."""

    files: tuple[File, ...]
    """None at all if nothing of the manifest can become a rule; the losses say why."""
    losses: tuple[Loss, ...]
    """In the order of the manifest's requirements; within one, what was opened further comes first."""
    order: Order
    """What the target was given."""


def compile(
    manifest: Manifest, site: Site, selection: Selection, widen: frozenset[Widening], target: Target
) -> Compiled:
    """The rules of one target. Raises RefusedError if they could only be wider than the manifest and that was not
    asked for."""
    lowered = lower(manifest, site, selection, widen)
    order = Order(manifest.service, manifest.title, manifest.version, lowered.permits, site, widen)
    rules = rendered(order, target)
    if rules.too_wide:
        raise _refused(rules.too_wide, target)
    place = {one.id: number for number, one in enumerate(manifest.requirements)}
    losses = dict.fromkeys((*(each for each in lowered.losses if not _is_kept(each, rules)), *rules.losses))
    ordered = sorted(losses, key=lambda loss: (place.get(loss.requirement, -1), _EFFECTS.index(loss.effect)))
    return Compiled(rules.files, tuple(ordered), order)


def rendered(order: Order, target: Target) -> Rules:
    """What a target makes of an order, checked. A target is never given an empty order: nothing to let pass is where
    other compilers let everything pass."""
    rules = target.render(order) if order.permits else Rules(())
    faults = list(_faults(order, rules, target))
    assert not faults, f"{target.name} made rules that are not the manifest's: {'; '.join(faults)}"
    return rules


def _refused(found: tuple[TooWide, ...], target: Target) -> RefusedError:
    lines = [f"{one.permit.requirement.id}: {described(one.permit)}. {one.why}" for one in found[:_NAMED_MOST]]
    lines += [f"and {len(found) - _NAMED_MOST} more"] if len(found) > _NAMED_MOST else []
    flags = " ".join(dict.fromkeys(f"--widen {one.widening}" for one in found))
    return RefusedError(
        "too-wide",
        f"{target.title} can render this only wider than the requirement:\n  " + "\n  ".join(lines),
        hint=f"Choose another target, or ask for it: {flags}.",
    )


def _is_kept(loss: Loss, rules: Rules) -> bool:
    """Whether it is of a timer that the rules of this firewall hold after all."""
    if loss.code != "timer":
        return False
    is_tcp = loss.what.endswith(" on TCP")
    return (loss.requirement, "tcp" if is_tcp else "udp") in rules.timed


def _faults(order: Order, rules: Rules, target: Target) -> Iterator[str]:
    names = [file.name for file in rules.files]
    if len(set(names)) < len(names):
        yield "two files have one name"
    for file in rules.files:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", file.name, re.ASCII):
            yield f"{file.name!r} is no name for a file"
        if odd := re.search(r"[^\n\t -~]", file.text):
            yield f"{file.name} holds {odd[0]!r}, which no rule needs"
    known = {one.requirement.id for one in order.permits}
    for loss in rules.losses:
        if loss.requirement not in known:
            yield f"a loss names {loss.requirement}, of which nothing was asked"
        if loss.effect == "widened" and not order.widen:
            yield f"{loss.what} was widened, and nobody asked"
    for one in rules.too_wide:
        if one.widening in order.widen:
            yield f"{described(one.permit)} was handed back, although --widen {one.widening} was given"
    if target.read and rules.files and "names" not in order.widen and "wildcards" not in order.widen:
        yield from excess(target.read(rules.files), order.permits, order.site)


_EFFECTS: tuple[Effect, ...] = ("widened", "left_out", "narrowed", "not_enforced")
_NAMED_MOST = 20  # a guess: what fits on a screen with the advice
