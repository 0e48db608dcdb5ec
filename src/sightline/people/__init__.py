"""Who somebody is and what they may do: roles, names, presence, invites, how often one may try to sign in.

Pure: told the time and handed the events; opens no socket, reads no clock, logs nothing, rolls no dice.
It knows nothing of calls (`calls/` is its sibling) beyond "this person is in one".

Start at `roles.py`: its table is the only place that says what a role may do.
"""
