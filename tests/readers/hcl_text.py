"""The little of Terraform's language that our targets write → blocks. What is not that is an error."""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'\s*(?:"([^"\\$%\n]*)"|([A-Za-z_][\w.]*)|(\d+)|([{}\[\]=,]))')


@dataclass
class Found:
    kind: str
    labels: list[str]
    values: dict[str, object] = field(default_factory=dict)
    blocks: list["Found"] = field(default_factory=list)


def blocks(text: str) -> list[Found]:
    tokens = _tokens(text)
    found = []
    while tokens:
        found.append(_block(tokens))
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        assert match, f"cannot be read: {text[at : at + 60]!r}"
        kind = ("text", "word", "number", "sign")[(match.lastindex or 0) - 1]
        tokens.append((kind, match[match.lastindex or 0]))
        at = match.end()
    return tokens[::-1]


def _block(tokens: list[tuple[str, str]]) -> Found:
    kind, name = tokens.pop()
    assert kind == "word"
    found = Found(name, [])
    while tokens[-1][0] == "text":
        found.labels.append(tokens.pop()[1])
    assert tokens.pop() == ("sign", "{")
    while tokens[-1] != ("sign", "}"):
        if tokens[-2] == ("sign", "="):
            _, key = tokens.pop()
            tokens.pop()
            assert key not in found.values, f"{key} twice"
            found.values[key] = _value(tokens)
        else:
            found.blocks.append(_block(tokens))
    tokens.pop()
    return found


def _value(tokens: list[tuple[str, str]]) -> object:
    kind, text = tokens.pop()
    if kind == "number":
        return int(text)
    if (kind, text) != ("sign", "["):
        return text
    items: list[object] = []
    while tokens[-1] != ("sign", "]"):
        items.append(_value(tokens))
        if tokens[-1] == ("sign", ","):
            tokens.pop()
    tokens.pop()
    return items
