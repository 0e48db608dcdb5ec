"""What is said of a text that is not the rules it was taken for."""

from sightline.errors import RefusedError
from sightline.readiness.problem import shown


def unreadable(what: str, hint: str = "") -> RefusedError:
    """The error for a text that cannot be read as rules."""
    return RefusedError("not-a-ruleset", f"{shown(what)}.", hint=hint)


TEXT_MOST = 64 << 20  # characters; ten times the largest set of rules that anybody wrote of (a guess)
DEPTH_MOST = 16  # chains that call chains; iptables' own limit is on the kernel's stack, nftables' is 16
LINES_MOST = 200_000  # lines after chains were put where they are called; a guess, minutes of work
