"""Alembic runs this file; the connection is given by `upgrade.py`, whose transaction it joins."""

from alembic import context

from sightline.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
)
context.run_migrations()
