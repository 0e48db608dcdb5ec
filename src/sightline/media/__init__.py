"""Python's face of the data plane: the front door today, the relay and the media server in their rooms.

The sole importer of the Rust extension `_native`. Hands it settings and secrets, gets events and counters back;
nothing that happens per packet enters Python, and nothing that is a decision lives in Rust.

Start at `front_door.py`.
"""
