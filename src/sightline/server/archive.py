"""What the switchboard needs of the store: calls that survive a restart, and who belongs to an organisation."""

from collections.abc import Iterable

from sightline.store import calls, people
from sightline.store.calls import CallRecord
from sightline.store.database import Database
from sightline.store.people import PersonRecord
from sightline.wire import signalling as wire


class CallArchive:
    """Calls in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, record: CallRecord) -> None:
        """Store the call as it is now."""
        async with self._database.writing() as connection:
            await calls.save(connection, record)

    async def open_calls(self) -> Iterable[CallRecord]:
        """Every call that has not ended."""
        async with self._database.reading() as connection:
            return await calls.open_calls(connection)


class PeopleDirectory:
    """Members in the database; whoever is locked out is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def people_of(self, organisation: str) -> list[wire.Person]:
        """The organisation's members, with presence `offline`."""
        async with self._database.reading() as connection:
            found = await people.of_organisation(connection, organisation)
        return [_member(record) for record in found if record.locked_out_at is None]

    async def person(self, person_id: str) -> tuple[str, wire.Person] | None:
        """(organisation, member)."""
        async with self._database.reading() as connection:
            record = await people.by_id(connection, person_id)
        if record is None or record.locked_out_at is not None:
            return None
        return record.organisation_id, _member(record)


def _member(record: PersonRecord) -> wire.Person:
    return wire.Person(id=record.id, name=record.name, role=record.role, presence="offline")
