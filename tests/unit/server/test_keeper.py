"""Calls are stored as they are last, and a store that fails for a while loses none."""

import asyncio
from collections.abc import Iterable

import pytest
from sqlalchemy.exc import OperationalError

from sightline.server import keeper
from sightline.server.keeper import CallKeeper
from sightline.store.calls import CallRecord


class Store:
    """Keeps records, unless it is broken."""

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}
        self.is_broken = False
        self.writes = 0
        self.has_failed_thrice, self.has_stored = asyncio.Event(), asyncio.Event()

    async def save(self, record: CallRecord) -> None:
        self.writes += 1
        if self.is_broken:
            if self.writes == 3:
                self.has_failed_thrice.set()
            raise OperationalError("INSERT", {}, OSError("disk full"))
        self.records[record.id] = record
        self.has_stored.set()

    async def open_calls(self) -> Iterable[CallRecord]:
        return self.records.values()


def record(call: str, state: str) -> CallRecord:
    return CallRecord(call, "acme", state, 0.0)


async def test_the_newest_state_of_each_call_is_stored_once() -> None:
    store = Store()
    calls = CallKeeper(store)
    for state in ("first", "second"):
        calls.note(record("a", state))
    calls.note(record("b", "only"))
    await calls.flush()
    await calls.flush()
    assert {call: kept.state for call, kept in store.records.items()} == {"a": "second", "b": "only"}
    assert store.writes == 2


async def test_a_change_during_a_write_is_stored_too() -> None:
    store = Store()
    calls = CallKeeper(store)

    class Slow(Store):
        async def save(self, given: CallRecord) -> None:
            await store.save(given)
            if given.state == "first":
                calls.note(record("a", "meanwhile"))

    calls._store = Slow()
    calls.note(record("a", "first"))
    await calls.flush()
    assert store.records["a"].state == "meanwhile"


async def test_a_store_that_fails_for_a_while_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "RETRY_S", 0.0)
    store = Store()
    store.is_broken = True
    calls = CallKeeper(store)
    task = asyncio.get_running_loop().create_task(calls.keep_for_ever())
    calls.note(record("a", "state"))
    await asyncio.wait_for(store.has_failed_thrice.wait(), 10)
    store.is_broken = False
    await asyncio.wait_for(store.has_stored.wait(), 10)
    task.cancel()
    assert store.records["a"].state == "state"
