"""`sightline password` on a data folder in which a server runs."""

import asyncio
import re
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST

from sightline.cli.main import main
from sightline.server.first_start import first_start
from sightline.server.passwords import Passwords
from sightline.server.sessions import Sessions
from sightline.store import people
from sightline.store.database import Database
from sightline.store.folder import open_data_folder
from sightline.store.people import PersonRecord

NOW = 1_790_000_000.0


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("SIGHTLINE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


async def admin(database: Database) -> PersonRecord:
    async with database.reading() as connection:
        found = await people.by_login(connection, "admin")
    assert found is not None
    return found


async def _start_once(data: Path) -> str:
    """The token of a browser in which the administrator is signed in, with a password of their own."""
    with open_data_folder(data) as folder:
        database, passwords = await Database.open(folder.database_url), Passwords(CHEAPEST)
        await first_start(database, NOW, "Example", passwords=passwords)
        person = await admin(database)
        async with database.writing() as connection:
            stored = await passwords.hashed("forgotten")
            await people.set_password(connection, person.id, stored, must_change_password=False)
        token = await Sessions(database).begin(person.id, NOW)
        passwords.close()
        await database.close()
    return token


async def _look(data: Path, password: str, token: str) -> tuple[bool, bool, bool]:
    """(the password is right, it must be changed, the browser is still signed in)"""
    database, passwords = await Database.open(f"sqlite+aiosqlite:///{data / 'sightline.db'}"), Passwords(CHEAPEST)
    person = await admin(database)
    is_right = await passwords.is_right(password, person.password_hash)
    identity = await Sessions(database).identify({"__Host-sightline": token}, "https", "person", NOW)
    passwords.close()
    await database.close()
    return is_right, person.must_change_password, identity is not None


def test_a_forgotten_password_is_replaced_while_the_server_runs(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = asyncio.run(_start_once(data))
    assert asyncio.run(_look(data, "forgotten", token)) == (True, False, True)
    with open_data_folder(data):  # as a running server does
        assert main(["password", "Admin"]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(r"(\w{4}-){3}\w{4}\n", out)
    assert "signed out everywhere" in err
    assert asyncio.run(_look(data, out.strip(), token)) == (True, True, False)


def test_nobodys_password_is_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_start_once(data))
    assert main(["password", "nobody"]) == 67
    assert capsys.readouterr().err.startswith("error: Nobody signs in as nobody.")


def test_without_a_server_there_are_no_passwords(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["password", "admin"]) == 73
    assert not data.exists()
    assert "start the server once" in capsys.readouterr().err
