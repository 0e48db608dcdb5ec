"""The manifest's types as a JSON Schema and as a page of the reference."""

from typing import Any

import msgspec
from msgspec import inspect

from sightline.readiness import manifest as types
from sightline.readiness.manifest import Manifest


def json_schema() -> dict[str, Any]:
    """What `profiles/schema.json` holds."""
    schema = msgspec.json.schema(Manifest)
    schema["$defs"]["Manifest"]["properties"]["$schema"] = {"type": "string", "description": "Where this schema is."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Network requirement manifest",
        **schema,
    }


def reference() -> str:
    """Every field in Markdown."""
    kinds = [kind for kind in vars(types).values() if isinstance(kind, type) and kind.__module__ == types.__name__]
    ordered = [Manifest, *(kind for kind in kinds if kind is not Manifest)]
    return "\n\n".join([_HEAD, *(_section(kind) for kind in ordered)]) + "\n"


def _section(kind: type[msgspec.Struct]) -> str:
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.StructType), f"{kind} is not a struct"
    lines = [f"## {kind.__name__}", "", (kind.__doc__ or "").strip(), "", "| field | holds | means |", "|---|---|---|"]
    for field in found.fields:
        description, holds = _described(field.type)
        needed = " **needed**" if field.required else ""
        lines.append(f"| `{field.encode_name}` | {holds}{needed} | {description} |")
    return "\n".join(lines)


def _described(kind: inspect.Type) -> tuple[str, str]:
    match kind:
        case inspect.Metadata():
            inner, holds = _described(kind.type)
            return (kind.extra_json_schema or {}).get("description", inner), holds
        case inspect.UnionType():
            return _described(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
        case inspect.StructType():
            return "", f"[{kind.cls.__name__}](#{kind.cls.__name__.lower()})"
        case inspect.VarTupleType():
            return "", f"list of {_described(kind.item_type)[1]}"
        case inspect.LiteralType():
            return "", " · ".join(f"`{value}`" for value in kind.values)
        case _:
            return "", _PLAIN[type(kind)]


_PLAIN: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.IntType: "whole number",
    inspect.BoolType: "true or false",
    inspect.DateType: "date",
}
_HEAD = """\
# The manifest

Made by `tools/generate_profile_schema.py` from the types themselves; do not edit. Why it is as it is stands in
[concepts](../concepts/manifest.md); `profiles/schema.json` is the same as a JSON Schema, for editors. An unknown key is
an error. A variable is written `${name}`."""
