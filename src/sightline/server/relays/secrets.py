"""The secrets of our own relay: kept, so that credentials outlive a restart, and made anew every week."""

import os
import secrets
from pathlib import Path
from typing import Final

from sightline.errors import DataFolderError
from sightline.relays.credentials import LIFETIME_S

FILE: Final = "relay-secrets"

RENEWED_AFTER_S: Final = 7 * 24 * 3600.0
"""A secret that got out, with a backup of the folder, is of use for at most this and LIFETIME_S. Guess."""


def relay_secrets(folder: Path, now: float) -> list[str]:
    """The secrets that hold, the one to use first. One that was replaced holds as long as what was made of it."""
    file = folder / FILE
    try:
        kept = _kept(file.read_text()) if file.exists() else []
        kept = [each for each in kept if each[0] <= now]  # of a clock that was wrong
        if not kept or now - kept[0][0] >= RENEWED_AFTER_S:
            kept.insert(0, (now, secrets.token_urlsafe(32)))
            kept = kept[:2]
            _write(file, "".join(f"{made_at:.0f} {secret}\n" for made_at, secret in kept))
    except (OSError, ValueError) as error:
        raise DataFolderError(
            f"The relay's secrets in {file} cannot be used: {error}.", hint="Remove the file; a new one is made."
        ) from error
    replaced = [secret for _, secret in kept[1:2] if now - kept[0][0] < LIFETIME_S]
    return [kept[0][1], *replaced]


def _kept(text: str) -> list[tuple[float, str]]:
    """(when it was made, secret), the newest first."""
    pairs = [line.split() for line in text.splitlines()]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("a line is not a time and a secret")
    return [(float(made_at), secret) for made_at, secret in pairs]


def _write(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(descriptor)
    new.replace(file)
