"""The first start of a new installation: an organisation and its first administrator."""

from dataclasses import dataclass
from typing import Final

from sightline.server.passwords import Passwords
from sightline.server.tokens import new_id, new_password
from sightline.store import meta, people
from sightline.store.database import Database
from sightline.store.people import OrganisationRecord, PersonRecord

FIRST_LOGIN: Final = "admin"


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the operator must be told, once: the password is stored nowhere."""

    login: str
    password: str


async def first_start(
    database: Database, now: float, organisation_name: str, *, passwords: Passwords
) -> FirstStart | None:
    """Create the organisation and its administrator; None when there are people already."""
    async with database.reading() as connection:
        if not await people.is_empty(connection):
            return None
    password = new_password()
    password_hash = await passwords.hashed(password)
    async with database.writing() as connection:
        if not await people.is_empty(connection):
            return None
        await meta.instance_id(connection, new_id())
        organisation = OrganisationRecord(new_id(), organisation_name, now)
        await people.add_organisation(connection, organisation)
        await people.add_person(
            connection,
            PersonRecord(
                id=new_id(),
                organisation_id=organisation.id,
                name="Administrator",
                login=FIRST_LOGIN,
                role="admin",
                password_hash=password_hash,
                # It was printed on a terminal, whose scroll-back and log others may read.
                must_change_password=True,
                created_at=now,
            ),
        )
    return FirstStart(FIRST_LOGIN, password)


async def keep_organisation_name(database: Database, name: str) -> None:
    """The settings say what the organisation is called, also after the first start."""
    async with database.writing() as connection:
        await people.rename_organisations(connection, name)
