"""Random secrets: tokens that browsers and links carry, identifiers, first passwords.

A token is looked up by its SHA-256. That needs no slow hash, because nobody guesses 128 bits, and no comparison in
constant time: what a lookup's duration tells is about the hash, from which nobody gets back to a token.
"""

import hashlib
import secrets
from typing import Final

INVITE_TOKEN_BYTES: Final = 16
"""128 bits: not to be guessed, and the QR code stays coarse enough for a bad camera."""
COOKIE_TOKEN_BYTES: Final = 32
ID_BYTES: Final = 12

_EASY: Final = "abcdefghjkmnpqrstuvwx23456789"
"""No i, l, o, 0, 1 (look alike); no y and z (change places between keyboards)."""
_GROUPS: Final = 4
_GROUP_LENGTH: Final = 4


def new_token(size: int = COOKIE_TOKEN_BYTES) -> str:
    """A secret for a cookie or a link."""
    return secrets.token_urlsafe(size)


def token_hash(token: str) -> bytes:
    """What is stored in its place."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def new_id() -> str:
    """An identifier that nobody can guess or count; not a secret."""
    return secrets.token_urlsafe(ID_BYTES)


def new_password() -> str:
    """A first password, like `kafu-3mle-hx8v-q2bd`: 16 times one of 29 is 77 bits."""
    return "-".join("".join(secrets.choice(_EASY) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
