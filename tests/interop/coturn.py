"""Debian's coturn as another relay, on loopback, and its client and peer."""

import contextlib
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.sightline_server import free_port

SECRET = "a secret that both sides know"
USER, PASSWORD = "ada", "correct horse"


@dataclass
class Coturn:
    """A running turnserver; it takes USER with PASSWORD, or credentials made of SECRET."""

    folder: Path
    has_shared_secret: bool = False
    certificate: tuple[Path, Path] | None = None
    """Chain and key, for TLS."""
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [program("turnserver"), "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--realm=elsewhere"]
        command += [f"--listening-port={self.port}", f"--tls-listening-port={self.tls_port}", "--relay-threads=1"]
        command += [
            "--allow-loopback-peers",
            "--no-cli",
            "--no-dtls",
            f"--pidfile={self.folder}/pid",
            "--log-file=stdout",
        ]
        command += ["--min-port=50000", "--max-port=50999", f"--userdb={self.folder}/users"]
        if self.has_shared_secret:
            command += ["--use-auth-secret", f"--static-auth-secret={SECRET}"]
        else:
            command += ["--lt-cred-mech", f"--user={USER}:{PASSWORD}"]
        if self.certificate:
            command += [f"--cert={self.certificate[0]}", f"--pkey={self.certificate[1]}"]
        else:
            command += ["--no-tls"]
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, cwd=self.folder)
        wait_for_tcp(self.port, self.process)
        while not _is_bound(self.port):  # UDP comes after TCP
            assert self.process.poll() is None, "coturn did not start"
        if self.certificate:
            wait_for_tcp(self.tls_port, self.process)

    def kill(self) -> None:
        """At once, as a machine that fails."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextlib.contextmanager
def echo_peer() -> Iterator[int]:
    """coturn's peer, which sends back what it gets: the port on loopback."""
    port = free_port()
    process = subprocess.Popen(
        [program("turnutils_peer"), "-L", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _is_bound(port):
            assert process.poll() is None, "the peer did not start"
        yield port
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Counted:
    """What coturn's client says at its end."""

    sent: int
    received: int
    output: str


def uclient(*arguments: str, most_s: float = 120) -> Counted:
    """Run coturn's client to its end."""
    done = subprocess.run(
        [program("turnutils_uclient"), *arguments], capture_output=True, text=True, timeout=most_s, errors="replace"
    )
    found = re.findall(r"tot_send_msgs=(\d+), tot_recv_msgs=(\d+)", done.stdout)
    sent, received = found[-1] if found else (0, 0)
    return Counted(int(sent), int(received), done.stdout + done.stderr)


def program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing: `make test` installs Debian's coturn"
    return found


def wait_for_tcp(port: int, process: "subprocess.Popen[bytes]") -> None:
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, "the program did not start"


def _is_bound(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
