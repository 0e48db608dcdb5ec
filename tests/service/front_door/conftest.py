"""A front door with a small application behind it, on loopback."""

import asyncio
import json
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sightline.media.front_door import FrontDoor, Limits, Listener, Settings
from sightline.server.listener import AppListener


@dataclass(frozen=True)
class Certificate:
    chain: Path
    key: Path

    def pair(self) -> tuple[bytes, bytes]:
        return self.chain.read_bytes(), self.key.read_bytes()


@dataclass
class Running:
    door: FrontDoor
    port: int
    port_ipv6: int
    tls: ssl.SSLContext
    certificate: Certificate


def make_certificate(folder: Path, name: str = "localhost") -> Certificate:
    certificate = Certificate(folder / f"{name}.crt", folder / f"{name}.key")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    files = ["-keyout", str(certificate.key), "-out", str(certificate.chain), "-subj", f"/CN={name}"]
    names = ["-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1,IP:::1"]
    subprocess.run([*command.split(), *files, *names], check=True, capture_output=True)
    return certificate


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Tells over HTTP what it was told of the client; echoes over WebSocket."""
    if scope["type"] == "http":
        body = json.dumps({"client": scope["client"], "server": scope["server"], "scheme": scope["scheme"]}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    certificate = make_certificate(tmp_path)
    upstream = tmp_path / "app.sock"
    listener = AppListener(application, upstream)
    await listener.open()
    listeners = [Listener("127.0.0.1:0", has_udp=True), Listener("[::1]:0", has_udp=True)]
    door = FrontDoor.open(Settings(listeners=listeners, upstream=str(upstream), limits=Limits()))
    door.set_certificates([certificate.pair()])
    ports = [int(each.address.rpartition(":")[2]) for each in door.addresses() if each.transport == "tcp"]
    try:
        yield Running(door, ports[0], ports[1], ssl.create_default_context(cafile=certificate.chain), certificate)
    finally:
        await listener.close(1.0)
        await asyncio.to_thread(door.close, 1.0)
