"""Organisations and their people."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from sightline.store.tables import organisation, person
from sightline.wire.signalling import Role


class LoginTakenError(Exception):
    """Somebody has this login already."""


@dataclass(frozen=True, slots=True)
class OrganisationRecord:
    """An organisation."""

    id: str
    name: str
    created_at: float


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person of an organisation. `login` is in the form that `people.names.login` gives."""

    id: str
    organisation_id: str
    name: str
    login: str
    role: Role
    password_hash: str
    must_change_password: bool
    created_at: float
    locked_out_at: float | None = None


async def add_organisation(connection: AsyncConnection, record: OrganisationRecord) -> None:
    """Add an organisation."""
    await connection.execute(insert(organisation).values(asdict(record)))


async def organisation_by_id(connection: AsyncConnection, organisation_id: str) -> OrganisationRecord | None:
    """The organisation, if there is one with this id."""
    row = (await connection.execute(select(organisation).where(organisation.c.id == organisation_id))).one_or_none()
    return None if row is None else OrganisationRecord(*row)


async def rename_organisations(connection: AsyncConnection, name: str) -> None:
    """Give the organisation the name that the settings have; there is one on a server today."""
    await connection.execute(update(organisation).where(organisation.c.name != name).values(name=name))


async def add_person(connection: AsyncConnection, record: PersonRecord) -> None:
    """Add a person, or raise LoginTakenError."""
    if await by_login(connection, record.login) is not None:
        raise LoginTakenError
    try:
        await connection.execute(insert(person).values(asdict(record)))
    except IntegrityError as error:  # with PostgreSQL somebody else may write between the two lines
        raise LoginTakenError from error


async def has_own_passwords(connection: AsyncConnection) -> bool:
    """Whether anybody has a password that they chose themselves."""
    chosen = select(func.count()).select_from(person).where(person.c.must_change_password.is_(False))
    return (await connection.execute(chosen)).scalar_one() > 0


async def by_login(connection: AsyncConnection, login: str) -> PersonRecord | None:
    """The person with this login, locked out or not."""
    return await _one(connection, select(person).where(person.c.login == login))


async def by_id(connection: AsyncConnection, person_id: str) -> PersonRecord | None:
    """The person with this id, locked out or not."""
    return await _one(connection, select(person).where(person.c.id == person_id))


async def of_organisation(connection: AsyncConnection, organisation_id: str) -> list[PersonRecord]:
    """Everybody of the organisation, locked out or not, by name."""
    rows = await connection.execute(
        select(person)
        .where(person.c.organisation_id == organisation_id)
        .order_by(func.lower(person.c.name), person.c.id)
    )
    return [person_record(row) for row in rows]


async def set_password(
    connection: AsyncConnection, person_id: str, password_hash: str, *, must_change_password: bool
) -> None:
    """Replace the person's password."""
    await connection.execute(
        update(person)
        .where(person.c.id == person_id)
        .values(password_hash=password_hash, must_change_password=must_change_password)
    )


async def replace_hash(connection: AsyncConnection, person_id: str, *, old_hash: str, new_hash: str) -> None:
    """Store the same password hashed anew, unless the password was changed meanwhile."""
    await connection.execute(
        update(person)
        .where(person.c.id == person_id, person.c.password_hash == old_hash)
        .values(password_hash=new_hash)
    )


async def lock_out(connection: AsyncConnection, person_id: str, now: float) -> bool:
    """Lock the person out; false if they are not there or were locked out before."""
    result = await connection.execute(
        update(person).where(person.c.id == person_id, person.c.locked_out_at.is_(None)).values(locked_out_at=now)
    )
    return result.rowcount == 1


async def let_in_again(connection: AsyncConnection, person_id: str) -> None:
    """Whoever was locked out may sign in again."""
    await connection.execute(update(person).where(person.c.id == person_id).values(locked_out_at=None))


async def count_active_admins(connection: AsyncConnection, organisation_id: str) -> int:
    """How many administrators can sign in: the last one must not be locked out."""
    return (
        await connection.execute(
            select(func.count())
            .select_from(person)
            .where(
                person.c.organisation_id == organisation_id,
                person.c.role == "admin",
                person.c.locked_out_at.is_(None),
            )
        )
    ).scalar_one()


async def _one(connection: AsyncConnection, query: Select[Any]) -> PersonRecord | None:
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else person_record(row)


def person_record(row: Sequence[Any]) -> PersonRecord:
    """A row of `tables.person`, whose columns are the fields in this order."""
    return PersonRecord(*row)
