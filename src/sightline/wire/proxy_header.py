"""The PROXY protocol header, version 2: how the front door tells the application who the client really is.

Only the decoder of what our own front door writes is here; headers from foreign load balancers are read in Rust.
The layout is that of the PROXY protocol specification §2.2: a 12-byte signature, version and command, family,
length, addresses, then type-length-value fields.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final

from sightline.errors import ProtocolError

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
FIXED_BYTES: Final = 16
MAX_BYTES: Final = 1024
"""Ours is at most about 350 bytes: a server name of 255 is the longest thing in it."""

_TCP_OVER_IPV4: Final = 0x11
_TCP_OVER_IPV6: Final = 0x21
_TLV_ALPN: Final = 0x01
_TLV_AUTHORITY: Final = 0x02
_TLV_SSL: Final = 0x20
_CLIENT_USED_TLS: Final = 0x01


@dataclass(frozen=True, slots=True)
class ProxyHeader:
    """Who connected to what, and how."""

    client: tuple[str, int]
    server: tuple[str, int]
    uses_tls: bool
    alpn: str = ""
    server_name: str = ""


def decode_proxy_header(data: bytes | bytearray) -> tuple[ProxyHeader, int] | None:
    """The header and how many bytes it took, or None while more bytes are needed."""
    start = bytes(data[: len(SIGNATURE)])
    if start != SIGNATURE[: len(start)]:
        raise ProtocolError("bad_proxy_header", "the connection does not begin with a PROXY v2 signature")
    if len(data) < FIXED_BYTES:
        return None
    command, family = data[12], data[13]
    length = int.from_bytes(data[14:16], "big")
    if command != 0x21:
        raise ProtocolError("bad_proxy_header", f"version and command {command:#04x} is not v2 PROXY (0x21)")
    if FIXED_BYTES + length > MAX_BYTES:
        raise ProtocolError("bad_proxy_header", f"a header of {FIXED_BYTES + length} bytes; {MAX_BYTES} at most")
    if len(data) < FIXED_BYTES + length:
        return None
    return _decode_body(family, bytes(data[FIXED_BYTES : FIXED_BYTES + length])), FIXED_BYTES + length


def _decode_body(family: int, body: bytes) -> ProxyHeader:
    if family == _TCP_OVER_IPV4:
        size, text = 4, _ipv4
    elif family == _TCP_OVER_IPV6:
        size, text = 16, _ipv6
    else:
        raise ProtocolError("bad_proxy_header", f"address family {family:#04x} is neither TCP over IPv4 nor over IPv6")
    fixed = 2 * size + 4
    if len(body) < fixed:
        raise ProtocolError("bad_proxy_header", "the addresses are cut short")
    fields = _decode_fields(body[fixed:])
    tls = fields.get(_TLV_SSL, b"\x00")
    return ProxyHeader(
        client=(text(body[:size]), int.from_bytes(body[2 * size : 2 * size + 2], "big")),
        server=(text(body[size : 2 * size]), int.from_bytes(body[2 * size + 2 : fixed], "big")),
        uses_tls=bool(tls[:1] and tls[0] & _CLIENT_USED_TLS),
        alpn=fields.get(_TLV_ALPN, b"").decode("ascii", "replace"),
        server_name=fields.get(_TLV_AUTHORITY, b"").decode("ascii", "replace"),
    )


def _ipv4(packed: bytes) -> str:
    """Every connection asks for two of these; `ipaddress` takes ten times as long."""
    return f"{packed[0]}.{packed[1]}.{packed[2]}.{packed[3]}"


def _ipv6(packed: bytes) -> str:
    return str(IPv6Address(packed))


def _decode_fields(data: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    while data:
        if len(data) < 3:
            raise ProtocolError("bad_proxy_header", "a field is cut short")
        length = int.from_bytes(data[1:3], "big")
        if len(data) < 3 + length:
            raise ProtocolError("bad_proxy_header", "a field is longer than the header")
        fields[data[0]] = data[3 : 3 + length]
        data = data[3 + length :]
    return fields
