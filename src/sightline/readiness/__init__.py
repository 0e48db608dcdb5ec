"""What a service needs of a network: manifest to requirements to rules, documents, probe plan, findings.

Pure: bytes and values in, values out; opens no socket, reads no clock, logs nothing, rolls no dice. What it has
not proven it never calls green, and no rule it writes is wider than the requirement.
Start with `manifest.py`, then `parsing.py` (text to manifest), `rows.py` (manifest to table), `lint.py`, `diff.py`.
The room for one file per firewall is `targets/`, each a function `render(requirements) -> Rules`.
"""
