"""The real program as a child process: started, read, restarted, stopped."""

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

BIN = Path(sys.executable).parent
START_TIMEOUT_S = 30


class SightlineServer:
    """`sightline serve` on a data folder of its own and on free ports that it keeps when it is restarted."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.port, self.local_port = free_port(), free_port()
        self.arguments = arguments
        self.output = ""
        self.process: subprocess.Popen[str] | None = None

    @property
    def local_url(self) -> str:
        return f"http://localhost:{self.local_port}"

    @property
    def https_url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        command = [str(BIN / "sightline"), "serve", "--data", str(self.folder / "data")]
        return [*command, "--listen-port", str(self.port), "--local-port", str(self.local_port), *self.arguments]

    def start(self) -> None:
        self.output = ""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SIGHTLINE_")}
        self.process = subprocess.Popen(
            self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
        )
        is_ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self.process, is_ready), daemon=True)
        self._reader.start()
        if not is_ready.wait(START_TIMEOUT_S):
            self.stop()
            raise AssertionError(f"the server did not become ready:\n{self.output}")

    def _read(self, process: "subprocess.Popen[str]", is_ready: threading.Event) -> None:
        assert process.stderr is not None, "it was asked for"
        for line in process.stderr:
            self.output += line
            if "Ctrl+C stops the server" in line:
                is_ready.set()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """The exit code."""
        assert self.process is not None, "it was started"
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join()
            assert self.process.stderr is not None, "it was asked for"
            self.process.stderr.close()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It stands still, and the system keeps its sockets open: to everybody else the network has died."""
        assert self.process is not None, "it was started"
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def printed(self, label: str) -> str:
        """What the banner says behind a label, such as the password."""
        found = re.search(rf"{label}\s+(\S+)", self.output)
        assert found, f"no {label!r} in:\n{self.output}"
        return found[1]


def free_port() -> int:
    """Of TCP and UDP both, and below what the system gives to outgoing connections and a relay to its clients: those
    would take it between this moment and the server's start."""
    while True:
        port = random.randrange(20_000, 32_000)
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("0.0.0.0", port))
        except OSError:
            continue
        return port
