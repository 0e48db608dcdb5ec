"""What was said in writing in one call: in order, each message once, as long as the call lives.

A message is numbered when it comes in. The page that said it made up its id, so that a page which says it again
(its socket or the server was gone before it was acknowledged) is known to have said it already.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from sightline.calls.pace import Pace
from sightline.errors import RefusedError
from sightline.wire import signalling as wire

KEPT: Final = 500
"""Messages of one call. Guess: several shifts of typing; the oldest go first."""

KEPT_CHARACTERS: Final = 200_000
"""A hundred full messages, or all that is kept of usual ones: the call is stored with its chat at every change, so
this bounds what a hostile guest can make the disk write."""

AT_ONCE: Final = 20
PER_S: Final = 1.0
"""Nobody types faster for long. A page that was offline says all that waited at once."""

CHARACTERS_AT_ONCE: Final = 10_000
"""So that a part of what was kept fits a frame of 64 KiB: in JSON a character takes at most six bytes."""

PER_MESSAGE: Final = 60
"""What surrounds the text takes some 250 bytes: counted as characters of six."""


class Said(msgspec.Struct, frozen=True):
    """A message, and who was in the call to be told it: nobody else may read it later."""

    message: wire.ChatMessage
    to: tuple[str, ...]


class Chat:
    """The chat of one call."""

    def __init__(self, kept: Iterable[Said] = ()) -> None:
        self._kept: deque[Said] = deque(kept)
        self._seq = self._kept[-1].message.seq if self._kept else 0
        self._characters = sum(len(said.message.text) for said in self._kept)
        self._ids = {(said.message.sender, said.message.id) for said in self._kept}
        self._paces: dict[str, Pace] = {}

    @property
    def kept(self) -> tuple[Said, ...]:
        """All of it, to be stored."""
        return tuple(self._kept)

    def say(self, sender: str, message: wire.Chat, to: Iterable[str], *, at: float, now: float) -> Said | None:
        """What those `to` are told, or None if they were told before. `at` is for people, `now` counts up."""
        key = (sender, message.id)
        if key in self._ids:
            return None
        if not message.text.strip():
            raise RefusedError("nothing_said", "There is nothing in this message.")
        if not self._paces.setdefault(sender, Pace(AT_ONCE, PER_S)).allows(now):
            raise RefusedError("too_fast", "That was a lot at once.", hint="Wait a few seconds, then send it again.")
        self._seq += 1
        said = Said(wire.ChatMessage(self._seq, message.id, sender, at, message.text), tuple(to))
        self._kept.append(said)
        self._characters += len(message.text)
        self._ids.add(key)
        while len(self._kept) > KEPT or self._characters > KEPT_CHARACTERS:
            self._forget(self._kept.popleft().message)
        return said

    def told(self, participant: str) -> Iterator[list[wire.ChatMessage]]:
        """All that the participant was told, in parts that fit a frame."""
        part: list[wire.ChatMessage] = []
        for said in self._kept:
            if participant not in said.to:
                continue
            if (
                part
                and sum(len(each.text) + PER_MESSAGE for each in part) + len(said.message.text) > CHARACTERS_AT_ONCE
            ):
                yield part
                part = []
            part.append(said.message)
        if part:
            yield part

    def _forget(self, message: wire.ChatMessage) -> None:
        self._characters -= len(message.text)
        self._ids.discard((message.sender, message.id))
