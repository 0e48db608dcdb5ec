"""Chromium in a network of a room, on a computer that trusts the authorities it should, as an administrator sets it up.

It is driven through a pipe, so that whoever drives it need not be in its network.
"""

import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, ProxySettings

from lab.network import Machine
from lab.programs import PROXY_PASSWORD, PROXY_USER
from lab.room import INSIDE, NotHereError, Room
from lab.topology import Program, Side
from tests.e2e.conftest import CHROMIUM, FLAGS


@contextmanager
def browser(playwright: Playwright, room: Room, machine: Machine, authorities: Sequence[Path]) -> Iterator[Browser]:
    home = _home(room, machine.network, authorities)
    flags = [*FLAGS, "--no-sandbox"]  # it runs as root, and the room is a sandbox
    if machine.first.proxy:
        flags.append(f"--proxy-server=http://{machine.first.proxy}")
    running = playwright.chromium.launch(executable_path=_wrapper(room, machine.network, home), args=flags)
    try:
        yield running
    finally:
        running.close()


def proxy_credentials(machine: Machine, side: Side) -> ProxySettings | None:
    """What the person types when the browser asks for the proxy's password."""
    if any(box.program is Program.PROXY_WITH_PASSWORD for box in side.boxes):
        return {"server": f"http://{machine.first.proxy}", "username": PROXY_USER, "password": PROXY_PASSWORD}
    return None


def _home(room: Room, network: str, authorities: Sequence[Path]) -> Path:
    """A home folder whose certificate store has these authorities."""
    if not shutil.which("certutil"):
        raise NotHereError("certutil is not on this machine; Debian: apt-get install libnss3-tools")
    outside, inside = room.folder / f"{network}.home", INSIDE / f"{network}.home"
    (outside / ".pki" / "nssdb").mkdir(parents=True)
    store = f"sql:{inside}/.pki/nssdb"
    room.run(["certutil", "-d", store, "-N", "--empty-password"])
    for number, authority in enumerate(authorities):
        (outside / f"{number}.pem").write_bytes(authority.read_bytes())
        room.run(["certutil", "-d", store, "-A", "-t", "C,,", "-n", f"lab {number}", "-i", f"{inside}/{number}.pem"])
    return inside


def _wrapper(room: Room, network: str, home: Path) -> Path:
    """What is started in the place of Chromium; its pipes are handed on."""
    command = room.command(["env", f"HOME={home}", f"XDG_CONFIG_HOME={home}", CHROMIUM], network)
    file = room.folder / f"{network}.chromium"
    file.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    file.chmod(0o755)
    return file
