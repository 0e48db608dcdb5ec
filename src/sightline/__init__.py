"""Sightline: visual remote assistance that people host themselves.

Start reading at `cli/serve.py` (the program), `calls/call.py` (the rules of a call) or
`wire/signalling.py` (what the browser and the server say to each other). The house and the rule that imports
point downwards are drawn in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
