"""What keeps the database right and small."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sightline.people.invite import MAX_EXPIRES_IN_S
from sightline.server.upkeep import GUESTS_KEPT_S, put_right, sweep
from sightline.store import calls, invites, people, sessions
from sightline.store.calls import CallRecord
from sightline.store.database import Database
from sightline.store.invites import InviteRecord
from sightline.store.people import OrganisationRecord, PersonRecord
from sightline.store.sessions import SessionRecord

THEN = 1_800_000_000.0


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'sightline.db'}")
    maria = PersonRecord("maria", "acme", "Maria", "maria", "expert", "hash", False, THEN)
    async with database.writing() as connection:
        await people.add_organisation(connection, OrganisationRecord("acme", "Acme", THEN))
        await people.add_person(connection, maria)
        await invites.add(connection, InviteRecord("i", "maria", b"i" * 32, "", THEN, THEN + MAX_EXPIRES_IN_S))
    yield database
    await database.close()


async def test_an_invite_that_a_killed_server_burnt_is_open_again(database: Database) -> None:
    async with database.writing() as connection:
        await invites.use(connection, "i", now=THEN, guest_name="Olu", seat_token_hash=b"s" * 32)
    await put_right(database)
    async with database.reading() as connection:
        found = await invites.by_id(connection, "i")
    assert found is not None
    assert (found.used_at, found.guest_name, found.seat_token_hash) == (None, None, None)


async def test_guests_are_forgotten_after_90_days_and_not_before(database: Database) -> None:
    async with database.writing() as connection:
        await calls.save(connection, CallRecord("ended", "acme", "{}", THEN - 1, ended_at=THEN))
        await calls.save(connection, CallRecord("open", "acme", "{}", THEN - 1))
        await sessions.add(connection, SessionRecord("s", "maria", b"t" * 32, THEN, THEN, THEN + 1))
    await sweep(database, THEN + GUESTS_KEPT_S)
    async with database.reading() as connection:
        assert await invites.by_id(connection, "i") is not None
        assert await calls.by_id(connection, "ended") is not None
        assert await sessions.by_token_hash(connection, b"t" * 32, THEN) is None
    await sweep(database, THEN + GUESTS_KEPT_S + 1)
    async with database.reading() as connection:
        assert await invites.by_id(connection, "i") is None
        assert await calls.by_id(connection, "ended") is None
        assert await calls.by_id(connection, "open") is not None


def test_no_invite_is_swept_while_it_is_open() -> None:
    assert GUESTS_KEPT_S > MAX_EXPIRES_IN_S
