"""The database: opened, brought up to date, and handed out one transaction at a time.

SQLite in WAL mode now; the SQL keeps to what PostgreSQL has too, and what is SQLite's own is in `_set_up_sqlite`.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any, Final, cast

from sqlalchemy import event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from sightline.errors import DataFolderError, NewerDataError
from sightline.store.migrations import REVISIONS

_BUSY_TIMEOUT_MS: Final = 5000
"""Only another program (a backup, `sqlite3`) makes us wait: our own writers queue in `writing`."""
_CONNECTIONS: Final = 4
"""Each is a thread (aiosqlite). One writes; three read at a time. Measured: more gain nothing on two cores."""
_WRITES: Final = "sightline_writes"


class Database:
    """Transactions on an up-to-date database. Made by `open`, ended by `close`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._reading = engine
        self._writing = engine.execution_options(**{_WRITES: True})
        self._one_writer: asyncio.Lock | None = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Connect and migrate. Raises NewerDataError or DataFolderError, whose messages are for the operator.

        `url` is SQLAlchemy's: `sqlite+aiosqlite:////var/lib/sightline/sightline.db`.
        """
        engine = create_async_engine(url, hide_parameters=True, **_pool(url))
        database = cls(engine)
        try:
            if engine.dialect.name == "sqlite":
                _set_up_sqlite(engine)
                _try_to_open(engine.url.database or ":memory:")
            await database._bring_up_to_date()
        except (DBAPIError, sqlite3.Error) as error:
            await database.close()
            raise DataFolderError(
                f"The database cannot be opened: {error.orig if isinstance(error, DBAPIError) else error}.",
                hint="Check that the folder belongs to the user who runs the server and that the disk is not full.",
            ) from error
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close every connection. SQLite then folds its write-ahead log into the file."""
        await self._reading.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """For reading. Each statement sees one moment, as with PostgreSQL's READ COMMITTED; no two see the same."""
        async with self._reading.begin() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is kept if the block ends well and undone if it raises. Do not nest: it would wait
        for itself.
        """
        if self._one_writer is None:
            async with self._writing.begin() as connection:
                yield connection
            return
        # SQLite has one writer at a time and makes the others poll; waiting here is fair and costs nothing.
        async with self._one_writer, self._writing.begin() as connection:
            yield connection

    async def _bring_up_to_date(self) -> None:
        async with self.reading() as connection:
            revision = await connection.run_sync(_stored_revision)
        if revision == REVISIONS[-1]:
            return
        if revision is not None and revision not in REVISIONS:
            raise NewerDataError(
                f"The database was written by a newer version of Sightline (its revision is {revision}).",
                hint="Install that version again, or restore the copy of the data folder made before the update.",
            )
        # Imported here because Alembic takes 0.4 to 0.8 s to import (measured on two cores, some of them busy),
        # and nearly every start finds nothing to do.
        from sightline.store.migrations.upgrade import upgrade

        async with self.writing() as connection:
            await connection.run_sync(upgrade)


def _stored_revision(connection: Any) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return cast("str | None", connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def _pool(url: str) -> dict[str, Any]:
    if ":memory:" in url:
        return {}
    return {"pool_size": _CONNECTIONS, "max_overflow": 0}


def _try_to_open(path: str) -> None:
    # aiosqlite's thread prints a traceback if the program ends while it reports that it could not open the file;
    # so what cannot be opened is found out without it. Takes 0.1 ms.
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA schema_version")


def _set_up_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def handle_connect(connection: Any, _record: object) -> None:
        # Python's sqlite3 begins transactions by itself, but not before DDL; a migration could stop half-way.
        connection.isolation_level = None
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
            cursor.execute("PRAGMA journal_mode = WAL")
            # NORMAL: a power cut may lose the last transactions, never the file. FULL costs one fsync for each.
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.execute("PRAGMA foreign_keys = ON")
            cursor.close()
        except BaseException:
            connection.close()  # the pool has not seen it yet and would leave its thread running
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def handle_begin(connection: Any) -> None:
        # A transaction that reads first and writes later fails at once if somebody else wrote in between
        # (SQLITE_BUSY_SNAPSHOT, which no timeout helps against): so writers say it at the beginning. A reader's
        # single statement is a transaction of its own; saving it the BEGIN makes it a third faster.
        if connection.get_execution_options().get(_WRITES, False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
