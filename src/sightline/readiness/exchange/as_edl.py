"""Lists with one entry a line, as firewalls fetch them (external dynamic lists, threat feeds): names, wildcards and
addresses apart, as a list holds one kind. They hold no ports, so a rule that uses one must name them."""

from typing import Literal

from sightline.readiness.exchange.exported import Exported, opened, unheld, wildcards
from sightline.readiness.manifest import Manifest
from sightline.readiness.permit import Anywhere, Loss, Name, Wildcard
from sightline.readiness.rows import host_sort_key
from sightline.readiness.site import Widening

Part = Literal["names", "wildcards", "addresses"]


def write(manifest: Manifest, part: Part | None = None, widen: frozenset[Widening] = frozenset()) -> Exported:
    """One of the lists; or all three, each under a line that begins with #."""
    losses: dict[Loss, None] = {}
    lists: dict[Part, dict[str, None]] = {"names": {}, "wildcards": {}, "addresses": {}}
    ports: dict[str, dict[str, None]] = {}
    for permit in opened(manifest, widen, losses):
        ports.setdefault(permit.requirement.id, {})[f"{permit.transport} {permit.ports}"] = None
        match permit.remote:
            case Name(text):
                lists["names"][text] = None
            case Wildcard():
                for text in wildcards(permit, widen, losses):
                    lists["wildcards" if text.startswith("*") else "names"][text] = None
            case Anywhere():
                losses[_anywhere(permit.requirement.id)] = None
            case network:
                single = network.num_addresses == 1
                lists["addresses"][str(network.network_address) if single else str(network)] = None
    for requirement, found in ports.items():
        what = "; ".join(found)
        losses[
            Loss(requirement, "not_enforced", "no-place", what, "A list has no ports.", "Name them in the rule.")
        ] = None
    losses.update(dict.fromkeys(unheld(manifest, ())))
    return Exported("".join(_lines(lists, part)), tuple(losses))


def _lines(lists: dict[Part, dict[str, None]], part: Part | None) -> list[str]:
    lines = []
    for name, entries in lists.items():
        if part in (None, name):
            lines += [] if part else [f"# {name}\n"]
            lines += [f"{entry}\n" for entry in sorted(entries, key=host_sort_key)]
    return lines


def _anywhere(requirement: str) -> Loss:
    why = "A list of every address would allow everything."
    return Loss(requirement, "left_out", "peers-anywhere", "other clients", why, "Write a rule for it.")
