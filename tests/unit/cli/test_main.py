"""The command line as a whole: exit codes, streams, and what a failure looks like."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from sightline import __version__
from sightline.cli.main import VERBS, complaint, main
from sightline.cli.terminal import terminal
from sightline.errors import OperatorError, PortInUseError

PUBLIC_URL = ("--public-url", "https://assist.example.com")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))


def test_version_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr() == (f"sightline {__version__}\n", "")


def test_config_prints_what_flags_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--listen-port", "443", "--behind-proxy", "--no-udp", *PUBLIC_URL]) == 0
    out, err = capsys.readouterr()
    assert "port = 443                                    # command line" in out
    assert "behind = true                                 # command line" in out
    assert "udp = false                                   # command line" in out
    assert err == ""


def test_config_notes_a_proxy_that_anybody_may_be(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_PROXY_TRUSTED", "10.0.0.0/8,::/0")
    assert main(["config", "--behind-proxy", *PUBLIC_URL]) == 0
    err = capsys.readouterr().err
    assert "::/0" in err
    assert "10.0.0.0/8" not in err


def test_a_wrong_setting_ends_with_its_exit_code_a_message_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--listen-port", "x"]) == 78
    out, err = capsys.readouterr()
    assert out == ""
    message, blank, hint, *rest = err.split("\n")
    assert message == 'error: The command line: [listen] port must be a whole number from 0 to 65535, not "x".'
    assert blank == ""
    assert hint.startswith("hint: ")
    assert rest == [""]


def test_a_complaint_without_a_hint_is_one_line() -> None:
    assert complaint(OperatorError("The disk is full.")) == "error: The disk is full."


def test_every_operator_error_has_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_args: object) -> int:
        raise PortInUseError("Port 8443 is taken.", hint="Stop the other program.")

    monkeypatch.setattr(VERBS["version"], "run", fail)
    assert main(["version"]) == 69


def test_interrupted_is_not_a_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(_args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(VERBS["version"], "run", interrupt)
    assert main(["version"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert f"usage: sightline {verb}" in capsys.readouterr().out


def test_help_loads_no_web_server_and_no_database() -> None:
    script = (
        "import sys\n"
        "from sightline.cli.main import parser\n"
        "parser().format_help()\n"
        "heavy = {'asyncio', 'uvicorn', 'litestar', 'sqlalchemy', 'structlog', 'cryptography', 'segno'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("environment", "has_colour"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({}, False)],
)
def test_colour_only_where_it_is_wanted(environment: dict[str, str], has_colour: bool) -> None:
    class Tty(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    assert terminal(Tty(), environment).has_colour is has_colour
    assert terminal(io.StringIO(), environment).has_colour is False


def test_half_blocks_only_where_they_can_be_written() -> None:
    assert terminal(io.TextIOWrapper(io.BytesIO(), "utf-8"), {}).has_blocks
    assert not terminal(io.TextIOWrapper(io.BytesIO(), "latin-1"), {}).has_blocks
