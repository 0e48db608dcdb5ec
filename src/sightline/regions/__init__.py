"""Which region serves whom: measurements in, a choice with its reason out.

Pure: told the time and handed the measurements; opens no socket, reads no clock, logs nothing, rolls no dice.
The room is here; its furniture comes with the second media node.
"""
