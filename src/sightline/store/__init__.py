"""What outlives the process: the database and the data folder. Objects (files, recordings) and the bus between
machines have their rooms here as well; they come with recordings and with clusters.

It keeps and finds; it decides nothing: whether an invite may be used is said by `people/`, and here it is only
made sure that one of two wins. Records are frozen dataclasses; no row and no session of SQLAlchemy leaves.

Start at `database.py`, then `tables.py`. Functions of `people.py`, `sessions.py`, `invites.py` and `calls.py` take the
connection of a transaction, so that several of them can be one: `async with database.writing() as connection: …`.
"""
