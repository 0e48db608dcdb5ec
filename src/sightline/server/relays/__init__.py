"""Our own relay's settings and secret, the other relays and whether they live, and what browsers are told of both.

The rules are in `sightline.relays`; this is what they need of files, sockets and APIs. Start reading at `desk.py`;
`providers/` knows where another relay's credentials come from, `watch.py` and `check.py` whether it answers.
"""
