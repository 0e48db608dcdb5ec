"""TOML or JSON text → `Manifest`, or every problem with its place. Start at `parse`."""

import datetime
import json
import tomllib
from dataclasses import dataclass
from typing import Any

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
    """Read one manifest in TOML. `file` is what problems call the text."""
    if len(text) > _TEXT_MOST:
        return _refused(Problem(file, "", f"is longer than {_TEXT_MOST} characters", "Is it the right file?"))
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML; a number of 5,000 digits; lists in lists in lists
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else shown(str(error))
        return _refused(Problem(file, "", f"is not TOML: {reason}", ""))
    return _manifest(document, file)


def parse_json(text: str, file: str) -> Parsed:
    """Read one manifest in JSON, as a server of ours sends it. `$schema` is for editors and ignored here."""
    if len(text) > _TEXT_MOST:
        return _refused(Problem(file, "", f"is longer than {_TEXT_MOST} characters", "Is it the right file?"))
    try:
        document = json.loads(text, object_pairs_hook=_table)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else shown(str(error))
        return _refused(Problem(file, "", f"is not JSON: {reason}", ""))
    if not isinstance(document, dict):
        return _refused(Problem(file, "", "must be an object", ""))
    document.pop("$schema", None)
    return _manifest(document, file)


def _manifest(document: dict[str, Any], file: str) -> Parsed:
    if problems := tuple(misfits(document, Manifest, file)):
        return Parsed(None, problems)
    manifest = msgspec.convert(document, Manifest)
    if problems := tuple(inconsistencies(manifest, file)):
        return Parsed(None, problems)
    return Parsed(manifest, ())


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON as TOML would have it: each key once, and days as days."""
    table = {name: _day(value) if name in _DAYS else value for name, value in pairs}
    if len(table) < len(pairs):
        # Two programs would read two different manifests.
        raise ValueError("an object has one key twice")
    return table


def _day(value: object) -> object:
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) and len(value) == _DAY_LENGTH else value
    except ValueError:
        return value


def _refused(problem: Problem) -> Parsed:
    return Parsed(None, (problem,))


_DAYS = ("effective", "modified")
_DAY_LENGTH = len("2026-11-21")
_TEXT_MOST = 16 << 20  # 10,000 requirements take 10 MB; more is a mistake
