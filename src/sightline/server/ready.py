"""What there is to say once the server answers. `cli/serve.py` prints it; a test reads it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ready:
    """The server answers on all of its addresses."""

    local_url: str
    """For a browser on this machine, such as http://localhost:8080; "" when it is turned off."""
    urls: tuple[str, ...] = ()
    """For other devices, the most useful first."""
    trust_url: str | None = None
    """Where a phone learns to trust our own authority; None when the certificate comes from elsewhere."""
    authority_fingerprint: str | None = None
    """SHA-256 of our own authority. The trust page comes over plain HTTP, so people compare it with this one."""
    admin_login: str | None = None
    admin_password: str | None = None
    """Both until somebody has signed in: the password is kept as a hash, so each start until then makes a new one."""
    guest_link: str | None = None
    """Likewise. Contains a token: it must reach no log."""
    warnings: tuple[str, ...] = ()
    """What does not work as it should, each with what to do about it."""


def keep_origin(run_folder: Path, origin: str) -> None:
    """Note what links begin with, for `sightline invite`: the port may have been given on the command line only."""
    (run_folder / _ORIGIN).write_text(origin)


def kept_origin(run_folder: Path) -> str | None:
    """What the server that runs, or ran last, has noted."""
    try:
        return (run_folder / _ORIGIN).read_text() or None
    except OSError:
        return None


_ORIGIN = "origin"
