"""What a phone gets below /trust before it trusts anything."""

import plistlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from sightline.server.certificates.authority import LocalSource, fingerprint
from sightline.server.trust import TrustPages
from tests.service.certificates.conftest import MACHINE, Clock

Ask = Callable[..., Any]


@pytest.fixture
def pem(tmp_path: Path, clock: Clock) -> bytes:
    return LocalSource(tmp_path / "certificates", (), clock, lambda: MACHINE).authority_pem()


@pytest.fixture
def web(tmp_path: Path) -> Path:
    (tmp_path / "trust.html").write_text("<b>{{fingerprint}}</b> <a href='{{https_url}}'>{{https_url}}</a>")
    return tmp_path


async def ask(
    pages: TrustPages, path: str, *, method: str = "GET", host: str = "10.1.2.3:8443", scheme: str = "http"
) -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"host", host.encode("latin-1"))]
    scope = {"type": "http", "method": method, "path": path, "scheme": scheme, "headers": headers}
    await pages(scope, None, send)
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


async def test_the_page_shows_the_fingerprint_and_leads_to_https(pem: bytes, web: Path) -> None:
    status, headers, body = await ask(TrustPages(pem, web, https_port=8443), "/trust")
    seen = fingerprint(x509.load_pem_x509_certificate(pem))
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert len(seen) == 95
    assert body.decode() == f"<b>{seen}</b> <a href='https://10.1.2.3:8443'>https://10.1.2.3:8443</a>"


@pytest.mark.parametrize(
    ("host", "scheme", "public_url", "expected"),
    [
        ("10.1.2.3:8443", "http", "", "https://10.1.2.3:8443"),
        ("10.1.2.3", "http", "", "https://10.1.2.3:8443"),
        ("[fd00::7]:8443", "http", "", "https://[fd00::7]:8443"),
        ("mapped.example:10443", "https", "", "https://mapped.example:10443"),
        ("mapped.example", "https", "", "https://mapped.example"),
        ("anything", "http", "https://assist.example.com", "https://assist.example.com"),
        ("'><script>", "http", "", "https://localhost:8443"),
        ("a b", "http", "", "https://localhost:8443"),
        ("", "http", "", "https://localhost:8443"),
        ("ü", "http", "", "https://localhost:8443"),
    ],
)
async def test_where_the_page_leads(
    pem: bytes, web: Path, host: str, scheme: str, public_url: str, expected: str
) -> None:
    pages = TrustPages(pem, web, public_url=public_url, https_port=8443)
    _, _, body = await ask(pages, "/trust/", host=host, scheme=scheme)
    assert f"href='{expected}'" in body.decode()


async def test_the_certificate_is_der_for_the_installers_of_phones(pem: bytes, web: Path) -> None:
    status, headers, body = await ask(TrustPages(pem, web), "/trust/authority.crt")
    assert status == 200
    assert headers["content-type"] == "application/x-x509-ca-cert"
    assert x509.load_der_x509_certificate(body) == x509.load_pem_x509_certificate(pem)


async def test_the_profile_holds_the_certificate_and_replaces_itself(pem: bytes, web: Path) -> None:
    _, headers, body = await ask(TrustPages(pem, web), "/trust/authority.mobileconfig")
    assert headers["content-type"] == "application/x-apple-aspen-config"
    profile = plistlib.loads(body)
    (trusted,) = profile["PayloadContent"]
    assert trusted["PayloadType"] == "com.apple.security.root"
    assert x509.load_der_x509_certificate(trusted["PayloadContent"]) == x509.load_pem_x509_certificate(pem)
    assert profile["PayloadUUID"] != trusted["PayloadUUID"]
    assert (await ask(TrustPages(pem, web), "/trust/authority.mobileconfig"))[2] == body


@pytest.mark.parametrize("path", ["/trust", "/trust/authority.crt", "/trust/authority.mobileconfig"])
async def test_when_others_vouch_there_is_nothing_to_trust(web: Path, path: str) -> None:
    status, headers, body = await ask(TrustPages(None, web), path)
    assert status == 404
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert b"already know" in body


async def test_what_else_is_asked_for(pem: bytes, web: Path, tmp_path: Path) -> None:
    pages = TrustPages(pem, web)
    assert (await ask(pages, "/trust/authority.key"))[0] == 404
    assert (await ask(pages, "/trust/../authority.key"))[0] == 404
    assert (await ask(pages, "/trust", method="POST"))[0] == 405
    status, headers, body = await ask(pages, "/trust/authority.crt", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 300
    assert (await ask(TrustPages(pem, tmp_path / "not built"), "/trust"))[0] == 404
