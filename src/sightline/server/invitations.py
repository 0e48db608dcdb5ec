"""Making an invite and its link: for the console, for the first start, for `sightline invite`."""

from dataclasses import dataclass

from sightline.errors import AccountError
from sightline.people import invite as rules
from sightline.people import names
from sightline.people.roles import Permission, is_allowed
from sightline.server.accounts import account
from sightline.server.tokens import INVITE_TOKEN_BYTES, new_id, new_token, token_hash
from sightline.store import invites
from sightline.store.database import Database
from sightline.store.invites import InviteRecord
from sightline.wire.api import NewInvite


@dataclass(frozen=True, slots=True)
class MadeInvite:
    """An invite and the only sight of its link."""

    record: InviteRecord
    link: str


async def make_invite(database: Database, host_id: str, wanted: NewInvite, origin: str, now: float) -> MadeInvite:
    """Store an invite; its link begins with `origin`. The token stands behind `#`: it reaches no log or proxy."""
    rules.check_expires_in(wanted.expires_in_s)
    token = new_token(INVITE_TOKEN_BYTES)
    record = InviteRecord(
        id=new_id(),
        host_id=host_id,
        token_hash=token_hash(token),
        note=names.note(wanted.note),
        created_at=now,
        expires_at=now + wanted.expires_in_s,
    )
    async with database.writing() as connection:
        await invites.add(connection, record)
    return MadeInvite(record, f"{origin}/join#{token}")


async def invite_by_login(
    database: Database, host_login: str, wanted: NewInvite, origin: str, now: float
) -> MadeInvite:
    """An invite on behalf of a person, for whoever may read the data folder anyway."""
    host = await account(database, host_login)
    if not is_allowed(host.role, Permission.INVITE):
        raise AccountError(
            f"{host_login} may not invite guests: the role is {host.role}.", hint="Give the login of an expert."
        )
    return await make_invite(database, host.id, wanted, origin, now)


async def first_invite(database: Database, host_login: str, origin: str, now: float) -> str:
    """The link for a first try from a phone."""
    return (await invite_by_login(database, host_login, NewInvite(note="First try"), origin, now)).link
