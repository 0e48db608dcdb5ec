"""The text of a PDF, read in a process of its own with little memory and time: whatever is in the file, it ends there.

Columns that stand apart come out as cells with ` / ` between them, which an article's lines understand.
"""

import io
import re
import resource
import subprocess
import sys

from sightline.errors import RefusedError
from sightline.readiness.exchange.blocks import TEXT_MOST


def pdf_text(body: bytes, name: str) -> str:
    """What a reader sees. Raises RefusedError."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sightline.cli.pdf_text"], input=body, capture_output=True, timeout=_WALL_S
        )
    except subprocess.TimeoutExpired as error:
        raise RefusedError("unreadable", f"{name} takes too long to read.", hint=_INSTEAD) from error
    if done.returncode:
        raise RefusedError("unreadable", f"{name} is a PDF that cannot be read.", hint=_INSTEAD)
    text = done.stdout.decode(errors="replace")
    if not text.strip():
        raise RefusedError("unreadable", f"{name} holds no text, only pictures.", hint=_INSTEAD)
    return text


def main() -> None:
    """In the process of its own: PDF in, text out."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    import pypdf  # only here: 150 ms

    reader = pypdf.PdfReader(io.BytesIO(sys.stdin.buffer.read()))
    length = 0
    for page in reader.pages:
        for line in page.extract_text(extraction_mode="layout").splitlines():
            cells = re.sub(r"(?<=\S) {2,}(?=\S)", " / ", line).strip()
            length += len(cells)
            if length > TEXT_MOST:
                return
            sys.stdout.buffer.write(f"{cells}\n".encode(errors="replace"))


# Guesses: a PDF of a hundred pages takes 80 MB and two seconds here.
_MEMORY = 1 << 30
_CPU_S = 30
_WALL_S = 90
_INSTEAD = "Copy its text into a file and import that."

if __name__ == "__main__":
    main()
