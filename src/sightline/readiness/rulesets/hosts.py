"""Which names and wildcards hold for which."""

from collections.abc import Sequence
from dataclasses import replace

from sightline.readiness.names import covers
from sightline.readiness.permit import Name, Wildcard


def is_covered(asked: Name | Wildcard, names: Sequence[Name | Wildcard]) -> bool:
    """Whether rules that name these hosts hold for all that is asked."""
    if any(is_within(asked, each) for each in names):
        return True
    if isinstance(asked, Wildcard) and asked.match == "subtree_and_apex":
        # Many firewalls say so in two: the hosts below, and the name itself.
        parts = (replace(asked, match="subtree"), Name(asked.base))
        return all(any(is_within(part, each) for each in names) for part in parts)
    return False


def is_within(one: Name | Wildcard, other: Name | Wildcard) -> bool:
    """Whether every host of the one is a host of the other."""
    match one, other:
        case Name(), Name():
            return one == other
        case Name(text), Wildcard(base, match):
            return covers(match, f"*.{base}", text)
        case Wildcard(), Wildcard():
            if one.base == other.base:
                return _BREADTH[one.match] <= _BREADTH[other.match]
            return one.base.endswith(f".{other.base}") and other.match != "one_label"
        case _:
            return False


_BREADTH = {"one_label": 0, "subtree": 1, "subtree_and_apex": 2}
