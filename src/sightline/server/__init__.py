"""The application behind the front door: HTTP API, signalling, web files; turns frames and time into events.

It decides nothing that `people/` or `calls/` could decide, and keeps nothing that `store/` could keep. It is the
only room that reads the clock and rolls dice on behalf of the pure ones.

Start at `app.py` (what is joined to what); the HTTP API starts at `http/application.py`, the contract is `wire/api.py`.
"""
