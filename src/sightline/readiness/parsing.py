"""TOML text → `Manifest`, or every problem with its place. Start at `parse`."""

import tomllib
from dataclasses import dataclass

import msgspec

from sightline.readiness.consistency import inconsistencies
from sightline.readiness.manifest import Manifest
from sightline.readiness.problem import Problem, shown
from sightline.readiness.shape import misfits


@dataclass(frozen=True, slots=True)
class Parsed:
    """A manifest, or the reasons why there is none: exactly one of the two."""

    manifest: Manifest | None
    problems: tuple[Problem, ...]


def parse(text: str, file: str) -> Parsed:
    """Read one manifest. `file` is what problems call the text."""
    if len(text) > _TEXT_MOST:
        return _refused(Problem(file, "", f"is longer than {_TEXT_MOST} characters", "Is it the right file?"))
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML; a number of 5,000 digits; lists in lists in lists
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else shown(str(error))
        return _refused(Problem(file, "", f"is not TOML: {reason}", ""))
    if problems := tuple(misfits(document, Manifest, file)):
        return Parsed(None, problems)
    manifest = msgspec.convert(document, Manifest)
    if problems := tuple(inconsistencies(manifest, file)):
        return Parsed(None, problems)
    return Parsed(manifest, ())


def _refused(problem: Problem) -> Parsed:
    return Parsed(None, (problem,))


_TEXT_MOST = 16 << 20  # 10,000 requirements take 10 MB; more is a mistake
