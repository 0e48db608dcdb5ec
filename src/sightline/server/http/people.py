"""The people of the organisation, for its administrators."""

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from sightline.errors import RefusedError
from sightline.people import names
from sightline.people.roles import Permission, require
from sightline.server.accounts import reset_password
from sightline.server.http.services import GivenPerson, GivenServices
from sightline.server.sessions import PersonIdentity
from sightline.server.tokens import new_id, new_password
from sightline.store import invites, people, sessions
from sightline.store.people import LoginTakenError, PersonRecord
from sightline.wire.api import CreatedPerson, FirstPassword, NewPerson, PersonForAdmin


@get("/api/people")
async def list_people(services: GivenServices, person: GivenPerson) -> list[PersonForAdmin]:
    """Everybody, locked out or not, by name."""
    require(person.role, Permission.MANAGE_PEOPLE)
    async with services.database.reading() as connection:
        records = await people.of_organisation(connection, person.organisation_id)
    return [_person_for_admin(record) for record in records]


@post("/api/people")
async def add_person(services: GivenServices, person: GivenPerson, data: JSONBody[NewPerson]) -> CreatedPerson:
    """Add somebody, with a password that they must change."""
    require(person.role, Permission.MANAGE_PEOPLE)
    if data.role == "guest":
        raise RefusedError("role_not_usable", "Guests have no account.", hint="Make an invite for them instead.")
    name, login, password = names.display_name(data.name), names.login(data.login), new_password()
    record = PersonRecord(
        id=new_id(),
        organisation_id=person.organisation_id,
        name=name,
        login=login,
        role=data.role,
        password_hash=await services.passwords.hashed(password),
        must_change_password=True,
        created_at=services.now(),
    )
    try:
        async with services.database.writing() as connection:
            await people.add_person(connection, record)
    except LoginTakenError as error:
        raise RefusedError("login_taken", "Somebody has this login already.", hint="Choose another one.") from error
    return CreatedPerson(id=record.id, password=password)


@post("/api/people/{person_id:str}/password", status_code=200)
async def give_new_password(services: GivenServices, person: GivenPerson, person_id: FromPath[str]) -> FirstPassword:
    """Somebody forgot theirs: a new first password, and the person is signed out everywhere."""
    require(person.role, Permission.MANAGE_PEOPLE)
    if person_id == person.person_id:
        raise RefusedError(
            "own_account",
            "You cannot give yourself a new first password.",
            hint="Ask another administrator, or run `sightline password` on the server.",
        )
    async with services.database.reading() as connection:
        found = await _known(connection, person, person_id)
    password = await reset_password(services.database, found.id, passwords=services.passwords)
    services.throttle.handle_removed(found.login)
    await services.desk.close_sessions(person_id=found.id)
    return FirstPassword(password)


@post("/api/people/{person_id:str}/unlock", status_code=204)
async def unlock_person(services: GivenServices, person: GivenPerson, person_id: FromPath[str]) -> None:
    """The person may sign in again, with the password they had. Invites that were revoked stay so."""
    require(person.role, Permission.MANAGE_PEOPLE)
    async with services.database.writing() as connection:
        found = await _known(connection, person, person_id)
        await people.let_in_again(connection, found.id)


@delete("/api/people/{person_id:str}")
async def lock_out_person(services: GivenServices, person: GivenPerson, person_id: FromPath[str]) -> None:
    """The person cannot sign in any more, is signed out everywhere, and their invites are revoked."""
    require(person.role, Permission.MANAGE_PEOPLE)
    if person_id == person.person_id:
        raise RefusedError("own_account", "You cannot lock yourself out.", hint="Ask another administrator.")
    async with services.database.writing() as connection:
        found = await _known(connection, person, person_id)
        await people.lock_out(connection, person_id, services.now())
        # Two administrators may lock each other out in the same moment; undone by raising.
        if await people.count_active_admins(connection, person.organisation_id) == 0:
            raise RefusedError("last_administrator", "Nobody would be left to manage people.")
        await sessions.end_all_of(connection, person_id)
        await invites.revoke_all_of(connection, person_id, services.now())
    services.throttle.handle_removed(found.login)
    await services.desk.close_sessions(person_id=person_id)


async def _known(connection: AsyncConnection, administrator: PersonIdentity, person_id: str) -> PersonRecord:
    found = await people.by_id(connection, person_id)
    if found is None or found.organisation_id != administrator.organisation_id:
        raise RefusedError("person_unknown", "There is no such person.")
    return found


def _person_for_admin(record: PersonRecord) -> PersonForAdmin:
    return PersonForAdmin(
        id=record.id,
        name=record.name,
        login=record.login,
        role=record.role,
        is_locked_out=record.locked_out_at is not None,
        created_at=record.created_at,
    )
