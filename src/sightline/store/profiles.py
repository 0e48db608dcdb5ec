"""The profiles that come with Sightline, on disk."""

from functools import cache
from pathlib import Path

from sightline.readiness.manifest import Manifest
from sightline.readiness.parsing import parse


def folder() -> Path:
    """Where they lie: beside `src` in a checkout. The only place that knows."""
    return Path(__file__).parents[3] / "profiles"


@cache
def profiles() -> dict[str, Manifest]:
    """Each by its id, in alphabetical order. They do not change while a program runs."""
    found = {}
    for file in sorted(folder().glob("*.toml")):
        parsed = parse(file.read_text(), file.name)
        assert parsed.manifest is not None, f"{file.name} comes with Sightline and is not a manifest"
        found[parsed.manifest.service] = parsed.manifest
    return found
