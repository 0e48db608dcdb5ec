"""The only reader of the clock. Everything else takes `now` as an argument.

Wall-clock times are seconds since the epoch as float, in UTC; they are what is stored and sent. Spans inside
one process come from `monotonic`, which no operator and no time server can turn back.
"""

import time


def now() -> float:
    """Seconds since the epoch."""
    return time.time()


def monotonic() -> float:
    """Seconds since some fixed point in this process's past."""
    return time.monotonic()
