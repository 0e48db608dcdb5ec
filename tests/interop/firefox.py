"""Firefox without a screen, driven by its own protocol (Marionette): a page is opened and a script run in it."""

import contextlib
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.sightline_server import free_port

PREFERENCES = {
    "marionette.port": 0,  # filled in
    "media.peerconnection.ice.loopback": True,  # the relay is on this machine
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


class Firefox:
    """One page."""

    def __init__(self, talk: socket.socket) -> None:
        self._talk = talk
        self._stream = talk.makefile("rb")
        self._number = 0
        self._hear()  # it says hello
        timeouts = {"script": 120_000, "pageLoad": 60_000}
        capabilities = {"alwaysMatch": {"acceptInsecureCerts": True, "timeouts": timeouts}}
        self._ask("WebDriver:NewSession", capabilities=capabilities)

    def opens(self, url: str) -> None:
        self._ask("WebDriver:Navigate", url=url)

    def runs(self, script: str, *arguments: object) -> Any:
        """What an asynchronous function's body returns."""
        whole = f"const done = arguments[arguments.length - 1]; (async (...args) => {{ {script} }})(...arguments)"
        whole += ".then(done, (error) => done({ error: String(error) }))"
        return self._ask("WebDriver:ExecuteAsyncScript", script=whole, args=list(arguments))["value"]

    def _ask(self, command: str, **parameters: object) -> Any:
        self._number += 1
        data = json.dumps([0, self._number, command, parameters]).encode()
        self._talk.sendall(f"{len(data)}:".encode() + data)
        _, number, error, result = self._hear()
        assert number == self._number
        assert error is None, error
        return result

    def _hear(self) -> Any:
        length = b""
        while (char := self._stream.read(1)) != b":":
            assert char, "Firefox has gone"
            length += char
        return json.loads(self._stream.read(int(length)))


@contextlib.contextmanager
def firefox(folder: Path, authority: Path | None = None) -> Iterator[Firefox]:
    """Running for as long as the block does; it trusts `authority`."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "Firefox is missing: `make test` installs Debian's firefox-esr"
    profile = folder / "profile"
    profile.mkdir(parents=True)
    preferences = {**PREFERENCES, "marionette.port": free_port()}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines))
    if authority is not None:
        certutil = shutil.which("certutil")
        assert certutil, "certutil is missing: `make test` installs Debian's libnss3-tools"
        subprocess.run([certutil, "-N", "-d", f"sql:{profile}", "--empty-password"], check=True)
        trust = ["-t", "C,,", "-n", "ours", "-i", str(authority)]
        subprocess.run([certutil, "-A", "-d", f"sql:{profile}", *trust], check=True)
    process = subprocess.Popen(
        [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "MOZ_DISABLE_CONTENT_SANDBOX": "1"},
    )
    try:
        with _connected(int(str(preferences["marionette.port"])), process) as talk:
            talk.settimeout(180)
            yield Firefox(talk)
    finally:
        process.kill()
        process.wait()


def _connected(port: int, process: "subprocess.Popen[bytes]") -> socket.socket:
    while True:
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=1)
        assert process.poll() is None, "Firefox did not start"
