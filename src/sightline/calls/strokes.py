"""What is drawn on the pictures of one call: who may draw what where, and how much of it there may be.

A stroke begins, grows and ends; what is undone or cleared is hidden, so that it can come back. Every step can be
taken twice without harm: a page repeats what was not acknowledged.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from sightline.errors import RefusedError
from sightline.wire import signalling as wire

MAX_STROKES: Final = 200
"""On the pictures of one call, hidden ones too; the hidden go first. Guess: nobody sees anything below so many."""

MAX_POINTS: Final = 2000
"""Of one stroke: half a minute without lifting the pen, at 60 frames a second. Pages begin another one before."""

MAX_POINTS_OF_ALL: Final = 20_000
"""Some 300 KB as JSON, which is what a page that is loaded anew is sent at most."""

DIGITS: Final = 4
"""A ten-thousandth of a picture is a fifth of a pixel in 1080p."""

POINTS_AT_ONCE: Final = 2000
"""In one part of what is kept: 32 KB, half of what a frame may hold."""

STROKES_AT_ONCE: Final = 20
"""In JSON, ids and a text that are all escapes take 1.4 KB besides the points: 28 KB at most."""

POINTS_OF: Final[dict[wire.Tool, int]] = {
    "pointer": MAX_POINTS,
    "freehand": MAX_POINTS,
    "arrow": 2,
    "ellipse": 2,
    "rectangle": 2,
    "number": 1,
    "text": 1,
}


class Drawing:
    """The strokes of one call, in the order in which they were begun."""

    def __init__(self) -> None:
        self._strokes: dict[str, wire.Stroke] = {}

    def begin(self, author: str, stroke: wire.Stroke) -> wire.Stroke | None:
        """The stroke as the others are told of it, or None if it is there already."""
        there = self._strokes.get(stroke.id)
        if there is not None:
            if there.author != author:
                raise RefusedError("stroke_taken", "Somebody else has drawn under this id.")
            return None
        _require_shape(stroke.tool, stroke.points)
        self._make_room()
        if len(self._strokes) >= MAX_STROKES or self._points() + len(stroke.points) // 2 > MAX_POINTS_OF_ALL:
            raise RefusedError("drawing_full", "There are too many marks.", hint="Clear some of them.")
        stroke = msgspec.structs.replace(stroke, author=author, points=_rounded(stroke.points))
        self._strokes[stroke.id] = stroke
        return stroke

    def extend(self, author: str, stroke_id: str, at: int, points: list[float]) -> list[float]:
        """The points as the others are told of them."""
        stroke = self._own(author, stroke_id)
        if 2 * at > len(stroke.points):
            raise RefusedError("gap", f"Point {at} came after {len(stroke.points) // 2} points.")
        points = _rounded(points)
        together = stroke.points[: 2 * at] + points
        _require_shape(stroke.tool, together)
        if self._points() + (len(together) - len(stroke.points)) // 2 > MAX_POINTS_OF_ALL:
            raise RefusedError("drawing_full", "There are too many marks.", hint="Clear some of them.")
        self._strokes[stroke_id] = msgspec.structs.replace(stroke, points=together)
        return points

    def end(self, author: str, stroke_id: str) -> None:
        """The pen is lifted. A pointer leaves nothing behind."""
        if self._own(author, stroke_id).tool == "pointer":
            del self._strokes[stroke_id]

    def show(self, by: str, host: str, strokes: list[str], *, is_shown: bool) -> list[str]:
        """Which have changed. Everybody may hide their own; the host, and whoever's picture it is, all on it."""
        there = [self._strokes[each] for each in dict.fromkeys(strokes) if each in self._strokes]
        if any(by not in (stroke.author, stroke.on, host) for stroke in there):
            raise RefusedError("not_allowed", "Only your own marks, and those on your own picture, are yours to clear.")
        changed = [stroke for stroke in there if stroke.is_shown != is_shown]
        for stroke in changed:
            self._strokes[stroke.id] = msgspec.structs.replace(stroke, is_shown=is_shown)
        return [stroke.id for stroke in changed]

    def drop(self, author: str, stroke_id: str) -> bool:
        """Take back a stroke that could not be gone on with, so that all see the same; whether it was there."""
        stroke = self._strokes.get(stroke_id)
        if stroke is None or stroke.author != author:
            return False
        del self._strokes[stroke_id]
        return True

    def kept(self) -> Iterator[tuple[list[wire.Stroke], bool]]:
        """All strokes in parts that fit a frame, and whether it is the last part; at least one."""
        part: list[wire.Stroke] = []
        room = POINTS_AT_ONCE
        for stroke in self._strokes.values():
            points = len(stroke.points) // 2
            if part and (points > room or len(part) == STROKES_AT_ONCE):
                yield part, False
                part, room = [], POINTS_AT_ONCE
            part.append(stroke)
            room -= points
        yield part, True

    def _own(self, author: str, stroke_id: str) -> wire.Stroke:
        stroke = self._strokes.get(stroke_id)
        if stroke is None or stroke.author != author:
            raise RefusedError("no_such_stroke", "You are drawing no such stroke.")
        return stroke

    def _points(self) -> int:
        return sum(len(stroke.points) for stroke in self._strokes.values()) // 2

    def _make_room(self) -> None:
        """The oldest that is hidden goes when there are too many."""
        if len(self._strokes) < MAX_STROKES and self._points() < MAX_POINTS_OF_ALL // 2:
            return
        hidden = next((stroke.id for stroke in self._strokes.values() if not stroke.is_shown), None)
        if hidden is not None:
            del self._strokes[hidden]


def _require_shape(tool: wire.Tool, points: list[float]) -> None:
    if len(points) % 2 or not 2 <= len(points) <= 2 * POINTS_OF[tool]:
        raise RefusedError("bad_stroke", f"A stroke of the kind {tool} has up to {POINTS_OF[tool]} whole points.")


def _rounded(points: list[float]) -> list[float]:
    return [round(share, DIGITS) for share in points]
