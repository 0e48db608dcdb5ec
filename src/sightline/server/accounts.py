"""Accounts as whoever may read the data folder handles them, and new passwords for who forgot theirs."""

from sightline.errors import AccountError
from sightline.people import names
from sightline.server.passwords import Passwords
from sightline.server.tokens import new_password
from sightline.store import people, sessions
from sightline.store.database import Database
from sightline.store.people import PersonRecord


async def account(database: Database, login: str) -> PersonRecord:
    """The account with this login, or AccountError, which speaks to the operator."""
    async with database.reading() as connection:
        person = await people.by_login(connection, names.login_key(login))
    if person is None:
        raise AccountError(
            f"Nobody signs in as {login}.", hint="The page /admin of the server lists all logins; the first is admin."
        )
    if person.locked_out_at is not None:
        raise AccountError(f"{login} is locked out.", hint="Let them in again on the page /admin first.")
    return person


async def reset_password(database: Database, person_id: str, *, passwords: Passwords) -> str:
    """A new first password: the old one stops working, every browser of the person is signed out, and they must choose
    their own when they sign in. Sockets that are open are for the caller to close.
    """
    password = new_password()
    password_hash = await passwords.hashed(password)
    async with database.writing() as connection:
        await people.set_password(connection, person_id, password_hash, must_change_password=True)
        await sessions.end_all_of(connection, person_id)
    return password
