"""Whatever happens to the laboratory, nothing of it is left."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from lab.addresses import SERVER_IPV4
from lab.network import built
from lab.room import Room
from lab.topologies import TOPOLOGIES
from tests.lab.conftest import BY_NAME

REPOSITORY = Path(__file__).parents[2]
MARK = "SIGHTLINE_LAB_TEST"

# Builds the topology and ends itself, as an operator's kill -9 would, before the command with that number.
SUICIDE = """
import os, signal, sys
from lab import room
from lab.network import built
from tests.lab.conftest import BY_NAME

def kill_before(name):
    original = getattr(room.Room, name)
    def counted(*args, **options):
        kill_before.left -= 1
        if kill_before.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **options)
    setattr(room.Room, name, counted)

kill_before.left = int(sys.argv[2])
kill_before("run"), kill_before("start")
with built(BY_NAME[sys.argv[1]]):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def marked(mark: str) -> list[str]:
    """The processes on this machine, in whatever namespace, that were started with that mark in their environment."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if mark.encode() in (process / "environ").read_bytes():
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass  # it has ended meanwhile, or is one of the machine that nobody may look at
    return found


def machine() -> dict[str, str]:
    """What the laboratory could leave behind outside of its rooms."""
    asked = (["ip", "netns", "list"], ["ip", "-o", "link"], ["ip", "route", "show", "table", "all"], ["ip", "rule"])
    seen = {" ".join(command): subprocess.check_output(command, text=True) for command in asked}
    seen["nft"] = subprocess.check_output(["nft", "list", "ruleset"], text=True)
    seen["mounts"] = "\n".join(line for line in Path("/proc/mounts").read_text().splitlines() if "lab" in line)
    seen["/tmp"] = str([name for name in os.listdir("/tmp") if "lab" in name and "sightline" in name])
    return seen


def is_gone(mark: str) -> bool:
    """The kernel takes a moment to end what it has killed."""
    until = time.monotonic() + 20
    while marked(mark) and time.monotonic() < until:
        time.sleep(0.02)
    return not marked(mark)


# 0: before anything; 1 and 2: first network; in the middle of routes; while programs start; when all of it stands.
@pytest.mark.parametrize(
    ("topology", "commands"),
    [("open", 0), ("open", 2), ("double", 15), ("inspected-both", 41), ("proxy", 34), ("proxy", 999), ("jitter", 999)],
)
def test_killed_at_any_point_it_leaves_nothing(topology: str, commands: int) -> None:
    mark = f"{MARK}={uuid.uuid4()}"
    before = machine()
    name, value = mark.split("=")
    environment = {**os.environ, name: value, "PYTHONPATH": str(REPOSITORY)}
    arguments = [sys.executable, "-c", SUICIDE, topology, str(commands)]
    ended = subprocess.run(arguments, env=environment, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert is_gone(mark), marked(mark)
    assert machine() == before


def test_a_room_whose_first_process_is_killed_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, value := str(uuid.uuid4()))
    with built(BY_NAME["proxy"]) as it:
        os.kill(it.room.pid, signal.SIGKILL)
        it.room._keeper.wait()
        monkeypatch.delenv(MARK)
        assert is_gone(value), marked(value)


def test_a_room_that_was_closed_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    before = machine()
    monkeypatch.setenv(MARK, value := str(uuid.uuid4()))
    with built(BY_NAME["proxy"]):
        assert any("squid" in command for command in marked(value)), "the search finds what there is"
        assert machine() == before, "not even meanwhile is anything outside"
    monkeypatch.delenv(MARK)
    assert is_gone(value), marked(value)
    assert machine() == before


def test_a_room_has_no_way_out() -> None:
    with Room() as room:
        room.add_network("worker")
        assert room.run(["ip", "route", "show", "table", "main"], "worker") == ""
        assert "eth0" not in room.run(["ip", "-o", "link"])


def test_two_rooms_do_not_meet() -> None:
    with built(BY_NAME["open"]) as one, built(BY_NAME["open"]) as two:
        assert one.worker == two.worker, "they have the same names and addresses"
        with one.room.socket("server", socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind((SERVER_IPV4, 4001))
            server.settimeout(5)
            for room, text in ((two.room, b"from the other room"), (one.room, b"from this room")):
                with room.socket("worker", socket.AF_INET, socket.SOCK_DGRAM) as worker:
                    worker.sendto(text, (SERVER_IPV4, 4001))
            assert server.recv(100) == b"from this room"


def test_every_topology_can_be_built() -> None:
    assert len(BY_NAME) == len(TOPOLOGIES), "no two have the same name"
    for topology in TOPOLOGIES:
        with built(topology) as it:
            assert it.worker.first.ipv4 or it.worker.first.ipv6
