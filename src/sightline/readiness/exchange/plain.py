"""A manifest as tables, lists, texts and numbers, without what is as it is by default."""

from typing import Any, TypeAlias

import msgspec

from sightline.readiness.manifest import Manifest

Plain: TypeAlias = Any  # dict, list, str, int, bool, or a date


def plain(manifest: Manifest) -> dict[str, Plain]:
    """Fields in the order of their types, under the names that a file has for them."""
    return _struct(manifest)


def _struct(value: msgspec.Struct) -> dict[str, Plain]:
    found = {}
    for field in msgspec.structs.fields(value):
        item = getattr(value, field.name)
        if item != field.default:
            found[field.encode_name] = _value(item)
    return found


def _value(value: object) -> Plain:
    match value:
        case msgspec.Struct():
            return _struct(value)
        case tuple():
            return [_value(item) for item in value]
        case _:
            return value
