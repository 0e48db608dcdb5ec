"""The first start of a new installation: an organisation and its first administrator.

As long as nobody has ever signed in, every start is a first start: it makes a new first password and shows it. So
whoever has not seen the first banner (a crash, a log that was lost) has only to start the server again.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from sightline.server.passwords import Passwords
from sightline.server.tokens import new_id, new_password
from sightline.store import meta, people
from sightline.store.database import Database
from sightline.store.people import OrganisationRecord, PersonRecord

FIRST_LOGIN: Final = "admin"


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the operator must be told: the password is stored nowhere."""

    login: str
    password: str


async def first_start(
    database: Database, now: float, organisation_name: str, *, passwords: Passwords
) -> FirstStart | None:
    """Create the organisation and its administrator, or make a new password for an administrator who has never signed
    in; None when somebody has. Called when the server answers already: what fails before leaves no administrator
    whose password nobody has seen.
    """
    async with database.reading() as connection:
        if await _is_inhabited(connection):
            return None
    password = new_password()
    password_hash = await passwords.hashed(password)
    async with database.writing() as connection:
        if await _is_inhabited(connection):  # somebody has signed in since we looked
            return None
        admin = await people.by_login(connection, FIRST_LOGIN)
        if admin is None:
            await _add_administrator(connection, now, organisation_name, password_hash)
        else:
            await people.set_password(connection, admin.id, password_hash, must_change_password=True)
    return FirstStart(FIRST_LOGIN, password)


async def keep_organisation_name(database: Database, name: str) -> None:
    """The settings say what the organisation is called, also after the first start."""
    async with database.writing() as connection:
        await people.rename_organisations(connection, name)


async def _is_inhabited(connection: AsyncConnection) -> bool:
    # The second question is for databases that are older than the first one's answer.
    return await meta.has_been_signed_in_to(connection) or await people.has_own_passwords(connection)


async def _add_administrator(
    connection: AsyncConnection, now: float, organisation_name: str, password_hash: str
) -> None:
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
