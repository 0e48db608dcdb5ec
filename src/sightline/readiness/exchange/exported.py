"""What a writer makes, and what its format has no place for."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sightline.readiness.manifest import Manifest, Requirement
from sightline.readiness.names import Match
from sightline.readiness.permit import Loss, Permit, Wildcard, lower
from sightline.readiness.site import Selection, Site, Widening


@dataclass(frozen=True, slots=True)
class Exported:
    """A file in another format."""

    text: str
    losses: tuple[Loss, ...] = ()


def opened(manifest: Manifest, widen: frozenset[Widening], losses: dict[Loss, None]) -> Iterator[Permit]:
    """What of the manifest can be used, whatever the format; the rest goes to `losses`. Timers and the like are left
    to `unheld`, which names them all at once."""
    lowered = lower(manifest, Site(), Selection(), widen)
    losses.update(dict.fromkeys(loss for loss in lowered.losses if loss.effect != "not_enforced"))
    yield from lowered.permits


def wildcards(permit: Permit, widen: frozenset[Widening], losses: dict[Loss, None]) -> tuple[str, ...]:
    """How lists write the wildcard of a permit. Their readers take `*.example.com` for the whole subtree without
    example.com itself: exact for `subtree`, too wide for `one_label`, and one entry short for the third."""
    assert isinstance(permit.remote, Wildcard), "only wildcards are asked about"
    base, match = permit.remote.base, permit.remote.match
    if match == "one_label":
        is_asked = "wildcards" in widen
        losses[_wildcard(permit, base, match, is_asked=is_asked)] = None
        return (f"*.{base}",) if is_asked else ()
    return (f"*.{base}",) if match == "subtree" else (f"*.{base}", base)


def unheld(manifest: Manifest, held: Collection[str]) -> Iterator[Loss]:
    """What is set in a requirement, and the format has no field for."""
    for one in manifest.requirements:
        if missing := [field for field in _WORTH_TELLING if field not in held and _is_set(one, field)]:
            why = "The format has no place for it."
            yield Loss(one.id, "not_enforced", "no-place", ", ".join(missing), why, "Send the JSON form along.")


def _is_set(one: Requirement, field: str) -> bool:
    if field in ("recovery", "stability"):
        return any(getattr(end, field) != "not_said" for end in one.endpoints)
    return getattr(one, field) not in (None, "", (), "not_said")


def _wildcard(permit: Permit, base: str, match: Match, *, is_asked: bool) -> Loss:
    return Loss(
        permit.requirement.id,
        "widened" if is_asked else "left_out",
        "wildcard-wider",
        f"*.{base}",
        "One label is meant, and readers of this format take it for every name below.",
        "Ask the vendor for names." if is_asked else "Ask the vendor for names; or allow it: --widen wildcards.",
    )


_WORTH_TELLING = (
    "flows", "protocol", "any_of", "platforms", "regions", "data_centre", "owner", "interception", "http_proxies",
    "timers", "capacity", "symptoms", "lost", "recovery", "stability", "sources",
)  # fmt: skip
