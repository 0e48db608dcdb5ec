"""Whether one address of a relay answers. A single lost check changes nothing, and neither does a single good one.

not known ──good──► alive ──LOST in a row──► dead ──GOOD in a row──► alive
    └──────────────LOST in a row──────────────▲
"""

from typing import Final

EVERY_S: Final = 15.0
"""Between checks. Guess: a relay bears four requests a minute, and a call bears half a minute of its loss, as browsers
try their other relays by themselves meanwhile."""

AGAIN_AFTER_S: Final = 2.0
"""After a check that was lost while the address is not yet called dead, and after a good one while it is."""

LOST: Final = 2
GOOD: Final = 2


class Health:
    """The state machine of one address. `now` is monotonic."""

    def __init__(self, now: float) -> None:
        self.is_alive: bool | None = None
        """None: not checked yet, which is not dead."""
        self.reason = ""
        """Why the last check was lost; empty if it was not."""
        self.round_trip_s: float | None = None
        """Of the last good check."""
        self._streak = 0
        """Checks in a row that were good, or, below zero, lost."""
        self._due_at = now

    def handle_good(self, now: float, round_trip_s: float) -> None:
        """It answered as it should."""
        self.round_trip_s, self.reason = round_trip_s, ""
        self._streak = max(self._streak, 0) + 1
        if self.is_alive is None or self._streak >= GOOD:
            self.is_alive = True
        self._due_at = now + (EVERY_S if self.is_alive else AGAIN_AFTER_S)

    def handle_lost(self, now: float, reason: str) -> None:
        """It did not answer, or not as it should."""
        self.round_trip_s, self.reason = None, reason
        self._streak = min(self._streak, 0) - 1
        if -self._streak >= LOST:
            self.is_alive = False
        self._due_at = now + (EVERY_S if self.is_alive is False else AGAIN_AFTER_S)

    def deadline(self) -> float:
        """When it is to be checked next."""
        return self._due_at
