"""What keeps the database right and small: once at the start, and once a day."""

import asyncio
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from sightline import clock
from sightline.store import calls, invites, sessions
from sightline.store.database import Database

DAY_S: Final = 24 * 3600
GUESTS_KEPT_S: Final = 90 * DAY_S
"""How long it is known who was called. Guess: a quarter is enough to ask "who was it that I spoke with?", and nobody
needs a stranger's name for longer. It must be longer than an invite may live (`people.invite.MAX_EXPIRES_IN_S`)."""

_log = structlog.get_logger()


async def put_right(database: Database) -> None:
    """What a server left half done when it was killed. Called before anything is answered."""
    async with database.writing() as connection:
        reopened = await invites.reopen_unseated(connection)
    if reopened:
        _log.info("invites_reopened", number=reopened)


async def sweep(database: Database, now: float) -> None:
    """Delete what nobody needs any more: sign-ins that expired, and guests' names with their invites and calls."""
    async with database.writing() as connection:
        await sessions.sweep(connection, now)
        await invites.sweep(connection, now - GUESTS_KEPT_S)
        await calls.sweep(connection, now - GUESTS_KEPT_S)


async def sweep_daily(database: Database) -> None:
    """Sweep now and every day, until cancelled."""
    while True:
        try:
            await sweep(database, clock.now())
        except DBAPIError as error:  # a full disk, a lock: there is another day
            _log.warning("not_swept", reason=type(error.orig).__name__)
        await asyncio.sleep(DAY_S)
