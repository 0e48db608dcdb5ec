"""The servers that are compared: coturn, ours, and a bare forwarding loop under both.

Each runs as one process on one CPU, with one thread that carries packets; it knows one user and may send to loopback.
"""

import asyncio
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

USER, PASSWORD, REALM = "bench", "benchpw", "bench.local"
NAMES = ("coturn", "ours", "floor")
BINDING_REQUEST = bytes.fromhex("000100002112a442") + b"bench-relay-"
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Setting:
    """Where and how the servers run."""

    folder: Path
    """With `certificate.pem` and `key.pem`; what they write lands here."""
    load: Path
    """The program that makes the load, and the floor."""
    is_realtime: bool


@dataclass(frozen=True)
class Server:
    pid: int
    plain: str
    """Where it is spoken to over UDP and TCP."""
    tls: str


def pinned(cpu: int, setting: Setting) -> list[str]:
    """What stands before a command. In real time nothing else on the machine delays it, only slows it."""
    return [*(["chrt", "--fifo", "1"] if setting.is_realtime else []), "taskset", "--cpu-list", str(cpu)]


@contextmanager
def running(name: str, setting: Setting) -> Iterator[Server]:
    plain, tls = free_port(), free_port()
    command = {
        "coturn": coturn(setting.folder, plain, tls),
        "ours": [sys.executable, __file__, str(setting.folder), str(plain)],
        "floor": [str(setting.load), "floor", "--server", f"127.0.0.1:{plain}"],
    }[name]
    log = setting.folder / f"{name}.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [*pinned(1, setting), *command], cwd=setting.folder, stdout=said, stderr=subprocess.STDOUT
        )
    try:
        if not answers(plain):
            raise SystemExit(f"{name} does not answer:\n{log.read_text()}")
        yield Server(process.pid, f"127.0.0.1:{plain}", f"127.0.0.1:{plain if name == 'ours' else tls}")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def coturn(folder: Path, plain: int, tls: int) -> list[str]:
    """Debian's, with one relay thread, everything else as it comes."""
    return [
        *("turnserver", "-n", "--relay-threads=1", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"),
        *(f"--listening-port={plain}", f"--tls-listening-port={tls}", "--min-port=49152", "--max-port=65535"),
        *("--lt-cred-mech", f"--realm={REALM}", f"--user={USER}:{PASSWORD}", "--allow-loopback-peers"),
        *(f"--cert={folder / 'certificate.pem'}", f"--pkey={folder / 'key.pem'}", "--no-dtls", "--no-cli"),
        *("--log-file=stdout", "--simple-log", f"--pidfile={folder / 'pid'}", f"--userdb={folder / 'users'}"),
    ]


def free_port() -> int:
    """A port that is free for TCP and UDP; nothing else on the machine is expected to take it meanwhile."""
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        port = int(tcp.getsockname()[1])
        udp.bind(("127.0.0.1", port))
        return port


def answers(port: int) -> bool:
    until = monotonic() + PATIENCE_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.1)
        while monotonic() < until:
            try:
                udp.sendto(BINDING_REQUEST, ("127.0.0.1", port))
                udp.recv(200)
                return True
            except OSError:
                continue
    return False


async def serve_ours(folder: Path, port: int) -> None:
    """The front door alone: nobody asks for a page, so there is no application behind it."""
    from sightline.media.front_door import FrontDoor, Listener, Relay, RelayUser, Settings

    address = f"127.0.0.1:{port}"
    relay = Relay(
        realm=REALM,
        nonce_secret=secrets.token_hex(32),
        addresses=["127.0.0.1"],
        control=[address],
        threads=1,
        allowed_peers=["127.0.0.0/8"],
        users=[RelayUser(USER, PASSWORD)],
        allocations=20_000,
        allocations_per_user=20_000,
        allocations_per_address=20_000,
    )
    door = FrontDoor.open(
        Settings(
            listeners=[Listener(address, has_udp=True)],
            upstream=str(folder / "nobody.sock"),
            relay=relay,
        )
    )
    door.set_certificates([((folder / "certificate.pem").read_bytes(), (folder / "key.pem").read_bytes())])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await asyncio.to_thread(door.close, 0.5)


if __name__ == "__main__":
    asyncio.run(serve_ours(Path(sys.argv[1]), int(sys.argv[2])))
