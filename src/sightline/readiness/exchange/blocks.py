"""An article cut into what belongs together: rows of a table, items of a list, single lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sightline.errors import RefusedError

TEXT_MOST = 2 << 20
"""The longest of the articles that were read has 6,000 characters; more than this is no article."""
LINE_MOST = 8_000
"""What is longer was never typed by a person; it is cut, and said so."""


@dataclass(frozen=True, slots=True)
class Block:
    """One of them."""

    kind: Literal["row", "list", "line"]
    text: str
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    heading: str = ""
    """The nearest short line above it."""
    follows: str = ""
    """The line directly above a list."""


def blocks(text: str) -> Iterator[Block]:
    """In the order of the text. Raises RefusedError for what is too long."""
    if len(text) > TEXT_MOST:
        raise RefusedError(
            "too-large", f"It has more than {TEXT_MOST} characters, which no article has.", hint="Is it the right file?"
        )
    yield from _Cutting([" ".join(line.split()) for line in text.splitlines()]).all()


class _Cutting:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.at = 0
        self.heading = ""
        self.above = ""
        self.header: tuple[str, ...] = ()

    def all(self) -> Iterator[Block]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line or re.fullmatch(r"[-|:+= ]+", line):
                self.at += 1
                self.header = () if not line else self.header
            elif "|" in line:
                yield from self.row()
            elif is_item(line):
                yield self.items()
            else:
                self.header = ()
                self.at += 1
                yield Block("line", line[:LINE_MOST], heading=self.heading)
                self.above = line
                self.heading = line if is_heading(line) else self.heading

    def row(self) -> Iterator[Block]:
        """Cells may hold line ends: a row is whole when it has as many cells as the header."""
        parts = [self.lines[self.at]]
        self.at += 1
        if not self.header:
            self.header = _cells(parts[0])
            yield Block("row", parts[0][:LINE_MOST], self.header, heading=self.heading)
            return
        while len(_cells(" ".join(parts))) < len(self.header) and len(parts) < _ROW_LINES:
            if not self.goes_on():
                break
            parts.append(self.lines[self.at])
            self.at += 1
        text = " ".join(parts)[:LINE_MOST]
        yield Block("row", text, _cells(text), self.header, self.heading)

    def goes_on(self) -> bool:
        """Whether the next line is of the same row: it has cells, or stands before a line that has."""
        following = [*self.lines[self.at : self.at + 2], "", ""][:2]
        return "|" in following[0] or (bool(following[0]) and "|" in following[1])

    def items(self) -> Block:
        found = []
        while self.at < len(self.lines) and is_item(self.lines[self.at]):
            found.append(self.lines[self.at])
            self.at += 1
        return Block("list", " ".join(found)[:LINE_MOST], tuple(found), heading=self.heading, follows=self.above)


def is_item(line: str) -> bool:
    """Whether the line is one of a list: with a bullet, or nothing but one host."""
    return bool(re.match(r"[•·‣] |[*–-] +\S", line) or re.fullmatch(r"[*.]{0,2}[\w<>{}-]+(?:\.[\w<>{}-]+){1,9}", line))


def is_heading(line: str) -> bool:
    """Whether the line names what follows."""
    return len(line) < _HEADING_MOST and not line.endswith((".", ";", "!", "?")) and not is_item(line)


def _cells(text: str) -> tuple[str, ...]:
    parts = [part.strip() for part in text.strip().removeprefix("|").split("|")]
    return tuple(parts[:-1] if text.rstrip().endswith("|") else parts)


_HEADING_MOST = 80
_ROW_LINES = 12  # a guess; the longest row that was seen takes four
