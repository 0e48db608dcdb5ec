"""What a service needs of a network: manifest to requirements to rules, documents, probe plan, findings.

Pure: bytes and values in, values out; opens no socket, reads no clock, logs nothing, rolls no dice. What it has
not proven it never calls green, and no rule it writes is wider than the requirement.
The room is here; one file per firewall will live in `targets/`, each a function `render(requirements) -> Rules`.
"""
