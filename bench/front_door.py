"""The front door with uvicorn behind it, against uvicorn doing TLS itself: the same application, in turns.

    make bench-front                      10,000 sockets, three rounds
    make bench-front ARGS="--sockets 2000 --rounds 1"

Each server runs as one process on CPU 0, the load on CPU 1. Measured is what the server process costs: resident
memory for each idle WebSocket (for the front door both sides of the Unix socket are in it), CPU seconds for echoed
messages, and CPU seconds for new TLS connections with a full handshake. Seconds of CPU are user + system of the
server's process, so a slow client changes nothing but the time it takes.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

HERE = Path(__file__)
SERVERS = ("front-door", "uvicorn-tls")
MESSAGE = b"x" * 200
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
DESCRIPTORS_PER_SOCKET = 3  # TCP, and both ends of the Unix socket
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--echo-sockets", type=int, default=200)
    parser.add_argument("--echo-s", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=1_500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    raise_file_limit()
    if options.serve:
        asyncio.run(serve(options.serve, options.folder))
        return
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    results: dict[str, list[dict[str, float]]] = {name: [] for name in SERVERS}
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        make_certificate(Path(folder))
        for number in range(options.rounds):
            for name in SERVERS:
                results[name].append(measure(name, Path(folder), options))
                print(f"  round {number + 1}, {name}: {json.dumps(results[name][-1])}", file=sys.stderr)
    report(results, options)


def report(results: dict[str, list[dict[str, float]]], options: argparse.Namespace) -> None:
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, Linux {platform.release()}, commit {revision or '-'}")
    processes = processes_needed(options)
    print(f"median of {options.rounds} rounds in turns; {options.sockets} idle WebSockets over TLS", end="")
    print(
        f", on {processes} processes of each kind as a process may have few descriptors here\n"
        if processes > 1
        else "\n"
    )
    rows = [
        ("KiB per idle WebSocket", "kib_per_socket", "≤ 40"),
        ("CPU per idle WebSocket, µs a second", "idle_cpu_us_per_socket_s", ""),
        ("echoed messages per CPU-second", "echoes_per_cpu_s", "ratio ≥ 1"),
        ("new TLS connections per CPU-second", "connections_per_cpu_s", "ratio ≥ 1.5"),
    ]
    print(f"{'':38}{'front door':>12}{'uvicorn TLS':>14}{'ratio':>8}   target")
    for title, key, target in rows:
        ours, theirs = (median(round_[key] for round_ in results[name]) for name in SERVERS)
        ratio = f"{ours / theirs:8.2f}" if theirs else f"{'-':>8}"
        print(f"{title:38}{ours:12.1f}{theirs:14.1f}{ratio}   {target}")


# ── one server, measured from outside ─────────────────────────────────────────────────────────────────────────────


def measure(name: str, folder: Path, options: argparse.Namespace) -> dict[str, float]:
    with ExitStack() as stack:
        servers = [stack.enter_context(server(name, folder, number)) for number in range(processes_needed(options))]
        return asyncio.run(load(servers, folder, options))


def processes_needed(options: argparse.Namespace) -> int:
    """Some machines allow a process fewer descriptors than the sockets need: then more than one serves, of each kind
    as many, and what they cost is added up."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed: int = DESCRIPTORS_PER_SOCKET * options.sockets
    return -(-needed // (limit - 500))


@contextmanager
def server(name: str, folder: Path, number: int) -> Iterator[tuple[int, int]]:
    """(process id, port) of a running server."""
    own_folder = folder / f"{name}-{number}"
    own_folder.mkdir(exist_ok=True)
    command = ["taskset", "-c", "0", sys.executable, str(HERE), "--serve", name, "--folder", str(own_folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None, "it was asked for"
        yield process.pid, int(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def load(servers: list[tuple[int, int]], folder: Path, options: argparse.Namespace) -> dict[str, float]:
    tls = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
    pid, port = servers[0]
    connect = connector(port, tls)
    await connections(connect, 20)  # warm
    result = {"connections_per_cpu_s": await rate(pid, lambda: connections(connect, options.connections))}
    result["echoes_per_cpu_s"] = await rate(pid, lambda: echoes(connect, options.echo_sockets, options.echo_s))

    before = sum(resident_kib(pid) for pid, _ in servers)
    sockets = []
    for _, port in servers:
        sockets += await open_sockets(connector(port, tls), options.sockets // len(servers))
    grown = sum(resident_kib(pid) for pid, _ in servers) - before
    result["kib_per_socket"] = round(grown / len(sockets), 2)
    cpu_before, started = sum(cpu_s(pid) for pid, _ in servers), monotonic()
    await asyncio.sleep(5)  # a window to measure in, not a wait for something
    cpu = (sum(cpu_s(pid) for pid, _ in servers) - cpu_before) / (monotonic() - started)
    result["idle_cpu_us_per_socket_s"] = round(cpu * 1e6 / len(sockets), 2)
    for socket in sockets:
        socket.close()
    return result


async def rate(pid: int, work: Callable[[], Awaitable[int]]) -> float:
    before = cpu_s(pid)
    done = await work()
    return round(done / (cpu_s(pid) - before), 1)


Connect = Callable[[], Awaitable["Client"]]


def connector(port: int, tls: ssl.SSLContext) -> Connect:
    async def connect() -> Client:
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(Client, "127.0.0.1", port, ssl=tls, server_hostname="localhost")
        return client

    return connect


async def connections(connect: Connect, number: int) -> int:
    """New connections, eight at a time, each with one request."""

    async def some(share: int) -> None:
        for _ in range(share):
            client = await connect()
            await client.request(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"hello")
            client.close()

    await asyncio.gather(*(some(number // 8) for _ in range(8)))
    return number // 8 * 8


async def open_sockets(connect: Connect, number: int) -> list["Client"]:
    opened: list[Client] = []

    async def some(share: int) -> None:
        for _ in range(share):
            client = await connect()
            await client.upgrade()
            opened.append(client)

    await asyncio.gather(*(some(number // 16) for _ in range(16)))
    return opened


async def echoes(connect: Connect, number: int, for_s: float) -> int:
    clients = await open_sockets(connect, number)
    until = monotonic() + for_s

    async def ping_pong(client: Client) -> int:
        count = 0
        while monotonic() < until:
            await client.echo()
            count += 1
        return count

    counts = await asyncio.gather(*(ping_pong(client) for client in clients))
    for client in clients:
        client.close()
    return sum(counts)


class Client(asyncio.Protocol):
    """The least that speaks HTTP and WebSocket, so that the load costs less than the server."""

    FRAME = bytes([0x81, 0x80 | 126]) + len(MESSAGE).to_bytes(2, "big") + bytes(4) + MESSAGE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.received = bytearray()
        self.waiting: tuple[asyncio.Future[None], bytes] | None = None

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.waiting is not None and self.waiting[1] in self.received:
            self.waiting[0].set_result(None)
            self.waiting = None
            self.received.clear()

    def connection_lost(self, error: Exception | None) -> None:
        if self.waiting is not None and not self.waiting[0].done():
            self.waiting[0].set_exception(ConnectionError(f"the server hung up: {error}"))

    async def request(self, sent: bytes, expected: bytes) -> None:
        future = asyncio.get_running_loop().create_future()
        self.waiting = (future, expected)
        self.transport.write(sent)
        await future

    async def upgrade(self) -> None:
        await self.request(
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
            b"\r\n\r\n",
        )

    async def echo(self) -> None:
        await self.request(self.FRAME, MESSAGE)

    def close(self) -> None:
        self.transport.abort()


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def resident_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_KIB


# ── the servers ───────────────────────────────────────────────────────────────────────────────────────────────────


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Says hello over HTTP, echoes over WebSocket."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"hello"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


async def serve(name: str, folder: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    close = await (serve_front_door(folder) if name == "front-door" else serve_uvicorn(folder))
    await stop.wait()
    await close()


async def serve_front_door(folder: Path) -> Callable[[], Awaitable[None]]:
    from sightline.media.front_door import FrontDoor, Limits, Listener, Settings
    from sightline.server.listener import AppListener

    path = folder / "app.sock"
    listener = AppListener(application, path)
    await listener.open()
    limits = Limits(connections=50_000, connections_per_address=50_000, unidentified_connections=10_000)
    door = FrontDoor.open(Settings(listeners=[Listener("127.0.0.1:0")], upstream=str(path), limits=limits))
    door.set_certificates(
        [((folder.parent / "certificate.pem").read_bytes(), (folder.parent / "key.pem").read_bytes())]
    )
    print(door.addresses()[0].address.rpartition(":")[2], flush=True)

    async def close() -> None:
        await listener.close(0.5)
        await asyncio.to_thread(door.close, 0.5)

    return close


async def serve_uvicorn(folder: Path) -> Callable[[], Awaitable[None]]:
    import uvicorn

    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=25.0,
        ws_ping_timeout=25.0,
        lifespan="off",
        log_config=None,
        access_log=False,
        ssl_certfile=str(folder.parent / "certificate.pem"),
        ssl_keyfile=str(folder.parent / "key.pem"),
    )
    server = uvicorn.Server(config)
    config.load()
    await server_startup(server)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)

    async def close() -> None:
        server.servers[0].close()

    return close


async def server_startup(server: Any) -> None:
    from uvicorn.lifespan.off import LifespanOff

    server.lifespan = LifespanOff(server.config)
    await server.startup()


def make_certificate(folder: Path) -> None:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=DNS:localhost", *files], check=True, capture_output=True
    )


def raise_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    main()
