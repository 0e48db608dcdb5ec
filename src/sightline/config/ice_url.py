"""`stun:`, `turn:` and `turns:` addresses (RFC 7064, RFC 7065), as browsers take them."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Transport: TypeAlias = Literal["udp", "tcp", "tls"]


@dataclass(frozen=True, slots=True)
class IceUrl:
    """Where one STUN or TURN server is spoken to, and how."""

    is_turn: bool
    host: str
    """A name or an address; IPv6 without brackets."""
    port: int
    transport: Transport

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        if not self.is_turn:
            return f"stun:{host}:{self.port}"
        scheme, transport = ("turns", "tcp") if self.transport == "tls" else ("turn", self.transport)
        return f"{scheme}:{host}:{self.port}?transport={transport}"


def ice_url(text: str) -> IceUrl:
    """The parts of an address. Raises ValueError."""
    found = re.fullmatch(_URL, text, re.IGNORECASE)
    if found is None:
        raise ValueError(text)
    scheme, host, port, transport = found["scheme"].lower(), found["host"], found["port"], found["transport"]
    if host.startswith("["):
        host = str(ipaddress.IPv6Address(host[1:-1]))
    is_turn, is_tls = scheme != "stun", scheme == "turns"
    if (transport and not is_turn) or (is_tls and transport == "udp"):
        raise ValueError(text)  # browsers speak neither STUN over TCP nor TURN over DTLS
    number = int(port) if port else (5349 if is_tls else 3478)
    if not 0 < number < 65536:
        raise ValueError(text)
    return IceUrl(is_turn, host.lower(), number, "tls" if is_tls else "tcp" if transport == "tcp" else "udp")


_URL = (
    r"(?P<scheme>stun|turns?):(?P<host>[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?:\?transport=(?P<transport>udp|tcp))?"
)
