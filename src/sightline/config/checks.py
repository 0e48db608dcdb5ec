"""What the text of a setting may be. Each check returns the text in its one true form, or raises ValueError whose
message completes the sentence "it must be …"."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit


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


def prefix(text: str) -> str:
    """An address or a block of addresses."""
    try:
        return str(ipaddress.ip_network(text, strict=True))
    except ValueError:
        raise ValueError("an address or a prefix without host bits, such as 192.0.2.7 or 10.0.0.0/8") from None


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
