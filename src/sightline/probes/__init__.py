"""One planned probe in, one observation out, never an opinion.

Does I/O, and nothing else: what to probe is decided in `readiness` (plan), what it means as well (findings).
The room is here; its furniture comes with `sightline check`.
"""
