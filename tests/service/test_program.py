"""`sightline serve` as an operator meets it: how it starts, refuses to start, and stops."""

import contextlib
import http.client
import json
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.sightline_server import BIN, SightlineServer, free_port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SightlineServer]:
    running = SightlineServer(tmp_path)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()


def refusal(folder: Path, *arguments: str, settings: str = "") -> tuple[int, str]:
    """(exit code, what was said) of a server that must not start."""
    file = folder / "sightline.toml"
    file.write_text(settings)
    command = [str(BIN / "sightline"), "serve", "--config", str(file), "--data", str(folder / "data"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stderr


def on_free_ports() -> list[str]:
    return ["--listen-port", str(free_port()), "--local-port", str(free_port())]


def test_a_port_in_use_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = refusal(tmp_path, "--listen-port", str(port), "--local-port", str(free_port()))
    assert code == 69
    assert f":{port}" in said
    assert "hint:" in said


def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    settings = f"""
        [tls]
        source = "files"
        certificate = "{tmp_path}/missing.pem"
        key = "{tmp_path}/missing.key"
        """
    code, said = refusal(tmp_path, *on_free_ports(), settings=settings)
    assert code == 77
    assert "missing.pem" in said


def test_an_unknown_setting_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    code, said = refusal(tmp_path, settings="[listen]\nprot = 1\n")
    assert code == 78
    assert "prot" in said
    assert "port" in said


def test_a_data_folder_of_a_newer_version_is_left_alone(server: SightlineServer, tmp_path: Path) -> None:
    server.start()
    server.stop()
    with sqlite3.connect(tmp_path / "data/sightline.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    database.close()
    before = (tmp_path / "data/sightline.db").read_bytes()
    code, said = refusal(tmp_path, *on_free_ports())
    assert code == 76
    assert "newer version" in said
    assert (tmp_path / "data/sightline.db").read_bytes() == before


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    code, said = refusal(tmp_path, *on_free_ports())
    assert code == 73
    assert str(tmp_path / "data") in said


def test_two_servers_do_not_share_a_data_folder(server: SightlineServer, tmp_path: Path) -> None:
    server.start()
    code, said = refusal(tmp_path, *on_free_ports())
    assert code == 73
    assert server.process is not None
    assert str(server.process.pid) in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_with_sockets_and_requests_open(server: SightlineServer, number: int) -> None:
    server.start()
    idle = socket.create_connection(("127.0.0.1", server.port))
    slow = socket.create_connection(("127.0.0.1", server.local_port))
    slow.sendall(b"POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
    with connect(f"ws://localhost:{server.local_port}/signal", origin=None):
        started = monotonic()
        assert server.stop(number) == 0, server.output
    print(f"\n  stopped after {monotonic() - started:.2f} s")
    idle.close()
    slow.close()
    assert "Traceback" not in server.output


def test_it_stops_cleanly_while_twenty_people_sign_in(server: SightlineServer) -> None:
    server.start()
    is_over = threading.Event()
    is_busy = threading.Semaphore(0)

    def keep_signing_in(number: int) -> None:
        while not is_over.is_set():
            is_busy.release()
            try:
                post(server, "/api/sign-in", {"login": f"nobody{number}", "password": "not it at all"}).read()
            except (OSError, http.client.HTTPException):
                is_over.wait(0.1)  # it has stopped: do not take the processor from it

    people = [threading.Thread(target=keep_signing_in, args=(number,)) for number in range(20)]
    with contextlib.ExitStack() as idle:
        for _ in range(100):
            idle.enter_context(connect(f"ws://localhost:{server.local_port}/signal", origin=None))
        for person in people:
            person.start()
        for _ in range(60):
            assert is_busy.acquire(timeout=20), "everybody is at it"
        started = monotonic()
        code = server.stop()
        took = monotonic() - started
        is_over.set()
    for person in people:
        person.join()
    print(f"\n  stopped under load after {took:.2f} s")
    assert code == 0, server.output
    assert "Traceback" not in server.output, server.output
    assert took < 10, "it does not hang"


def test_it_stops_cleanly_while_an_authority_does_not_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file = tmp_path / "sightline.toml"
        directory = f"https://127.0.0.1:{silent.getsockname()[1]}/directory"
        file.write_text(f'[tls]\nsource = "acme"\n[acme]\ndirectory = "{directory}"\nnames = ["assist.example.com"]\n')
        server = SightlineServer(tmp_path, "--config", str(file))
        server.start()
        silent.settimeout(20)
        order, _ = silent.accept()
        with order:
            started = monotonic()
            assert server.stop() == 0, server.output
    print(f"\n  stopped during an order after {monotonic() - started:.2f} s")
    assert "Traceback" not in server.output, server.output
    assert "panicked" not in server.output, server.output


def test_a_server_that_is_killed_leaves_nothing_that_piles_up(server: SightlineServer, tmp_path: Path) -> None:
    temporary = set(Path(tempfile.gettempdir()).glob("sightline-*"))
    server.start()
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    assert set(Path(tempfile.gettempdir()).glob("sightline-*")) <= temporary
    assert (tmp_path / "data/run/app.sock").is_socket()
    server.start()
    assert server.stop() == 0
    assert not (tmp_path / "data/run/app.sock").exists()


def test_a_data_folder_far_down_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = SightlineServer(tmp_path / ("d" * 100))
    deep.folder.mkdir()
    deep.start()
    assert deep.stop() == 0


def test_strangers_cannot_fill_the_log(server: SightlineServer) -> None:
    server.start()
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.local_port), timeout=10) as stranger:
            stranger.sendall(b"GET / BAD\r\n\r\n")
            assert stranger.recv(200).startswith(b"HTTP/1.1 400")
    server.stop()
    assert "Invalid HTTP" not in server.output


def test_the_second_start_keeps_the_accounts_and_shows_no_password(server: SightlineServer) -> None:
    server.start()
    password = server.printed("Password")
    sign_in(server, "admin", password)
    server.stop()
    started = monotonic()
    server.start()
    print(f"\n  ready after {monotonic() - started:.2f} s")
    assert "Password" not in server.output
    assert sign_in(server, "admin", password)["must_change_password"] is True


def test_the_log_holds_no_personal_data(server: SightlineServer) -> None:
    server.start()
    password = server.printed("Password")
    token = server.printed("It works once\\.").partition("#")[2]
    assert post(server, "/api/sign-in", {"login": "admin", "password": "not it at all"}).status == 401
    admin = cookies_of(post(server, "/api/sign-in", {"login": "admin", "password": password}))
    new: dict[str, object] = {"old_password": password, "new_password": "four words that hold"}
    admin = cookies_of(post(server, "/api/me/password", new, admin)) or admin
    seated = post(server, "/api/guest/enter", {"token": token, "name": "Annegret Musterfrau"})
    assert seated.status == 200, seated.read()
    says_hello(server, "/signal/guest", cookies_of(seated))
    says_hello(server, "/signal", admin)
    for bad in ("{", '{"seq":0,"ack":0,"message":{"type":"hello","instance":"x","Annegret":1}}'):
        with connect(f"ws://localhost:{server.local_port}/signal", additional_headers={"Cookie": admin}) as socket_:
            socket_.send(bad)
            with pytest.raises(ConnectionClosed):
                socket_.recv(timeout=10)
    with socket.create_connection(("127.0.0.1", server.local_port), timeout=10) as stranger:
        stranger.sendall(b"GET /Annegret BAD\r\n\r\n")
        stranger.recv(200)
    server.stop()
    log = server.output.partition("Ctrl+C stops the server.")[2].strip().splitlines()
    for event in ("guest_seated", "signalling_protocol_error", "stopping"):
        assert any(event in line for line in log), server.output
    for line in log:
        assert re.match(r"\d{4}-\d\d-\d\dT", line), f"one event is one line: {line}"
        assert not re.search(r"\d+\.\d+\.\d+\.\d+|::1|Annegret|admin", line), line
        for secret in (token, password, "four words", *re.findall(r"=([^;]{8,})", admin)):
            assert secret not in line, line


def cookies_of(response: http.client.HTTPResponse) -> str:
    response.read()
    return "; ".join(each.partition(";")[0] for each in response.headers.get_all("Set-Cookie", []))


def says_hello(server: SightlineServer, path: str, cookies: str) -> None:
    """And is welcome."""
    with connect(f"ws://localhost:{server.local_port}{path}", additional_headers={"Cookie": cookies}) as line:
        line.send('{"seq":0,"ack":0,"message":{"type":"hello","instance":"abcdefgh"}}')
        assert "welcome" in str(line.recv(timeout=10))


def test_what_is_printed_at_the_start_is_true(server: SightlineServer) -> None:
    server.start()
    trust = server.printed("Phones")
    trust_path = re.sub(r"^http://[^/]+", "", trust)
    plain = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    plain.request("GET", trust_path)
    assert b"fingerprint" in plain.getresponse().read()
    plain.close()
    plain = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    plain.request("GET", "/trust/authority.crt")
    authority = ssl.DER_cert_to_PEM_cert(plain.getresponse().read())
    plain.close()
    trusting = ssl.create_default_context(cadata=authority)
    for host in ("127.0.0.1", "localhost"):
        secure = http.client.HTTPSConnection(host, server.port, context=trusting, timeout=10)
        secure.request("GET", "/join")
        assert secure.getresponse().status == 200
        secure.close()


def test_a_websocket_of_another_site_is_hung_up_on(server: SightlineServer) -> None:
    server.start()
    url = f"ws://localhost:{server.local_port}/signal"
    with connect(url, origin=Origin("https://evil.example")) as line, pytest.raises(ConnectionClosed, match="4403"):
        line.recv(timeout=10)


def sign_in(server: SightlineServer, login: str, password: str) -> dict[str, object]:
    response = post(server, "/api/sign-in", {"login": login, "password": password})
    body = response.read()
    assert response.status == 200, body
    told: dict[str, object] = json.loads(body)
    return told


def post(server: SightlineServer, path: str, body: dict[str, object], cookies: str = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("localhost", server.local_port, timeout=20)
    headers = {"content-type": "application/json", "origin": server.local_url, "connection": "close", "cookie": cookies}
    connection.request("POST", path, json.dumps(body), headers)
    return connection.getresponse()


def test_help_lists_the_verbs() -> None:
    done = subprocess.run([str(BIN / "sightline"), "--help"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert "serve" in done.stdout
