"""What the terminal can show, and QR codes on it."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

MARGIN = 5  # columns left of a code
_QUIET = 2  # modules around the code. ISO 18004 says 4; phones read 2, and it saves two lines of 24
# Exact black and white of the 256 colours: themes redefine the first 16, and a code that is grey on grey is not read.
_BLACK_ON_WHITE, _AS_BEFORE = "\x1b[38;5;16;48;5;231m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a stream can show."""

    width: int = 80
    is_tty: bool = False
    has_colour: bool = False
    has_blocks: bool = False
    """Half blocks: ▀ ▄ █."""

    def strong(self, text: str) -> str:
        """Bold where that exists."""
        return f"\x1b[1m{text}\x1b[0m" if self.has_colour else text


def terminal(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Terminal:
    """What `stream` can show. NO_COLOR (no-color.org) and TERM=dumb are heeded."""
    is_tty = stream.isatty()
    is_plain = bool(environment.get("NO_COLOR")) or environment.get("TERM", "dumb") == "dumb"
    try:
        "▀▄█".encode(stream.encoding or "ascii")
        has_blocks = True
    except (UnicodeEncodeError, LookupError):
        has_blocks = False
    width = shutil.get_terminal_size().columns if is_tty else 80
    return Terminal(width, is_tty, is_tty and not is_plain, has_blocks)


def qr_lines(text: str, terminal: Terminal) -> list[str]:
    """The text as a QR code of half blocks; nothing where it could not be read: a file, no blocks, too narrow.

    Without colour the code is drawn for a dark terminal, light modules as blocks; most scanners read the inverse
    too."""
    if not terminal.is_tty or not terminal.has_blocks:
        return []
    import segno  # 30 ms, and only here

    code = segno.make_qr(text, error="l")
    rows = [[bool(module) for module in row] for row in code.matrix_iter(border=_QUIET)]
    if MARGIN + len(rows[0]) > terminal.width:
        return []
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    blocks = _INK if terminal.has_colour else _LIGHT
    lines = [
        "".join(blocks[above, below] for above, below in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]
    return [f"{_BLACK_ON_WHITE}{line}{_AS_BEFORE}" for line in lines] if terminal.has_colour else lines


_INK = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_LIGHT = {(not above, not below): block for (above, below), block in _INK.items()}
