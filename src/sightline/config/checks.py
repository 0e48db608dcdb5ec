"""What the text of a setting may be. Each check returns the text in its one true form, or raises ValueError whose
message completes the sentence "it must be …"."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from sightline.config.ice_url import ice_url


def host(text: str) -> str:
    """A host name or an address, in lower case."""
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        name = text.lower().rstrip(".")
    labels = name.split(".")
    if len(name) > 253 or labels[-1].isdigit() or not all(re.fullmatch(_LABEL, label) for label in labels):
        raise ValueError("a host name or an address, such as assist.example.com or 192.0.2.7")
    return name


def dns_name(text: str) -> str:
    """A host name that a public authority can certify."""
    name = host(text)
    if "." not in name or is_address(name):
        raise ValueError("a full host name, such as assist.example.com")
    return name


def address(text: str) -> str:
    """An address of this machine to listen on."""
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError("an address without a port, such as 0.0.0.0, :: or 192.0.2.7") from None


def relay_address(text: str) -> str:
    """An address of this machine to send from: one, and the same on every link."""
    try:
        found = ipaddress.ip_address(text.strip("[]"))
        if "%" not in text and not found.is_unspecified and not found.is_multicast:
            return str(found)
    except ValueError:
        pass
    raise ValueError("one address of this machine without a port and without a zone, such as 192.0.2.7")


def optional_address(text: str) -> str:
    """The same, or nothing."""
    return relay_address(text) if text else ""


def prefix(text: str) -> str:
    """An address or a block of addresses."""
    try:
        if "%" not in text:
            return str(ipaddress.ip_network(text, strict=True))
    except ValueError:
        pass
    raise ValueError("an address or a prefix without host bits and without a zone, such as 192.0.2.7 or 10.0.0.0/8")


def origin_url(text: str) -> str:
    """`https://host[:port]` and no more. The links that guests get are made of it."""
    parts = split_url(text)
    if parts is None or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("an address such as https://assist.example.com, without a path")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def directory_url(text: str) -> str:
    """Where an ACME authority describes itself."""
    parts = split_url(text)
    if parts is None or parts.scheme != "https":
        raise ValueError("a URL that begins with https://")
    return text


def mail_url(text: str) -> str:
    """A mail address, as the URL that ACME wants."""
    mail = text.removeprefix("mailto:")
    if not re.fullmatch(r"[^@\s,]+@[^@\s,]+", mail):
        raise ValueError("a mail address, such as it@example.com")
    return f"mailto:{mail}"


def label(text: str) -> str:
    """A short name that is safe in a log, a metric and an environment variable."""
    if text and not re.fullmatch(r"[a-z0-9](-?[a-z0-9]){0,31}", text):
        raise ValueError("a short name of lower-case letters, digits and single dashes, such as eu-west-1")
    return text


def relay_url(text: str) -> str:
    """Where a STUN or TURN server is spoken to."""
    try:
        return str(ice_url(text))
    except ValueError:
        raise ValueError("such as stun:a.example:3478, turn:a.example?transport=tcp or turns:a.example:443") from None


def api_url(text: str) -> str:
    """Where an API is: over TLS, as what is sent there is secret; in clear only on this machine."""
    parts = split_url(text) if text else None
    is_safe = parts is not None and (parts.scheme == "https" or parts.hostname in ("127.0.0.1", "::1", "localhost"))
    if text and (parts is None or not is_safe or parts.query or parts.fragment or "@" in parts.netloc):
        raise ValueError("an address that begins with https://, without ? and #")
    return text.rstrip("/")


def mapped_address(text: str) -> str:
    """What others see of an address of this machine: `public` or `own=public`."""
    try:
        found = [ipaddress.ip_address(part.strip("[]")) for part in text.split("=")]
    except ValueError:
        found = []
    is_one_kind = len({each.version for each in found}) == 1
    if len(found) not in (1, 2) or not is_one_kind or found[-1].is_unspecified or "%" in text:
        raise ValueError("an address such as 203.0.113.7, or two of a kind such as 10.0.0.5=203.0.113.7")
    return "=".join(map(str, found))


def static_user(text: str) -> str:
    """`name:password`. RFC 8489 §14.3 and §18.5: a name has fewer than 509 bytes."""
    name, colon, password = text.partition(":")
    if not (name and colon and password) or len(text.encode()) > 508:
        raise ValueError('a name and a password with a colon between them, such as "ada:correct horse"')
    return text


def shared_secret(text: str) -> str:
    """A secret of some length: whoever guesses it uses the relay as they like. 16 characters are a guess; a random
    secret of that length is out of reach."""
    if len(text) < 16:
        raise ValueError("at least 16 characters, best random ones: `openssl rand -base64 32` makes them")
    return text


def is_address(text: str) -> bool:
    """Is it an IP address rather than a name?"""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def split_url(text: str) -> SplitResult | None:
    """The parts of an http or https URL with a sound host and port; None for anything else."""
    try:
        parts = urlsplit(text)
        host(parts.hostname or "")
        sound = parts.scheme in ("http", "https") and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return parts if sound and not parts.netloc.endswith(":") else None


_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
