"""Whether a TOML document has the shape of a manifest: every misfit, not only the first, each with its place.

msgspec stops at the first error and names list items by number; people who write forty requirements need all of
them, by the requirement's id. Both read the same types, so they cannot disagree.
"""

import datetime
import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

from msgspec import Struct, inspect

from sightline.readiness.problem import Problem, shown


def misfits(document: dict[str, Any], kind: type[Struct], file: str) -> Iterator[Problem]:
    """What keeps the document from being a `kind`."""
    yield from _Walk(file).struct(document, _struct_type(kind), "")


class _Walk:
    def __init__(self, file: str) -> None:
        self.file = file

    def problem(self, place: str, what: str, hint: str = "") -> Problem:
        return Problem(self.file, place, what, hint)

    def value(self, value: object, kind: inspect.Type, place: str) -> Iterator[Problem]:
        match kind:
            case inspect.Metadata():
                yield from self.value(value, kind.type, place)
            case inspect.UnionType():
                # Here a union is always "that, or absent"; TOML cannot say null.
                yield from self.value(value, next(a for a in kind.types if not isinstance(a, inspect.NoneType)), place)
            case inspect.StructType():
                if isinstance(value, dict):
                    yield from self.struct(value, kind, place)
                else:
                    yield self.problem(place, f"must be a table, not {_called(value)}")
            case inspect.VarTupleType():
                yield from self.items(value, kind, place)
            case inspect.DictType():
                if not isinstance(value, dict):
                    yield self.problem(place, f"must be a table, not {_called(value)}")
                    return
                for key, item in value.items():
                    yield from self.value(item, kind.value_type, f'{place}."{shown(key)}"')
            case inspect.StrType():
                yield from self.text(value, kind, place)
            case _:
                if not _fits(value, kind):
                    yield self.problem(place, f"must be {_wanted(kind)}, not {_called(value)}")

    def struct(self, table: dict[str, Any], kind: inspect.StructType, place: str) -> Iterator[Problem]:
        known = {field.encode_name: field for field in kind.fields}
        for key, value in table.items():
            where = f"{place} {key}" if place.endswith(":") else f"{place}.{key}" if place else key
            if field := known.get(key):
                yield from self.value(value, field.type, where)
            else:
                meant = get_close_matches(key, known, n=1)
                hint = f"Did you mean {meant[0]}?" if meant else f"There are: {', '.join(known)}."
                yield self.problem(shown(where), "is not known", hint)
        for field in kind.fields:
            if field.required and field.encode_name not in table:
                yield self.problem(place, f"lacks {field.encode_name}", "See docs/reference/manifest.md.")

    def items(self, value: object, kind: inspect.VarTupleType, place: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield self.problem(place, f"must be a list, not {_called(value)}")
            return
        if len(value) < (kind.min_length or 0):
            yield self.problem(place, "must not be empty")
        for number, item in enumerate(value):
            yield from self.value(item, kind.item_type, _item_place(place, number, item))

    def text(self, value: object, kind: inspect.StrType, place: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield self.problem(place, f"must be text, not {_called(value)}")
        elif FORBIDDEN.search(value):
            yield self.problem(place, "holds a control or bidirectional character")
        elif len(value) < (kind.min_length or 0):
            yield self.problem(place, "must not be empty")
        elif kind.max_length is not None and len(value) > kind.max_length:
            yield self.problem(place, f"is longer than {kind.max_length} characters")
        elif kind.pattern is not None and not re.search(kind.pattern, value):
            yield self.problem(place, f'is "{shown(value)}", which does not match {kind.pattern}')


def _item_place(place: str, number: int, item: object) -> str:
    if place == "requirements" and isinstance(item, dict) and isinstance(item.get("id"), str):
        return f"requirement {shown(item['id'])}:"
    return f"{place}[{number}]"


def _fits(value: object, kind: inspect.Type) -> bool:
    match kind:
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            least, most = kind.ge, kind.le
            fits = isinstance(value, int) and not isinstance(value, bool)
            return fits and (least is None or value >= least) and (most is None or value <= most)  # type: ignore[operator]
        case inspect.LiteralType():
            return any(type(value) is type(allowed) and value == allowed for allowed in kind.values)
        case inspect.DateType():
            return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)
        case _:
            raise AssertionError(f"the manifest uses {kind}, which this walk does not know")


def _wanted(kind: inspect.Type) -> str:
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            low = f" from {kind.ge}" if kind.ge is not None else ""
            high = f" to {kind.le}" if kind.le is not None else ""
            return f"a whole number{low}{high}"
        case inspect.LiteralType():
            return "one of " + ", ".join(map(str, kind.values))
        case _:
            return "a date such as 2026-11-21"


def _called(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{shown(value)}"'
        case int() if abs(value) < 10**18:
            return str(value)
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return f"a {type(value).__name__}"


@cache
def _struct_type(kind: type[Struct]) -> inspect.StructType:
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.StructType), f"{kind} is not a struct"
    return found


# C0 but for tab, DEL, C1 and the Unicode bidirectional controls (UAX #9 §2): none has a place in a rule's comment.
# Half characters can be written in JSON, and not in UTF-8.
_CODES = (*range(9), *range(10, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
FORBIDDEN = re.compile(f"[{''.join(map(chr, _CODES))}\u061c\u200e\u200f\u2028\u2029\ud800-\udfff]")
