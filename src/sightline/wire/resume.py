"""The counters that make signalling survive a dropped socket: what was said, what was heard, what to repeat.

One `Conversation` per session and side; `web/src/signalling/session.ts` is the same machine in the browser.
Invariant: `unacknowledged` holds exactly the frames with `acked < seq <= said`, in order.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from sightline.errors import ProtocolError

MAX_UNACKNOWLEDGED: Final = 512
"""A call sets up with some 40 messages each way, and a page acknowledges every 10 s at the latest. One that is 512
behind is either gone or flooded by others, whom the switchboard slows down: it starts anew with the whole state."""

MessageT = TypeVar("MessageT")


@dataclass(slots=True)
class Conversation(Generic[MessageT]):
    """One side's end of a session."""

    said: int = 0
    """The highest seq given to a message of ours."""
    heard: int = 0
    """The highest seq of the other side that was received in order."""
    unacknowledged: deque[tuple[int, MessageT]] = field(default_factory=deque)

    def number(self, message: MessageT) -> int:
        """Remember the message until it is acknowledged; its seq."""
        if len(self.unacknowledged) >= MAX_UNACKNOWLEDGED:
            raise ProtocolError("too_far_behind", f"{MAX_UNACKNOWLEDGED} messages are not acknowledged")
        self.said += 1
        self.unacknowledged.append((self.said, message))
        return self.said

    def acknowledge(self, ack: int) -> None:
        """The other side has everything up to `ack`."""
        if ack > self.said:
            raise ProtocolError("bad_ack", f"acknowledges {ack}, but only {self.said} were said")
        while self.unacknowledged and self.unacknowledged[0][0] <= ack:
            self.unacknowledged.popleft()

    def is_news(self, seq: int) -> bool:
        """Whether a message that came in is the next one; False for one that was heard before."""
        if seq <= self.heard:
            return False
        if seq != self.heard + 1:
            raise ProtocolError("gap", f"message {seq} came after {self.heard}")
        self.heard = seq
        return True

    def to_repeat(self, received: int) -> list[tuple[int, MessageT]]:
        """What the other side has not got, when it says that it has received up to `received`."""
        self.acknowledge(received)
        return list(self.unacknowledged)
