"""Invites and the guests' seats that they turn into. The link has the token, we have its hash."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sightline.people.invite import InviteLife
from sightline.store.tables import invite, organisation, person

MAX_LISTED: Final = 100
"""A host's list is for the last weeks; older invites stay in the database until they are swept."""


@dataclass(frozen=True, slots=True)
class InviteRecord:
    """An invite, and the guest's seat once it was used."""

    id: str
    host_id: str
    token_hash: bytes
    note: str
    created_at: float
    expires_at: float
    revoked_at: float | None = None
    used_at: float | None = None
    guest_name: str | None = None
    seat_token_hash: bytes | None = None
    call_id: str | None = None
    participant_id: str | None = None

    @property
    def life(self) -> InviteLife:
        """What its state follows from."""
        return InviteLife(expires_at=self.expires_at, used_at=self.used_at, revoked_at=self.revoked_at)


@dataclass(frozen=True, slots=True)
class HostedInvite:
    """An invite with what its guest may know of the host."""

    invite: InviteRecord
    host_name: str
    organisation_id: str
    organisation_name: str


async def add(connection: AsyncConnection, record: InviteRecord) -> None:
    """Add an open invite."""
    await connection.execute(insert(invite).values(asdict(record)))


async def of_host(connection: AsyncConnection, host_id: str) -> list[InviteRecord]:
    """The host's invites, newest first."""
    rows = await connection.execute(
        select(invite)
        .where(invite.c.host_id == host_id)
        .order_by(invite.c.created_at.desc(), invite.c.id)
        .limit(MAX_LISTED)
    )
    return [InviteRecord(*row) for row in rows]


async def by_id(connection: AsyncConnection, invite_id: str) -> InviteRecord | None:
    """The invite with this id."""
    row = (await connection.execute(select(invite).where(invite.c.id == invite_id))).one_or_none()
    return None if row is None else InviteRecord(*row)


async def by_token_hash(connection: AsyncConnection, token_hash: bytes) -> HostedInvite | None:
    """The invite with this token, whatever its state."""
    return await _hosted(connection, invite.c.token_hash == token_hash)


async def by_seat_token_hash(
    connection: AsyncConnection, seat_token_hash: bytes, *, used_after: float
) -> HostedInvite | None:
    """The used invite whose guest has this token, unless it was used too long ago or no seat was given."""
    return await _hosted(
        connection,
        (invite.c.seat_token_hash == seat_token_hash)
        & (invite.c.used_at > used_after)
        & invite.c.participant_id.is_not(None),
    )


async def use(
    connection: AsyncConnection, invite_id: str, *, now: float, guest_name: str, seat_token_hash: bytes
) -> bool:
    """Turn an open invite into a used one; false if it is not open. Of two who try at once, one gets true."""
    result = await connection.execute(
        update(invite)
        .where(
            invite.c.id == invite_id,
            invite.c.used_at.is_(None),
            invite.c.revoked_at.is_(None),
            invite.c.expires_at > now,
        )
        .values(used_at=now, guest_name=guest_name, seat_token_hash=seat_token_hash)
    )
    return result.rowcount == 1


async def seat(connection: AsyncConnection, invite_id: str, *, call_id: str, participant_id: str) -> None:
    """Note which place in which call the guest was given."""
    await connection.execute(
        update(invite).where(invite.c.id == invite_id).values(call_id=call_id, participant_id=participant_id)
    )


async def undo_use(connection: AsyncConnection, invite_id: str) -> None:
    """No seat could be given: the invite is open again."""
    await connection.execute(
        update(invite)
        .where(invite.c.id == invite_id, invite.c.participant_id.is_(None))
        .values(used_at=None, guest_name=None, seat_token_hash=None)
    )


async def reopen_unseated(connection: AsyncConnection) -> int:
    """Open every invite again that was used and led to no seat; says how many. For the start of the server, before it
    answers: then only a server that ended between the two can have left them.
    """
    result = await connection.execute(
        update(invite)
        .where(invite.c.used_at.is_not(None), invite.c.participant_id.is_(None))
        .values(used_at=None, guest_name=None, seat_token_hash=None)
    )
    return result.rowcount


async def sweep(connection: AsyncConnection, created_before: float) -> int:
    """Delete what is older, guests' names with it; says how many."""
    return (await connection.execute(delete(invite).where(invite.c.created_at < created_before))).rowcount


async def revoke(connection: AsyncConnection, invite_id: str, now: float) -> bool:
    """Revoke an invite that is neither used nor revoked; says whether it was."""
    return await _revoke(connection, invite.c.id == invite_id, now) == 1


async def revoke_all_of(connection: AsyncConnection, host_id: str, now: float) -> int:
    """Revoke every invite of a host who is locked out; says how many."""
    return await _revoke(connection, invite.c.host_id == host_id, now)


async def _revoke(connection: AsyncConnection, which: ColumnElement[bool], now: float) -> int:
    result = await connection.execute(
        update(invite).where(which, invite.c.used_at.is_(None), invite.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    return result.rowcount


async def _hosted(connection: AsyncConnection, which: ColumnElement[Any]) -> HostedInvite | None:
    row = (
        await connection.execute(
            select(
                invite,
                person.c.name.label("host_name"),
                organisation.c.id.label("organisation_id"),
                organisation.c.name.label("organisation_name"),
            )
            .join(person, person.c.id == invite.c.host_id)
            .join(organisation, organisation.c.id == person.c.organisation_id)
            .where(which)
        )
    ).one_or_none()
    if row is None:
        return None
    *columns, host_name, organisation_id, organisation_name = row
    return HostedInvite(InviteRecord(*columns), host_name, organisation_id, organisation_name)
