"""`sightline invite` on a data folder in which a server runs."""

import asyncio
import re
import sqlite3
from pathlib import Path

import pytest

from sightline.cli.main import main
from sightline.server.first_start import first_start
from sightline.server.passwords import Passwords
from sightline.server.ready import keep_origin
from sightline.server.tokens import token_hash
from sightline.store.database import Database
from sightline.store.folder import open_data_folder

NOW = 1_790_000_000.0


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("SIGHTLINE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


async def _start_once(data: Path) -> None:
    with open_data_folder(data) as folder:
        database = await Database.open(folder.database_url)
        passwords = Passwords()
        await first_start(database, NOW, "Example", passwords=passwords)
        passwords.close()
        await database.close()


@pytest.fixture
def started(data: Path) -> Path:
    asyncio.run(_start_once(data))
    keep_origin(data / "run", "https://192.0.2.7:9443")
    return data


def test_the_link_is_data_and_its_token_is_in_the_database(started: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_data_folder(started):  # as a running server does
        assert main(["invite", "--note", "Pump 3", "--hours", "2"]) == 0
    out, err = capsys.readouterr()
    link = re.fullmatch(r"https://192\.0\.2\.7:9443/join#([\w-]{22})\n", out)
    assert link
    assert err == "Send this link to the guest. It works once, for 2 h.\n"
    with sqlite3.connect(started / "sightline.db") as database:
        rows = database.execute("SELECT token_hash, note FROM invite").fetchall()
    database.close()
    assert rows == [(token_hash(link[1]), "Pump 3")]


def test_the_public_url_wins(started: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["invite", "--public-url", "https://assist.example.com"]) == 0
    assert capsys.readouterr().out.startswith("https://assist.example.com/join#")


def test_an_unknown_host_is_refused(started: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for login in ("nobody", "no body"):
        assert main(["invite", login]) == 67
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"error: Nobody signs in as {login}.\n\nhint: ")
        assert "your administrator" not in err


@pytest.mark.parametrize(
    ("change", "said"),
    [("role = 'worker'", "admin may not invite guests: the role is worker."), ("locked_out_at = 1", "locked out")],
)
def test_a_host_who_may_not_invite_is_refused_in_words_for_the_operator(
    started: Path, capsys: pytest.CaptureFixture[str], change: str, said: str
) -> None:
    with sqlite3.connect(started / "sightline.db") as database:
        database.execute(f"UPDATE person SET {change}")
    database.close()
    assert main(["invite"]) == 67
    err = capsys.readouterr().err
    assert said in err
    assert "your administrator" not in err


def test_without_a_server_nothing_is_made(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["invite"]) == 73
    assert "start the server once" in capsys.readouterr().err
    assert not data.exists()


def test_without_an_origin_no_link_is_guessed(started: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (started / "run" / "origin").unlink()
    assert main(["invite"]) == 78
    assert "--public-url" in capsys.readouterr().err
