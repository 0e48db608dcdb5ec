"""What a display name, a login, a note and a password may look like."""

import unicodedata
from typing import Final

from sightline.errors import RefusedError

MAX_NAME_LENGTH: Final = 80
MAX_LOGIN_LENGTH: Final = 128
"""Longer than nearly every e-mail address; bounds what a hostile sign-in can make us remember."""
MAX_NOTE_LENGTH: Final = 200
MIN_PASSWORD_LENGTH: Final = 10
"""NIST SP 800-63B asks for length and nothing else: rules about kinds of characters make passwords weaker."""
MAX_PASSWORD_LENGTH: Final = 1024
"""Hashing time hardly depends on the length; this only keeps a password from being used as storage."""

_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They reorder what stands around them, so one name could be shown as another (UAX #9, UTR #36 §3.4)."""
_VISIBLE_CATEGORIES: Final = ("L", "N", "P", "S")
_LOGIN_PUNCTUATION: Final = frozenset(".-_@+")


def display_name(text: str) -> str:
    """The name as it is stored and shown: NFC, trimmed, inner white space made single."""
    name = _one_line(text)
    if not any(unicodedata.category(character).startswith(_VISIBLE_CATEGORIES) for character in name):
        raise RefusedError("name_empty", "The name is empty.", hint="Give the name that the others should see.")
    if len(name) > MAX_NAME_LENGTH:
        raise RefusedError("name_too_long", f"The name is longer than {MAX_NAME_LENGTH} characters.")
    if _has_hidden_characters(name):
        raise RefusedError(
            "name_not_usable", "The name contains characters that cannot be seen.", hint="Type the name by hand."
        )
    return name


def note(text: str) -> str:
    """A host's note to themselves: may be empty, otherwise ruled like a name."""
    line = _one_line(text)
    if len(line) > MAX_NOTE_LENGTH:
        raise RefusedError("note_too_long", f"The note is longer than {MAX_NOTE_LENGTH} characters.")
    if _has_hidden_characters(line):
        raise RefusedError("note_not_usable", "The note contains characters that cannot be seen.")
    return line


def login_key(text: str) -> str:
    """The form in which logins are compared. Raises nothing: a login that cannot exist becomes the empty one,
    so that a failed sign-in says nothing about why.
    """
    if len(text) > MAX_LOGIN_LENGTH:
        return ""
    folded = text.strip()
    for _ in range(2):  # case folding can undo the normal form and the other way round; the second round is stable
        folded = unicodedata.normalize("NFKC", folded).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    return folded if _is_login(folded) else ""


def login(text: str) -> str:
    """The login as it is stored, or RefusedError: letters, digits and `. - _ @ +`, compared without case."""
    key = login_key(text)
    if not key:
        raise RefusedError(
            "login_not_usable",
            f"A login has 1 to {MAX_LOGIN_LENGTH} letters, digits or . - _ @ + and no spaces.",
            hint="An e-mail address or a short name such as maria.k works well.",
        )
    return key


def check_password(password: str, *, login: str) -> None:
    """Raise RefusedError unless the password may be used as a new one for this login."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise RefusedError(
            "password_too_short",
            f"The new password has fewer than {MIN_PASSWORD_LENGTH} characters.",
            hint="A few words in a row are easy to remember and hard to guess.",
        )
    if len(password) > MAX_PASSWORD_LENGTH:
        raise RefusedError("password_too_long", f"The new password is longer than {MAX_PASSWORD_LENGTH} characters.")
    if login_key(password) == login_key(login):
        raise RefusedError("password_is_login", "The new password is the login.", hint="Choose something else.")


def _one_line(text: str) -> str:
    # Only the space characters (Zs) and the tab are made single; other controls are left in, to be refused.
    normal = unicodedata.normalize("NFC", text)
    spaced = "".join(" " if _is_space(character) else character for character in normal)
    return " ".join(part for part in spaced.split(" ") if part)


def _is_space(character: str) -> bool:
    return character in "\t\n\r" or unicodedata.category(character) == "Zs"


def _has_hidden_characters(text: str) -> bool:
    return any(
        character in _BIDI_CONTROLS or unicodedata.category(character) in _HIDDEN_CATEGORIES for character in text
    )


def _is_login(text: str) -> bool:
    return 1 <= len(text) <= MAX_LOGIN_LENGTH and all(
        character in _LOGIN_PUNCTUATION or unicodedata.category(character)[0] in "LNM" for character in text
    )
