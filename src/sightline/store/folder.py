"""The data folder: everything a server keeps, in one place that can be copied.

<folder>/              0700
├── layout             the number of this layout, so that an older program keeps its hands off a newer one
├── lock               held by the running server; holds its process id
├── sightline.db       (and -wal, -shm while running)
├── certificates/      0700
├── relay-secrets      0600, of which credentials for our own relay are made
└── run/               0700, sockets; emptied by nobody but their owners
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from sightline.errors import DataFolderError, NewerDataError

LAYOUT: Final = 1
_OURS: Final = frozenset(
    {"layout", "lock", "certificates", "relay-secrets", "run", "sightline.db", "sightline.db-wal", "sightline.db-shm"}
)
_NOBODYS: Final = frozenset({"lost+found", "sightline.toml"})
"""The root of a fresh disk has the first; the second is a settings file that may have been put there before."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A data folder that this process, and no other, uses. Leaving the `with` block gives it up."""

    path: Path
    _lock: int

    @property
    def database_url(self) -> str:
        """For `Database.open`."""
        return f"sqlite+aiosqlite:///{self.path / 'sightline.db'}"

    @property
    def certificates(self) -> Path:
        """Certificates and their keys."""
        return self.path / "certificates"

    @property
    def run(self) -> Path:
        """Sockets."""
        return self.path / "run"

    def close(self) -> None:
        """Give the folder up."""
        os.close(self._lock)

    def __enter__(self) -> "DataFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_data_folder(path: Path) -> DataFolder:
    """Create the folder if need be, and take it for this process. Raises DataFolderError or NewerDataError."""
    path = path.expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_ours(path)
        path.chmod(0o700)
        lock = _take_lock(path)
        try:
            _check_layout(path)
            for name in ("certificates", "run"):
                (path / name).mkdir(mode=0o700, exist_ok=True)
        except BaseException:
            os.close(lock)
            raise
    except OSError as error:
        raise DataFolderError(
            f"The data folder {path} cannot be used: {error.strerror or error}.",
            hint="Choose a folder that belongs to the user who runs the server.",
        ) from error
    return DataFolder(path, lock)


def _check_ours(path: Path) -> None:
    # Somebody who gives `--data ~` would have their home closed to the group and filled with our files.
    names = {entry.name for entry in path.iterdir()}
    if "layout" not in names and not names <= _OURS | _NOBODYS:
        raise DataFolderError(
            f"The folder {path} holds other files.", hint="Choose an empty folder, or one that does not exist yet."
        )


def _take_lock(path: Path) -> int:
    lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(lock, 20).decode(errors="replace").strip()
        os.close(lock)
        raise DataFolderError(
            f"Another server uses the data folder {path} (process {holder or 'unknown'}).",
            hint="Stop that one first, or choose another folder.",
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _check_layout(path: Path) -> None:
    marker = path / "layout"
    if not marker.exists():
        marker.write_text(f"{LAYOUT}\n")
        return
    stored = marker.read_text().strip()
    if stored != str(LAYOUT):
        raise NewerDataError(
            f"The data folder {path} has layout {stored[:20]}; this version of Sightline knows layout {LAYOUT}.",
            hint="Install the version that wrote it.",
        )
