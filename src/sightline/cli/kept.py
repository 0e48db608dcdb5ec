"""The database of a server that runs, or ran, for the verbs that work beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sightline.config import Config
from sightline.errors import DataFolderError

if TYPE_CHECKING:  # half of what `--help` would take
    from sightline.store.database import Database


@asynccontextmanager
async def kept_database(config: Config) -> "AsyncIterator[Database]":
    """Open for as long as the block runs. Raises DataFolderError where no server has been: nothing is created."""
    file = config.data / "sightline.db"
    if not file.exists():
        raise DataFolderError(
            f"{config.data} is not the data folder of a server.",
            hint="Name it with --data, or start the server once: sightline serve",
        )
    from sightline.store.database import Database

    database = await Database.open(f"sqlite+aiosqlite:///{file}")
    try:
        yield database
    finally:
        await database.close()
