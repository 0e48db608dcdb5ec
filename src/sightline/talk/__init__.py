"""Push-to-talk: talk groups, the floor, priorities.

Pure: told the time and handed the events; opens no socket, reads no clock, logs nothing, rolls no dice.
The room is here; its furniture comes with push-to-talk. The floor will be a state machine like `calls/call.py`.
"""
