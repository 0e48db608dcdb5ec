"""`sightline relay status` and the side door, on a running server."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.errors import DataFolderError
from sightline.server.side_door import SideDoor, asked
from tests.sightline_server import BIN, SightlineServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SightlineServer]:
    # Longer than a Unix socket's path may be.
    folder = tmp_path_factory.mktemp("a-folder-with-a-name-that-is-long-" + "x" * 100)
    file = folder / "sightline.toml"
    file.write_text('[[relays]]\nname = "away"\nurls = ["turn:127.0.0.1:1"]\nuser = "u"\nsecret = "s"\n')
    running = SightlineServer(folder, "--config", str(file))
    running.start()
    yield running
    assert running.stop() == 0, running.output


def status(server: SightlineServer, *arguments: str) -> str:
    command = [str(BIN / "sightline"), "relay", "status", "--data", str(server.folder / "data"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_running_server_tells_what_it_relays(server: SightlineServer) -> None:
    assert "Nobody is relayed now" in status(server)
    told = json.loads(status(server, "--format", "json"))
    assert told["is_enabled"] is True
    assert told["allocations"] == []
    assert told["others"][0]["relay"] == "away"


def test_it_works_after_the_server_was_killed_and_started_again(server: SightlineServer) -> None:
    server.stop(9)
    with pytest.raises(DataFolderError, match="No server answers"):
        asked(server.folder / "data" / "run", "relay_status")
    server.start()
    assert "Nobody is relayed now" in status(server)


def test_where_no_server_ever_was_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="No server answers") as caught:
        asked(tmp_path / "run", "relay_status")
    assert "--data" in caught.value.hint


async def test_questions_that_are_none_cost_nothing(tmp_path: Path) -> None:
    async def answer() -> bytes:
        return b'"here"'

    door = SideDoor(tmp_path, {"ask": answer})
    await door.open()
    try:
        assert await asyncio.to_thread(asked, tmp_path, "ask") == b'"here"\n'
        with pytest.raises(DataFolderError, match="does not know this question"):
            await asyncio.to_thread(asked, tmp_path, "other")
        with pytest.raises(DataFolderError):
            await asyncio.to_thread(asked, tmp_path, "x" * 1000)
        assert await asyncio.to_thread(asked, tmp_path, "ask") == b'"here"\n'
    finally:
        await door.close()
