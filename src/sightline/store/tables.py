"""The tables, as they are after the newest migration (a test compares the two).

Times are seconds since the epoch. Identifiers are random text. Secrets (tokens) are never stored, only their
SHA-256; passwords only as argon2id.
"""

from typing import Final

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, LargeBinary, MetaData, String, Table, Text

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
"""A constraint without a name cannot be changed by a later migration."""

metadata = MetaData(naming_convention=NAMING)

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

organisation = Table(
    "organisation",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("login", String(128), nullable=False, unique=True),
    Column("role", String(32), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("locked_out_at", Double),
)

sign_in_session = Table(
    "sign_in_session",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
    Column("last_seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)

invite = Table(
    "invite",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("host_id", ForeignKey("person.id"), nullable=False),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("note", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("revoked_at", Double),
    Column("used_at", Double),
    # the guest's seat, once used
    Column("guest_name", Text),
    Column("seat_token_hash", LargeBinary(32), unique=True),
    Column("call_id", String(32)),
    Column("participant_id", String(32)),
    Index("ix_invite_host_id_created_at", "host_id", "created_at"),
)

call = Table(
    "call",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("ended_at", Double),
)
Index(
    "ix_call_open", call.c.opened_at, sqlite_where=call.c.ended_at.is_(None), postgresql_where=call.c.ended_at.is_(None)
)
