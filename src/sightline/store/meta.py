"""Facts about the database as a whole."""

from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sightline.store.tables import meta


async def value(connection: AsyncConnection, key: str) -> str | None:
    """The value, or None if it was never set."""
    return (await connection.execute(select(meta.c.value).where(meta.c.key == key))).scalar()


async def set_once(connection: AsyncConnection, key: str, new_value: str) -> str:
    """Set the value unless there is one; return the one that stands. Called in a writing transaction."""
    stored = await value(connection, key)
    if stored is not None:
        return stored
    await connection.execute(insert(meta).values(key=key, value=new_value))
    return new_value


async def note_sign_in(connection: AsyncConnection, now: float) -> None:
    """Somebody has signed in. Only the first time is kept. Called in a writing transaction."""
    await set_once(connection, _FIRST_SIGN_IN_AT, str(now))


async def has_been_signed_in_to(connection: AsyncConnection) -> bool:
    """Whether anybody ever signed in."""
    return await value(connection, _FIRST_SIGN_IN_AT) is not None


async def instance_id(connection: AsyncConnection, new_id: str) -> str:
    """What tells this installation from every other; made once, at the first start."""
    return await set_once(connection, "instance_id", new_id)


_FIRST_SIGN_IN_AT: Final = "first_sign_in_at"
