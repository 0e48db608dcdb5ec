"""Stores calls as they change, so that a restart of the server ends none. The newest state of each call wins."""

import asyncio
from collections.abc import Iterable
from typing import Final, Protocol

import structlog
from sqlalchemy.exc import DBAPIError

from sightline.store.calls import CallRecord

RETRY_S: Final = 1.0
"""A full disk or a locked database may pass; until it does, the calls go on from memory."""

_log = structlog.get_logger()


class CallStore(Protocol):
    """Where calls survive a restart."""

    async def save(self, record: CallRecord) -> None:
        """Store the call as it is now."""

    async def open_calls(self) -> Iterable[CallRecord]:
        """Every call that has not ended."""


class CallKeeper:
    """Gathers changes and writes them one after the other."""

    def __init__(self, store: CallStore) -> None:
        self._store = store
        self._unsaved: dict[str, CallRecord] = {}
        self._has_unsaved = asyncio.Event()

    async def open_calls(self) -> Iterable[CallRecord]:
        """What was open when the server stopped."""
        return await self._store.open_calls()

    def note(self, record: CallRecord) -> None:
        """The call has changed; it is stored soon."""
        self._unsaved[record.id] = record
        self._has_unsaved.set()

    async def flush(self) -> None:
        """Store all that is not stored yet. Raises DBAPIError; what could not be stored is kept for the next time."""
        self._has_unsaved.clear()
        while self._unsaved:
            call, record = next(iter(self._unsaved.items()))
            await self._store.save(record)
            if self._unsaved.get(call) is record:  # it may have changed meanwhile
                del self._unsaved[call]

    async def keep_for_ever(self) -> None:
        """Store every change, until cancelled."""
        while True:
            await self._has_unsaved.wait()
            try:
                await self.flush()
            except DBAPIError as error:
                _log.error("call_not_stored", reason=type(error.orig).__name__)
                self._has_unsaved.set()
                await asyncio.sleep(RETRY_S)
