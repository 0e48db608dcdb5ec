"""From requirements to probes, and from what was observed to what it means. Pure: the probes are in `probes/`.

Start with `plan.py` (what to try), then `observation.py` (what may come of it) and `verdict.py` (what it means). What
was not proven is never called so: *proven*, *inferred* and *not tested* are kept apart throughout.
"""
