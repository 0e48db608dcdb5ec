"""The HTTP API of `wire/api.py`, as a Litestar application: one file per group of routes.

It checks who asks and whether they may, keeps what follows in the store, and leaves calls to the desk.
Every refusal leaves through `refusals.py`, so that it has one shape whatever its cause.

Start at `application.py`.
"""
