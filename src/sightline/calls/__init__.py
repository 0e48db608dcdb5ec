"""The rules of a call: who is in it, who waits, who may let whom in, when it ends; what is said and drawn in it.

Pure: told the time and handed the events; opens no socket, reads no clock, logs nothing, rolls no dice.
After each `handle_…` drain `events()` fully; `deadline()` says when to come back without an event.

Start at `call.py`; its table of transitions is the whole truth about a participant's life. `showing.py` is
where chat and strokes come in.
"""
