"""What targets have made, read back by readers that share nothing with the targets: a module for each target, with
`read(text) -> Ruleset` of the first file, or `read_files(files) -> Ruleset` where what counts is in several.

They are strict: what they do not know is an error, never something to pass over.
"""

import importlib.util
from collections.abc import Callable
from importlib import import_module

from sightline.readiness.rulesets.line import Ruleset
from sightline.readiness.targets.target import File, Target

Files = tuple[File, ...]


def reader(target: Target) -> Callable[[Files], Ruleset]:
    """What reads a target's files: its own module here, or the reader of the audit."""
    name = f"tests.readers.{target.name.replace('-', '_')}"
    if importlib.util.find_spec(name):
        module = import_module(name)
        if hasattr(module, "read_files"):
            return module.read_files  # type: ignore[no-any-return]
        return lambda files: module.read(files[0].text)
    assert target.read, f"nothing reads {target.name}: write {name.replace('.', '/')}.py"
    return target.read
