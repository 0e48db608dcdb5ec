"""A manifest fetched from the server that it describes. Bounded in bytes, in time and in where it may lead."""

import socket
import ssl
import urllib.error
import urllib.request
from http.client import HTTPException
from urllib.parse import urlsplit

from sightline import __version__, clock
from sightline.errors import RefusedError
from sightline.readiness.problem import shown

PATH = "/.well-known/network-requirements.json"


def is_url(name: str) -> bool:
    """Whether somebody means an address rather than a file."""
    return name.startswith(("https://", "http://"))


def fetch(name: str) -> tuple[str, bytes]:
    """What is read, and from where: the well-known path unless another is given. Raises RefusedError.

    Private addresses are as good as others: a person has typed this one."""
    url = _address(name)
    opener = urllib.request.build_opener(_Redirects, urllib.request.HTTPSHandler(context=ssl.create_default_context()))
    request = urllib.request.Request(  # noqa: S310  the scheme was looked at, and redirects are
        url, headers={"Accept": "application/json", "User-Agent": f"sightline/{__version__}"}
    )
    try:
        with opener.open(request, timeout=_PATIENCE_S) as answer:
            body = _read(answer, url)
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(
            url, f"answers {error.code}", "Is it a Sightline, and does [network] public allow it?"
        ) from error
    except urllib.error.URLError as error:
        raise _refused(url, _reason(error.reason), _hint(error.reason)) from error
    except (OSError, HTTPException, ValueError) as error:
        raise _refused(url, _reason(error), "") from error
    return url, body


def _address(name: str) -> str:
    try:
        parts = urlsplit(name)
        _ = parts.port
    except ValueError as error:
        raise RefusedError("unreadable", f"{shown(name)} is no address: {shown(str(error))}.") from error
    if parts.username is not None or not parts.hostname or not name.isascii() or not name.isprintable() or " " in name:
        raise RefusedError("unreadable", f"{shown(name)} is no address.", hint="Write https://assist.example.com.")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        # What is read decides what a firewall opens; nobody on the way may change it.
        raise RefusedError("unreadable", f"{shown(name)} is not HTTPS.", hint=f"Write https://{parts.netloc}.")
    return name if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}{PATH}"


def _read(answer: object, url: str) -> bytes:
    body, until = b"", clock.monotonic() + _PATIENCE_IN_ALL_S
    while part := answer.read1(1 << 16):  # type: ignore[attr-defined]
        body += part
        if len(body) > _BODY_MOST:
            raise _refused(url, f"sends more than {_BODY_MOST} bytes", "It is no manifest.")
        if clock.monotonic() > until:
            raise _refused(url, f"is not done after {_PATIENCE_IN_ALL_S:.0f} s", "")
    return body


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Only to HTTPS on the same host, and not for ever: a person has typed this host and no other."""

    max_redirections = 3

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        """None is what the base class means by: do not follow."""
        to = urlsplit(newurl)
        if to.scheme != "https" or to.hostname != urlsplit(req.full_url).hostname:
            raise urllib.error.URLError(f"it leads to {shown(newurl)}, which is another host or not HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _reason(error: object) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that this machine does not trust: {shown(error.verify_message)}"
    if isinstance(error, TimeoutError):
        return f"does not answer within {_PATIENCE_S:.0f} s"
    if isinstance(error, socket.gaierror):
        return "has a name that cannot be resolved"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"cannot be read: {shown(text)}"


def _hint(error: object) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "A server with an authority of its own hands it out on its page /trust; SSL_CERT_FILE names it as PEM."
    return ""


def _refused(url: str, what: str, hint: str) -> RefusedError:
    return RefusedError("unreadable", f"{shown(url)} {what}.", hint=hint)


_PATIENCE_S = 10.0  # for each wait, not for all: a guess; longer than any sound server takes
_PATIENCE_IN_ALL_S = 60.0  # against a server that sends a byte now and then; a guess
_BODY_MOST = 16 << 20  # as many characters as a manifest may have
