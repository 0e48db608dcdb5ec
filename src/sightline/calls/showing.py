"""What somebody in a call says in writing or draws, and who is told of it: chat and strokes in one place, because both
are for those who are let in, and both are answered with `not_taken` when they are refused.
"""

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from sightline.calls.call import Call
from sightline.calls.chat import Chat, Said
from sightline.calls.strokes import Drawing
from sightline.errors import RefusedError
from sightline.wire import signalling as wire

Told: TypeAlias = tuple[str, wire.FromServer]
"""A participant and what they are told."""


class Showing:
    """The chat and the strokes of one call."""

    def __init__(self, chat: tuple[Said, ...] = ()) -> None:
        self.chat = Chat(chat)
        self._drawing = Drawing()

    def handle(self, call: Call, me: str, message: wire.Chat | wire.Drawn, *, at: float, now: float) -> Iterator[Told]:
        """Who is told what. `at` is for people, `now` counts up and never back."""
        try:
            call.require_in(me)
            yield from self._told(call, me, message, at=at, now=now)
        except RefusedError as error:
            if isinstance(message, wire.ShowStrokes):
                raise
            yield from self._refused(call, me, message, error)

    def kept(self, call: Call, participant: str) -> Iterator[wire.FromServer]:
        """All that somebody in the call may see, for a page that knows nothing yet."""
        if participant not in call.admitted() or call.has_ended:
            return
        for messages in self.chat.told(participant):
            yield wire.ChatKept(call.id, messages)
        for strokes, is_last in self._drawing.kept():
            yield wire.StrokesKept(call.id, strokes, is_last)

    def _told(self, call: Call, me: str, message: wire.Chat | wire.Drawn, *, at: float, now: float) -> Iterator[Told]:
        others = [each for each in call.admitted() if each != me]
        told: wire.FromServer | None
        match message:
            case wire.Chat():
                said = self.chat.say(me, message, call.admitted(), at=at, now=now)
                if said is not None:
                    yield from ((each, wire.ChatSaid(call.id, said.message)) for each in said.to)
                return
            case wire.BeginStroke(stroke=stroke):
                call.require_in(stroke.on)
                begun = self._drawing.begin(me, stroke)
                told = None if begun is None else wire.StrokeBegun(call.id, begun)
            case wire.ExtendStroke(id=stroke_id):
                points = self._drawing.extend(me, stroke_id, message.at, message.points)
                told = wire.StrokeExtended(call.id, stroke_id, message.at, points)
            case wire.EndStroke(id=stroke_id):
                self._drawing.end(me, stroke_id)
                told = wire.StrokeEnded(call.id, stroke_id)
            case wire.ShowStrokes(is_shown=is_shown):
                changed = self._drawing.show(me, call.host.id, message.strokes, is_shown=is_shown)
                told = wire.StrokesShown(call.id, changed, is_shown) if changed else None
            case _:
                assert_never(message)
        if told is not None:
            yield from ((each, told) for each in others)

    def _refused(
        self,
        call: Call,
        me: str,
        message: wire.Chat | wire.BeginStroke | wire.ExtendStroke | wire.EndStroke,
        why: RefusedError,
    ) -> Iterator[Told]:
        """A stroke that cannot go on is taken back everywhere, so that nobody points at half of it."""
        stroke_or_message = message.stroke.id if isinstance(message, wire.BeginStroke) else message.id
        yield me, wire.NotTaken(call.id, stroke_or_message, why.code, str(why))
        if isinstance(message, wire.ExtendStroke) and self._drawing.drop(me, message.id):
            hidden = wire.StrokesShown(call.id, [message.id], is_shown=False)
            yield from ((each, hidden) for each in call.admitted() if each != me)
