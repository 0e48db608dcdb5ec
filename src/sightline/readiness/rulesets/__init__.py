"""Rules that already exist, read back: one module for each format, each a function from text to `Ruleset`.

`line.py` is what they are read into; `verdict.py` walks it. The audit uses it on a customer's rules, the tests on
ours.
"""
