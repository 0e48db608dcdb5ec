"""`/trust`: how a phone comes to trust our own authority. Reached before it does, so it is served without any sign-in.

/trust                          what to do, step by step
/trust/authority.crt            the certificate, for Android, Windows, Linux and Firefox
/trust/authority.mobileconfig   the same as an Apple profile: iOS installs it with three taps
"""

import html
import plistlib
import re
import uuid
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from sightline.server.certificates.authority import fingerprint

HOST: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?")


class TrustPages:
    """An ASGI application for everything below `/trust`."""

    def __init__(
        self, authority_pem: bytes | None, web_folder: Path, *, public_url: str = "", https_port: int = 443
    ) -> None:
        """Without `authority_pem` every path answers 404: nothing has to be trusted then. The page's link to the
        server is `public_url`, else made of the host that was asked for and `https_port`."""
        self._authority = x509.load_pem_x509_certificate(authority_pem) if authority_pem else None
        self._web_folder, self._public_url, self._https_port = web_folder, public_url, https_port

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if self._authority is None:
            await _answer(scope, send, 404, _TEXT, _NOTHING)
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(scope, send, 405, _TEXT, b"", ("allow", "GET, HEAD"))
        else:
            await self._serve(scope, send, self._authority)

    async def _serve(self, scope: Any, send: Any, authority: x509.Certificate) -> None:
        match scope["path"]:
            case "/trust" | "/trust/":
                await self._serve_page(scope, send, authority)
            case "/trust/authority.crt":
                # DER: what Android's and Windows' installers take without looking at the name of the file.
                body = authority.public_bytes(Encoding.DER)
                named = ("content-disposition", 'attachment; filename="sightline-authority.crt"')
                await _answer(scope, send, 200, "application/x-x509-ca-cert", body, named)
            case "/trust/authority.mobileconfig":
                named = ("content-disposition", 'attachment; filename="sightline-authority.mobileconfig"')
                body = mobileconfig(authority)
                await _answer(scope, send, 200, "application/x-apple-aspen-config", body, named)
            case _:
                await _answer(scope, send, 404, _TEXT, b"There is no such page.\n")

    async def _serve_page(self, scope: Any, send: Any, authority: x509.Certificate) -> None:
        try:
            page = (self._web_folder / "trust.html").read_text()
        except OSError:
            await _answer(scope, send, 404, _TEXT, b"The web client is not built. Run `make web`.\n")
            return
        told = {"{{fingerprint}}": fingerprint(authority), "{{https_url}}": self._https_url(scope)}
        for mark, value in told.items():
            page = page.replace(mark, html.escape(value))
        await _answer(scope, send, 200, "text/html; charset=utf-8", page.encode())

    def _https_url(self, scope: Any) -> str:
        if self._public_url:
            return self._public_url
        asked = HOST.fullmatch(dict(scope["headers"]).get(b"host", b"").decode("latin-1"))
        name = asked["name"] if asked else "localhost"
        # A request that came over TLS has shown that its port is the right one, whatever maps it to ours.
        port = (asked["port"] or "443") if asked and scope["scheme"] == "https" else str(self._https_port)
        return f"https://{name}" if port == "443" else f"https://{name}:{port}"


def mobileconfig(authority: x509.Certificate) -> bytes:
    """An Apple configuration profile with the authority in it.

    Its identifiers follow from the authority, so that installing it twice replaces it and does not add to it. It is
    not signed: whoever installs it does not know our signature either, and compares the fingerprint."""
    seen = fingerprint(authority)
    short = authority.fingerprint(hashes.SHA256()).hex()[:16]
    title = str(authority.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    trusted = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"sightline.authority.{short}.certificate",
        "PayloadUUID": _uuid(f"{seen} certificate"),
        "PayloadDisplayName": title,
        "PayloadCertificateFileName": "sightline-authority.cer",
        "PayloadContent": authority.public_bytes(Encoding.DER),
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"sightline.authority.{short}",
        "PayloadUUID": _uuid(f"{seen} profile"),
        "PayloadDisplayName": title,
        "PayloadDescription": f"Lets this device trust one Sightline server. SHA-256 {seen}",
        "PayloadContent": [trusted],
    }
    return plistlib.dumps(profile)


def _uuid(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"sightline:{text}")).upper()


async def _answer(scope: Any, send: Any, status: int, kind: str, body: bytes, *more: tuple[str, str]) -> None:
    headers = [
        ("content-type", kind),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),  # a phone must not trust yesterday's authority
        *more,
    ]
    raw = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


_TEXT: Final = "text/plain; charset=utf-8"
_NOTHING: Final = b"This server's certificate comes from an authority that devices already know. Nothing to do here.\n"
