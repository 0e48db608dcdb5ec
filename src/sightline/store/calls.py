"""Calls, as JSON text that `calls/` and the server understand and the store does not."""

from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sightline.store.tables import call


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call. `state` is JSON text."""

    id: str
    organisation_id: str
    state: str
    opened_at: float
    ended_at: float | None = None


async def save(connection: AsyncConnection, record: CallRecord) -> None:
    """Store the call as it is now, whether it was stored before or not."""
    result = await connection.execute(
        update(call).where(call.c.id == record.id).values(state=record.state, ended_at=record.ended_at)
    )
    if result.rowcount == 0:
        await connection.execute(insert(call).values(asdict(record)))


async def by_id(connection: AsyncConnection, call_id: str) -> CallRecord | None:
    """The call with this id, ended or not."""
    row = (await connection.execute(select(call).where(call.c.id == call_id))).one_or_none()
    return None if row is None else CallRecord(*row)


async def open_calls(connection: AsyncConnection) -> list[CallRecord]:
    """The calls that had not ended when they were last stored, oldest first: what a restart takes up again."""
    rows = await connection.execute(select(call).where(call.c.ended_at.is_(None)).order_by(call.c.opened_at))
    return [CallRecord(*row) for row in rows]


async def sweep(connection: AsyncConnection, ended_before: float) -> int:
    """Delete calls that ended earlier, guests' names with them; says how many."""
    return (await connection.execute(delete(call).where(call.c.ended_at < ended_before))).rowcount
