"""What is wrong with a manifest's text, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a text is not a manifest."""

    file: str
    place: str  # "requirement media: ports[0].set"; empty: the whole file
    what: str
    hint: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.place}" if self.place else self.file
        return f"{where} {self.what}." + (f" {self.hint}" if self.hint else "")


def shown(text: str) -> str:
    """Foreign text as it may stand in a message: short, on one line, nothing that steers a terminal."""
    cut = text if len(text) <= _SHOWN_MOST else f"{text[: _SHOWN_MOST - 1]}…"
    # Not printable are controls, bidirectional overrides, line ends, lone surrogates and what Unicode has not assigned.
    return "".join(char if char.isprintable() else "�" for char in cut)


_SHOWN_MOST = 80  # a guess; errs on the side of one line in a terminal
