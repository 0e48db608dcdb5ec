"""Names of rules, sets and objects: short enough for the firewall, never twice the same, and the same next time."""

import hashlib
import re


class RuleNames:
    """The names of one order, of `[a-z0-9-]`, at most `most` characters long."""

    def __init__(self, most: int) -> None:
        assert most >= _TAIL + 2, "there must be room for a hash and something to read"
        self.most = most
        self._taken: dict[str, tuple[str, ...]] = {}

    def of(self, *parts: str) -> str:
        """The name of what the parts name, such as service, requirement and transport. Equal parts, equal name."""
        plain = (re.sub(r"[^a-z0-9]+", "-", part[: self.most].lower()).strip("-") for part in parts)
        read = "-".join(filter(None, plain))
        is_whole = bool(read) and read == "-".join(parts) and len(read) <= self.most
        name = read if is_whole and self._taken.get(read, parts) == parts else self._hashed(read, parts)
        assert self._taken.setdefault(name, parts) == parts, f"{name} would name two things"
        return name

    def _hashed(self, read: str, parts: tuple[str, ...]) -> str:
        # The lengths keep ("a", "bc") and ("ab", "c") apart.
        told = "".join(f"{len(part)}:{part}" for part in parts)
        tail = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[: _TAIL - 1]
        return f"{read[: self.most - _TAIL].rstrip('-')}-{tail}".lstrip("-")


_TAIL = 11  # a hyphen and 40 bits: two of 10,000 names meet once in 22,000 orders, and are refused then
