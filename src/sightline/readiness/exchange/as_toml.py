"""A manifest as TOML, in the one form that profiles have: what is read from it is equal to what was written."""

import datetime
from collections.abc import Iterator

from sightline.readiness.exchange.plain import Plain, plain
from sightline.readiness.manifest import Manifest


def write(manifest: Manifest) -> str:
    """The whole file."""
    return "\n".join(_table(plain(manifest), "")).lstrip("\n") + "\n"


def _table(table: dict[str, Plain], path: str) -> Iterator[str]:
    # In TOML, whatever follows a [[table]] belongs to it: plain values must come first.
    for name, value in table.items():
        if f"{path}{name}" not in _TABLES:
            yield _assignment(name, value)
    for inner in _TABLES:
        for item in table.get(inner.removeprefix(path), ()) if inner.startswith(path) else ():
            yield f"\n[[{inner}]]"
            yield from _table(item, f"{inner}.")


def _assignment(name: str, value: Plain) -> str:
    line = f"{name} = {_inline(value)}"
    if len(line) <= _WIDTH or not isinstance(value, list):
        return line
    items = "".join(f"  {_inline(item)},\n" for item in value)
    return f"{name} = [\n{items}]"


def _inline(value: Plain) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_inline, value))}]"
        case dict():
            return "{ " + ", ".join(f"{name} = {_inline(item)}" for name, item in value.items()) + " }"
        case datetime.date():
            return value.isoformat()
        case int():
            return str(value)
        case _:
            raise AssertionError(f"a manifest holds no {type(value).__name__}")


def _text(text: str) -> str:
    return '"' + "".join(map(_char, text)) + '"'


def _char(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    # Whatever steers a terminal or an editor is written as its number, so that the file shows what it holds.
    return char if char.isprintable() else f"\\U{ord(char):08x}"


_TABLES = (
    "sources", "documents", "parties", "zones", "variables", "requirements", "requirements.sources", "notes",
    "defects", "changes",
)  # fmt: skip
_WIDTH = 120
