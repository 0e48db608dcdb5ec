"""A database on a disk, with one organisation and one host."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sightline.store import people
from sightline.store.database import Database
from sightline.store.people import OrganisationRecord, PersonRecord

MARIA = PersonRecord("maria", "acme", "Maria", "maria", "expert", "hash", False, 1.0)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'sightline.db'}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url)
    async with database.writing() as connection:
        await people.add_organisation(connection, OrganisationRecord("acme", "Acme", 1.0))
        await people.add_person(connection, MARIA)
    yield database
    await database.close()
