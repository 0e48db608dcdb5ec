"""`sightline serve` with a relay that other people's clients can try: static users, a shared secret, classic ports, and
peers on loopback allowed."""

import contextlib
import json
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.interop.coturn import PASSWORD, SECRET, USER
from tests.sightline_server import SightlineServer, free_port


class RelayServer(SightlineServer):
    """Its one port, its classic ports, and what it counts."""

    def __init__(
        self, folder: Path, settings: str = "", *, opens_loopback: bool = True, users: Sequence[str] = ()
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.classic_port, self.classic_tls_port = free_port(), free_port()
        file = folder / "sightline.toml"
        file.write_text(
            f"""
            [listen]
            addresses = ["127.0.0.1"]
            [relay]
            addresses = ["127.0.0.1"]
            allowed_peers = {'["127.0.0.0/8"]' if opens_loopback else "[]"}
            classic_ports = "on"
            classic_port = {self.classic_port}
            classic_tls_port = {self.classic_tls_port}
            users = {json.dumps([f"{USER}:{PASSWORD}", *users])}
            shared_secrets = ["{SECRET}"]
            {settings}
            """
        )
        self.threads = 0
        super().__init__(folder, "--config", str(file))

    def counters(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.local_url}/metrics", timeout=30) as answer:
            lines = [line.decode().split() for line in answer if not line.startswith(b"#")]
        return {name.removeprefix("sightline_"): int(float(value)) for name, value in lines if "{" not in name}

    def resident_bytes(self) -> int:
        assert self.process is not None, "it was started"
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024


@contextlib.contextmanager
def relay_server(
    folder: Path, settings: str = "", *, opens_loopback: bool = True, users: Sequence[str] = ()
) -> Iterator[RelayServer]:
    """Running for as long as the block does; whatever is thrown at it, it must end well."""
    server = RelayServer(folder, settings, opens_loopback=opens_loopback, users=users)
    server.start()
    try:
        yield server
    finally:
        assert server.stop() == 0, server.output
    assert "Traceback" not in server.output, server.output
    assert "relay_panicked" not in server.output, server.output
