"""Credentials that end by themselves: the name says until when and for whom, the password follows from a secret that
the relay knows too. As coturn's use-auth-secret has it (draft-uberti-behave-turn-rest); our own relay takes the same.
"""

import base64
import hmac
from dataclasses import dataclass
from typing import Final

LIFETIME_S: Final = 2 * 3600
"""How long a credential is good for a new allocation. One that was made in time is kept up as long as the call goes
on; fresh credentials come at half of it, so a page that was away for an hour still has good ones."""

RENEWED_AFTER_S: Final = LIFETIME_S / 2


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and its password."""

    username: str
    password: str


def time_limited(secret: str, holder: str, now: float) -> Credentials:
    """For `holder`, which tells nobody who that is: the relay sees it, and it stands in its log."""
    username = f"{int(now) + LIFETIME_S}:{holder}"
    digest = hmac.digest(secret.encode(), username.encode(), "sha1")
    return Credentials(username, base64.b64encode(digest).decode())
