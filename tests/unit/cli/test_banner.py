"""What the operator reads when the server is ready; the golden files are reviewed as output."""

from pathlib import Path

import pytest

from sightline.cli.banner import banner
from sightline.cli.terminal import Terminal, qr_lines
from sightline.server.ready import Ready

GOLDEN = Path(__file__).parents[2] / "golden" / "cli"
FIRST = Ready(
    local_url="http://localhost:8080",
    urls=("https://192.0.2.2:8443", "https://assist.example.com:8443"),
    trust_url="http://192.0.2.2:8443/trust",
    authority_fingerprint=":".join(f"{number:02X}" for number in range(0xA0, 0xC0)),
    admin_login="admin",
    admin_password="tule-miga-nofa-9f3k",
    guest_link="https://192.0.2.2:8443/join#W0o5lq2vT7o3pJmJr0m4uYz3gq7eK1xQ",
)
LATER = Ready(
    local_url="http://localhost:8080",
    urls=FIRST.urls,
    trust_url=FIRST.trust_url,
    authority_fingerprint=FIRST.authority_fingerprint,
)
CASES = {
    "first_start": (FIRST, Terminal(80, is_tty=True, has_colour=False, has_blocks=True)),
    "first_start_in_colour": (FIRST, Terminal(80, is_tty=True, has_colour=True, has_blocks=True)),
    "first_start_in_a_file": (FIRST, Terminal()),
    "later_start": (LATER, Terminal()),
    "later_start_with_a_warning": (
        Ready(
            local_url="",
            urls=("https://assist.example.com",),
            warnings=("UDP is off. Calls get through, and the picture lags on a network that loses packets.",),
        ),
        Terminal(),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_banner_is_as_reviewed(name: str) -> None:
    drawn = banner(*CASES[name])
    golden = GOLDEN / f"{name}.txt"
    assert drawn == golden.read_text(), f"look at the difference; if it is meant, write it to {golden}"


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_80_columns_but_for_addresses(name: str) -> None:
    for line in banner(*CASES[name]).replace("\x1b[38;5;16;48;5;231m", "").replace("\x1b[0m", "").splitlines():
        assert len(line) <= 80 or "://" in line


def test_each_secret_is_shown_once_and_only_at_the_first_start() -> None:
    text = banner(FIRST, Terminal())
    assert text.count("tule-miga-nofa-9f3k") == 1
    assert text.count("W0o5lq2vT7o3pJmJr0m4uYz3gq7eK1xQ") == 1
    assert "sightline invite" in banner(LATER, Terminal())


@pytest.mark.parametrize(
    "terminal",
    [
        Terminal(80, is_tty=False, has_blocks=True),
        Terminal(80, is_tty=True, has_blocks=False),
        Terminal(33, is_tty=True, has_blocks=True),
    ],
)
def test_no_code_is_drawn_where_it_could_not_be_read(terminal: Terminal) -> None:
    assert qr_lines("https://192.0.2.2:8443/join#abc", terminal) == []


def test_the_code_has_the_same_modules_with_and_without_colour() -> None:
    plain = qr_lines("https://192.0.2.2", Terminal(80, is_tty=True, has_blocks=True))
    coloured = qr_lines("https://192.0.2.2", Terminal(80, is_tty=True, has_colour=True, has_blocks=True))
    swapped = str.maketrans(" ▀▄█", "█▄▀ ")
    assert [line.removeprefix("\x1b[38;5;16;48;5;231m").removesuffix("\x1b[0m") for line in coloured] == [
        line.translate(swapped) for line in plain
    ]
