"""What `sightline serve` says when it is ready: what to do first, aligned, in 80 columns."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sightline import __version__
from sightline.cli.terminal import MARGIN, Terminal, qr_lines
from sightline.server.ready import Ready

_INDENT = " " * MARGIN
_LABEL = 12  # columns: "Sign in as" and two blanks
_TEXT_MOST = 80  # a wider terminal does not make longer lines easier to read


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    lines: tuple[str, ...]
    step: str = ""
    """1, 2, 3 at the first start."""


def banner(ready: Ready, terminal: Terminal) -> str:
    """The whole text, ending in a newline."""
    head = terminal.strong(f"Sightline {__version__} is ready.")
    blocks = _first_start(ready, terminal) if ready.admin_password else _later_start(ready)
    body = [line for block in blocks for line in ("", *_drawn(block, terminal))]
    notes = [line for warning in ready.warnings for line in ("", *_wrapped(f"  Note: {warning}", "  ", terminal))]
    return "\n".join(["", head, *body, *notes, "", "  Ctrl+C stops the server.", "", ""])


def _first_start(ready: Ready, terminal: Terminal) -> Iterator[list[_Row | str]]:
    steps = iter("123")
    first, *others = _addresses(ready)
    yield [
        _Row("Open", (first,), next(steps)),
        _Row("Sign in as", (ready.admin_login or "",)),
        _Row("Password", (ready.admin_password or "", "Shown this once. You choose your own when you sign in.")),
    ]
    if ready.trust_url:
        text = "Open this on each phone once, so that it trusts this server."
        yield [_Row("Phones", (ready.trust_url, text, *_fingerprint(ready)), next(steps))]
    if ready.guest_link:
        code = qr_lines(ready.guest_link, terminal)
        how = "Point the phone's camera at the code, or open this link on it." if code else "Open this link on a phone."
        yield [_Row("Call", (f"{how} It works once.", ready.guest_link), next(steps)), *([""] if code else []), *code]
    if others:
        yield [_Row("Also at", tuple(others))]


def _later_start(ready: Ready) -> Iterator[list[_Row | str]]:
    yield [
        _Row("Open", tuple(_addresses(ready))),
        _Row("Guests", ("`sightline invite` makes a link for one call.",)),
        *([_Row("New phones", (ready.trust_url, *_fingerprint(ready)))] if ready.trust_url else []),
    ]


def _fingerprint(ready: Ready) -> tuple[str, ...]:
    """To compare with what the page shows, which comes over plain HTTP. In two halves, as 80 columns hold one."""
    if ready.authority_fingerprint is None:
        return ()
    middle = len(ready.authority_fingerprint) // 2 + 1
    halves = (ready.authority_fingerprint[:middle], ready.authority_fingerprint[middle:])
    return ("The fingerprint that it shows must be", *halves)


def _addresses(ready: Ready) -> list[str]:
    return [url for url in (ready.local_url, *ready.urls) if url] or ["(no address)"]


def _drawn(block: Iterable[_Row | str], terminal: Terminal) -> Iterator[str]:
    for item in block:
        if isinstance(item, str):  # a line of a QR code
            yield f"{_INDENT}{item}".rstrip() if item else ""
            continue
        margin = f"  {item.step:<3}"
        for number, line in enumerate(item.lines):
            label = item.label if number == 0 else ""
            lead = f"{margin if number == 0 else _INDENT}{label:<{_LABEL}}"
            yield from _wrapped(f"{lead}{line}", " " * (len(_INDENT) + _LABEL), terminal)


def _wrapped(text: str, indent: str, terminal: Terminal) -> list[str]:
    # An address is never broken: it has to survive copying.
    return textwrap.wrap(
        text,
        width=max(40, min(terminal.width, _TEXT_MOST)),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
