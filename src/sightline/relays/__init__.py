"""The rules of relays: who is handed which, with what credentials, and which of them are dead.

Pure: told the time and what came of each check. What asks providers, checks relays and tells browsers is
`server/relays/`. Start reading at `choice.py`; `health.py` is the state machine of one address.
"""
