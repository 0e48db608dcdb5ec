"""A manifest read from the server that it describes: what is followed, what is not, and how it is bounded."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sightline.cli import profile_fetch
from sightline.cli.main import main
from sightline.readiness.exchange import as_json
from sightline.server.certificates.authority import AUTHORITY_FILE
from tests.sightline_server import SightlineServer
from tests.unit.readiness.manifests import SMALL, manifest

Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], str]]:
    """A server on this machine that answers as told."""
    monkeypatch.setenv("no_proxy", "*")
    servers: list[HTTPServer] = []

    def serve(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *_: object) -> None:
                """Not into the test's output."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def sending(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def test_the_well_known_path_is_read(serving: Callable[[Answer], str], capsys: pytest.CaptureFixture[str]) -> None:
    paths: list[str] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        paths.append(request.path)
        sending(as_json.write(manifest(SMALL)).encode())(request)

    url = serving(answer)
    assert main(["profile", "show", url]) == 0
    assert "www.example.com" in capsys.readouterr().out
    assert main(["profile", "lint", f"{url}/other.json"]) == 0
    assert paths == ["/.well-known/network-requirements.json", "/other.json"]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (sending(b"", 404), "answers 404"),
        (sending(b"\xff"), "is not UTF-8 text"),
        (sending(b"{"), "is not JSON"),
        (sending(b"{}"), "lacks format"),
        (sending(b"", 302, Location="https://192.0.2.1/x"), "another host or not HTTPS"),
        (sending(b"", 302, Location="http://127.0.0.1/x"), "another host or not HTTPS"),
        (sending(b"", 302, Location="file:///etc/passwd"), "answers 302"),
    ],
)
def test_what_is_no_manifest_is_refused(
    answer: Answer, what: str, serving: Callable[[Answer], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", "show", serving(answer)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert what in err
    assert "Traceback" not in err


def test_an_answer_without_end_is_not_read_to_its_end(
    serving: Callable[[Answer], str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_fetch, "_BODY_MOST", 1 << 20)

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(b" " * 65536)
        except OSError:
            return

    assert main(["profile", "show", serving(answer)]) == 1
    assert "sends more than 1048576 bytes" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "https://", "https://u:p@example.com", "https://a b", "https://[::1", "https://a:99999"],
)
def test_an_address_that_is_none_is_refused_unread(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", url]) == 1
    assert "error: " in capsys.readouterr().err


def test_a_server_with_an_authority_of_its_own_is_read_once_that_is_trusted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    server = SightlineServer(tmp_path)
    server.start()
    try:
        assert main(["profile", "show", server.https_url]) == 1
        err = capsys.readouterr().err
        assert "has a certificate that this machine does not trust" in err
        assert "/trust" in err
        monkeypatch.setenv("SSL_CERT_FILE", str(next(tmp_path.rglob(AUTHORITY_FILE))))
        assert main(["profile", "show", server.https_url]) == 0
        assert "media-udp" in capsys.readouterr().out
    finally:
        server.stop()
