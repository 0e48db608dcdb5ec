"""Terraform's language, as far as the targets of clouds need it: blocks of names and values, formatted as its own tool
would."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """Something of the language, such as `var.network`, and not a text."""

    text: str


Value = str | int | list[str] | Reference


@dataclass(frozen=True, slots=True)
class Block:
    """`kind "label" "label" { … }`."""

    kind: str
    labels: tuple[str, ...]
    values: Sequence[tuple[str, Value]]
    blocks: Sequence["Block"] = ()


def hcl(blocks: Sequence[Block]) -> str:
    """The text of a file."""
    return "\n\n".join("\n".join(_block(block, "")) for block in blocks) + "\n"


def _block(block: Block, indent: str) -> Iterator[str]:
    yield indent + " ".join((block.kind, *map(_quoted, block.labels), "{"))
    width = max((len(name) for name, _ in block.values), default=0)
    for name, value in block.values:
        yield f"{indent}  {name.ljust(width)} = {_value(value)}"
    for number, inner in enumerate(block.blocks):
        if number or block.values:
            yield ""
        yield from _block(inner, indent + "  ")
    yield indent + "}"


def _value(value: Value) -> str:
    match value:
        case Reference(text):
            return text
        case int():
            return str(value)
        case str():
            return _quoted(value)
        case list():
            return "[" + ", ".join(map(_quoted, value)) + "]"


def _quoted(text: str) -> str:
    # Only what the targets have made plain comes here; a quote or `${` would mean something.
    assert text.isascii() and text.isprintable() and not set('"\\$%') & set(text), f"{text!r} is not a word of ours"  # noqa: PT018
    return f'"{text}"'
