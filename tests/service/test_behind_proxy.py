"""Behind a proxy: the client is who the trusted proxy says, and nobody else may say it."""

import http.client
import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sightline_server import BIN, SightlineServer

FORWARDED = {"Host": "assist.example.com", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


@pytest.fixture
def forwarding(tmp_path: Path) -> Iterator[SightlineServer]:
    """Behind a proxy on this machine that ends TLS."""
    running = SightlineServer(tmp_path, "--behind-proxy", "--public-url", "https://assist.example.com")
    running.start()
    yield running
    running.stop()


def get(server: SightlineServer, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    connection.close()
    return response


def test_what_the_proxy_ended_as_tls_counts_as_tls(forwarding: SightlineServer) -> None:
    assert get(forwarding, "/join", FORWARDED).status == 200


def test_a_client_of_the_proxy_is_not_this_machine(forwarding: SightlineServer) -> None:
    assert get(forwarding, "/metrics", FORWARDED).status == 403
    assert get(forwarding, "/metrics", {"Host": "localhost"}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost", "X-Forwarded-Proto": "https"},
        {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"},
        {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "no address"},
        {"Host": "localhost", "X-Forwarded-Proto": "https", "Forwarded": "for=203.0.113.9"},
    ],
)
def test_a_client_whom_the_proxy_does_not_name_is_not_this_machine(
    forwarding: SightlineServer, headers: dict[str, str]
) -> None:
    assert get(forwarding, "/metrics", headers).status == 403
    assert get(forwarding, "/join", headers).status == 200


def test_no_link_leads_past_the_proxy_and_no_certificate_is_made(forwarding: SightlineServer) -> None:
    assert f":{forwarding.port}" not in forwarding.output
    assert "Phones" not in forwarding.output
    assert forwarding.printed(r"It works once\.").startswith("https://assist.example.com/join#")
    assert not list((forwarding.folder / "data/certificates").iterdir())
    assert get(forwarding, "/trust", FORWARDED).status == 404


def test_it_does_not_start_behind_a_proxy_without_knowing_its_name(tmp_path: Path) -> None:
    command = [str(BIN / "sightline"), "serve", "--data", str(tmp_path / "data"), "--behind-proxy"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 78
    assert "public_url" in done.stderr
    assert "hint:" in done.stderr


def test_a_proxy_that_anybody_may_be_is_noted(tmp_path: Path) -> None:
    file = tmp_path / "sightline.toml"
    file.write_text('[proxy]\ntrusted = ["0.0.0.0/0", "10.0.0.0/8"]\n')
    server = SightlineServer(tmp_path, "--config", str(file), "--behind-proxy", "--public-url", "https://a.example.com")
    server.start()
    server.stop()
    assert "Note: [proxy] trusted names 0.0.0.0/0" in server.output
    assert "10.0.0.0/8" not in server.output


def test_the_proxys_connections_are_not_those_of_one_client(tmp_path: Path) -> None:
    file = tmp_path / "sightline.toml"
    file.write_text("[limits]\nconnections_per_address = 2\n")
    server = SightlineServer(
        tmp_path, "--config", str(file), "--behind-proxy", "--public-url", "https://assist.example.com"
    )
    server.start()
    connections = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=10) for _ in range(6)]
    try:
        for number, connection in enumerate(connections):
            connection.request("GET", "/join", headers={**FORWARDED, "X-Forwarded-For": f"203.0.113.{number}"})
            response = connection.getresponse()
            assert response.status == 200
            response.read()
    finally:
        for connection in connections:
            connection.close()
        server.stop()


def test_what_came_to_the_proxy_over_plain_http_is_redirected(forwarding: SightlineServer) -> None:
    response = get(forwarding, "/join", {**FORWARDED, "X-Forwarded-Proto": "http"})
    assert response.status == 308
    assert response.headers["Location"] == "https://assist.example.com/join"


def test_a_proxy_that_does_not_say_how_the_client_came_gets_no_page(forwarding: SightlineServer) -> None:
    assert get(forwarding, "/join", {"Host": "assist.example.com"}).status == 421


def test_cookies_are_secure_behind_the_proxy(forwarding: SightlineServer) -> None:
    password = forwarding.printed("Password")
    connection = http.client.HTTPConnection("127.0.0.1", forwarding.port, timeout=20)
    headers = {**FORWARDED, "Content-Type": "application/json", "Origin": "https://assist.example.com"}
    connection.request("POST", "/api/sign-in", json.dumps({"login": "admin", "password": password}), headers)
    response = connection.getresponse()
    assert response.status == 200
    cookie = response.headers["Set-Cookie"]
    connection.close()
    assert cookie.startswith("__Host-sightline=")
    assert "secure" in cookie.lower()
    assert "httponly" in cookie.lower()


def test_without_a_proxy_nobody_may_claim_to_be_somebody_else(tmp_path: Path) -> None:
    server = SightlineServer(tmp_path)
    server.start()
    try:
        claimed = get(server, "/metrics", {"Host": "localhost", "X-Forwarded-For": "203.0.113.9"})
        assert claimed.status == 200, "the header is not believed: the client is still this machine"
        claimed = get(server, "/join", FORWARDED)
        assert claimed.status == 421
    finally:
        server.stop()


@pytest.fixture
def passing_through(tmp_path: Path) -> Iterator[SightlineServer]:
    """Behind a load balancer on this machine that passes TCP on and says who it is for."""
    file = tmp_path / "sightline.toml"
    file.write_text('[proxy]\nbehind = true\nprotocol = "proxy_protocol"\n')
    running = SightlineServer(tmp_path, "--config", str(file))
    running.start()
    yield running
    running.stop()


def curl(server: SightlineServer, *arguments: str) -> tuple[int, str]:
    command = ["curl", "-sk", "-w", "%{http_code}", "-o", "/dev/null", "--max-time", "10", *arguments]
    done = subprocess.run([*command, f"https://localhost:{server.port}/metrics"], capture_output=True, text=True)
    return done.returncode, done.stdout


def test_a_proxy_header_in_front_of_tls_is_believed(passing_through: SightlineServer) -> None:
    assert curl(passing_through, "--haproxy-protocol") == (0, "200")


def test_a_client_behind_a_proxy_header_is_not_this_machine(passing_through: SightlineServer) -> None:
    unverified = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", passing_through.port), timeout=10) as plain:
        plain.sendall(b"PROXY TCP4 203.0.113.9 127.0.0.1 50000 443\r\n")
        with unverified.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert secure.recv(12) == b"HTTP/1.1 403"


def test_a_trusted_proxy_that_sends_no_header_is_hung_up_on(passing_through: SightlineServer) -> None:
    code, status = curl(passing_through)
    assert code != 0
    assert status == "000"


def test_a_proxy_header_from_elsewhere_is_refused(tmp_path: Path) -> None:
    server = SightlineServer(tmp_path)
    server.start()
    try:
        code, _ = curl(server, "--haproxy-protocol")
        assert code != 0
    finally:
        server.stop()
