"""Manifests in other formats: `as_….py` writes one, `from_….py` reads one.

A writer is pure and lists as losses what its format cannot hold. A reader makes a draft: what it read is unconfirmed
until a person has answered `questions.py`, so that no rule is made of something that a program guessed.
"""
