"""How fast one page may talk: a token bucket, told the time."""

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """`burst` at once, and `per_s` in the long run."""

    burst: float
    per_s: float
    _left: float | None = None
    _at: float = 0.0

    def allows(self, now: float) -> bool:
        """Whether one more is within the pace; if so it counts."""
        left = self.burst if self._left is None else min(self.burst, self._left + (now - self._at) * self.per_s)
        self._at = now
        self._left = left - 1 if left >= 1 else left
        return left >= 1
