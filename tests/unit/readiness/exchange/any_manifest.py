"""Manifests of any content, made from the types themselves: every field, every shape, hostile texts."""

from typing import Any

from hypothesis import strategies as st
from msgspec import Struct, inspect

from sightline.readiness.manifest import Manifest

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["'\"\\", "a\\u0041\n\r\t", "${x}", '"""', "'''", "#", "\x7f\x00\x85", "‮x"]
)


def structs(kind: type[Struct]) -> st.SearchStrategy[Any]:
    """Values of the type; their parts need not agree with each other."""
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.StructType)
    fields = {}
    for field in found.fields:
        one = values(field.type)
        fields[field.name] = one if field.required else st.just(field.default) | one
    return st.builds(kind, **fields)


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.Metadata():
            return values(kind.type)
        case inspect.UnionType():
            return st.one_of([values(one) for one in kind.types])
        case inspect.NoneType():
            return st.none()
        case inspect.StructType():
            return structs(kind.cls)
        case inspect.VarTupleType():
            return st.lists(values(kind.item_type), min_size=kind.min_length or 0, max_size=2).map(tuple)
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.StrType(pattern=str(pattern)):
            return st.from_regex(pattern, fullmatch=True)
        case inspect.StrType():
            return TEXTS.filter(lambda text: len(text) >= (kind.min_length or 0))
        case inspect.IntType():
            return st.integers(int(kind.ge or 0), int(kind.le or 2**31))
        case inspect.BoolType():
            return st.booleans()
        case inspect.DateType():
            return st.dates()
        case _:
            raise AssertionError(f"the manifest uses {kind}, which this does not know")


MANIFESTS = structs(Manifest)
