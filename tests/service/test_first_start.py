"""The first password of a new installation is never lost: not by a start that fails, not by a banner nobody saw."""

import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sightline_server import BIN, SightlineServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SightlineServer]:
    running = SightlineServer(tmp_path)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()


def test_a_first_start_that_fails_leaves_no_administrator(server: SightlineServer, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", server.port))
        taken.listen()
        command = [str(BIN / "sightline"), "serve", "--data", str(tmp_path / "data"), "--local-port", "0"]
        command += ["--listen-port", str(server.port)]
        assert subprocess.run(command, capture_output=True, timeout=60).returncode == 69
    with sqlite3.connect(tmp_path / "data/sightline.db") as database:
        assert database.execute("SELECT count(*) FROM person").fetchone() == (0,)
    database.close()
    server.start()
    assert server.printed("Password")


def test_a_password_that_nobody_used_is_shown_anew_at_the_next_start(server: SightlineServer) -> None:
    server.start()
    first = server.printed("Password")
    server.stop()
    server.start()
    assert server.printed("Password") != first
