"""Sign-in sessions: which browser is signed in as whom. The browser has the token, we have its hash."""

from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sightline.store.people import PersonRecord, person_record
from sightline.store.tables import organisation, person, sign_in_session


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One browser signed in as one person."""

    id: str
    person_id: str
    token_hash: bytes
    created_at: float
    last_seen_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session, its person and the name of their organisation."""

    session: SessionRecord
    person: PersonRecord
    organisation_name: str


async def add(connection: AsyncConnection, record: SessionRecord) -> None:
    """Add a session."""
    await connection.execute(insert(sign_in_session).values(asdict(record)))


async def by_token_hash(connection: AsyncConnection, token_hash: bytes, now: float) -> SignedIn | None:
    """The session with this token, unless it has expired or its person is locked out."""
    row = (
        await connection.execute(
            select(sign_in_session, person, organisation.c.name.label("organisation_name"))
            .join(person, person.c.id == sign_in_session.c.person_id)
            .join(organisation, organisation.c.id == person.c.organisation_id)
            .where(
                sign_in_session.c.token_hash == token_hash,
                sign_in_session.c.expires_at > now,
                person.c.locked_out_at.is_(None),
            )
        )
    ).one_or_none()
    if row is None:
        return None
    session = SessionRecord(*row[: len(sign_in_session.c)])
    return SignedIn(session, person_record(row[len(sign_in_session.c) : -1]), row[-1])


async def touch(connection: AsyncConnection, session_id: str, *, last_seen_at: float, expires_at: float) -> None:
    """Move the end of the session: it slides while it is used."""
    await connection.execute(
        update(sign_in_session)
        .where(sign_in_session.c.id == session_id)
        .values(last_seen_at=last_seen_at, expires_at=expires_at)
    )


async def end(connection: AsyncConnection, session_id: str) -> None:
    """The browser is signed out."""
    await connection.execute(delete(sign_in_session).where(sign_in_session.c.id == session_id))


async def end_all_of(connection: AsyncConnection, person_id: str, *, but: str | None = None) -> None:
    """Every browser of the person is signed out, `but` the one with this session."""
    query = delete(sign_in_session).where(sign_in_session.c.person_id == person_id)
    await connection.execute(query if but is None else query.where(sign_in_session.c.id != but))


async def sweep(connection: AsyncConnection, now: float) -> int:
    """Delete what has expired; says how many. Expired sessions are never found, so this only saves space."""
    return (await connection.execute(delete(sign_in_session).where(sign_in_session.c.expires_at <= now))).rowcount
