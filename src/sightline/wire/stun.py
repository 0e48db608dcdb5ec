"""STUN and TURN messages (RFC 8489, RFC 8656), as a client of a server speaks them. The server's own codec is in Rust.

Pure: transaction ids are handed in. Attributes are kept as (type, value) in their order; those that we look into have a
reader here. Start reading at `encode` and `decode`.
"""

import hashlib
import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sightline.errors import ProtocolError

Class: TypeAlias = Literal["request", "indication", "success", "error"]
Address: TypeAlias = tuple[str, int]

COOKIE: Final = 0x2112A442
HEAD_BYTES: Final = 20

BINDING: Final = 0x001
ALLOCATE: Final = 0x003
REFRESH: Final = 0x004

MAPPED_ADDRESS: Final = 0x0001
USERNAME: Final = 0x0006
MESSAGE_INTEGRITY: Final = 0x0008
ERROR_CODE: Final = 0x0009
LIFETIME: Final = 0x000D
REALM: Final = 0x0014
NONCE: Final = 0x0015
XOR_RELAYED_ADDRESS: Final = 0x0016
REQUESTED_TRANSPORT: Final = 0x0019
MESSAGE_INTEGRITY_SHA256: Final = 0x001C
XOR_MAPPED_ADDRESS: Final = 0x0020
SOFTWARE: Final = 0x8022
FINGERPRINT: Final = 0x8028

UDP: Final = bytes([17, 0, 0, 0])
"""The value of REQUESTED-TRANSPORT for UDP (RFC 8656 §18.8)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, without what protects it."""

    method: int
    kind: Class
    transaction: bytes
    attributes: tuple[tuple[int, bytes], ...] = ()

    def attribute(self, number: int) -> bytes | None:
        """The value of the first attribute of that type (RFC 8489 §14: the others are ignored)."""
        return next((value for kind, value in self.attributes if kind == number), None)

    def address(self, number: int) -> Address | None:
        """An XOR-…-ADDRESS, or the plain MAPPED-ADDRESS of old servers. None: it is absent."""
        value = self.attribute(number)
        if value is None:
            return None
        if len(value) not in (8, 20) or value[1] != {8: 1, 20: 2}[len(value)]:
            raise ProtocolError("bad_stun", "an address attribute is not an address")
        mask = b"" if number == MAPPED_ADDRESS else COOKIE.to_bytes(4, "big") + self.transaction
        port = int.from_bytes(_masked(value[2:4], mask), "big")
        return str(ipaddress.ip_address(_masked(value[4:], mask))), port

    def error(self) -> tuple[int, str] | None:
        """The code and its reason (RFC 8489 §14.8). None: it is absent."""
        value = self.attribute(ERROR_CODE)
        if value is None:
            return None
        if len(value) < 4 or not 3 <= value[2] & 7 <= 6 or value[3] > 99:
            raise ProtocolError("bad_stun", "ERROR-CODE is not an error code")
        return (value[2] & 7) * 100 + value[3], value[4:].decode(errors="replace")


def encode(message: Message, *, key: bytes | None = None, has_fingerprint: bool = False) -> bytes:
    """The message as bytes, protected by MESSAGE-INTEGRITY if there is a key."""
    kind = _CLASSES.index(message.kind)
    # RFC 8489 §5: the two bits of the class stand between those of the method.
    number = message.method & 0xF | (message.method & 0x70) << 1 | (message.method & 0xF80) << 2
    number |= (kind & 1) << 4 | (kind & 2) << 7
    body = b"".join(_attribute(*each) for each in message.attributes)

    def head(further: int) -> bytes:
        return struct.pack("!HHI", number, len(body) + further, COOKIE) + message.transaction

    if key is not None:
        body += _attribute(MESSAGE_INTEGRITY, hmac.digest(key, head(24) + body, "sha1"))
    if has_fingerprint:
        body += _attribute(FINGERPRINT, _fingerprint(head(8) + body))
    return head(0) + body


def decode(data: bytes) -> Message:
    """The message in a datagram, or ProtocolError. What follows MESSAGE-INTEGRITY is not protected and left out
    (RFC 8489 §14.5), but for what protects it too; a FINGERPRINT that is wrong is refused."""
    if len(data) != frame_length(data):
        raise ProtocolError("bad_stun", "the length is not the message's")
    attributes, position = [], HEAD_BYTES
    is_protected = False
    while position < len(data):
        number, length = struct.unpack_from("!HH", data, position)
        value = data[position + 4 : position + 4 + length]
        if len(value) < length:
            raise ProtocolError("bad_stun", "an attribute is cut off")
        if number == FINGERPRINT:
            # It is the last, so the length in the head is what it was made with.
            if position + 8 != len(data) or value != _fingerprint(data[:position]):
                raise ProtocolError("bad_stun", "the fingerprint is wrong")
        elif not is_protected or number == MESSAGE_INTEGRITY_SHA256:
            attributes.append((number, value))
        is_protected = is_protected or number in (MESSAGE_INTEGRITY, MESSAGE_INTEGRITY_SHA256)
        position += 4 + length + -length % 4
    number = int.from_bytes(data[:2], "big")
    method = number & 0xF | (number >> 1) & 0x70 | (number >> 2) & 0xF80
    return Message(method, _CLASSES[(number >> 4) & 1 | (number >> 7) & 2], data[8:20], tuple(attributes))


def frame_length(head: bytes) -> int:
    """How long the message is that begins so, for streams (RFC 8489 §6.2.2). ProtocolError: it is none."""
    if len(head) < HEAD_BYTES:
        raise ProtocolError("bad_stun", f"a message has at least {HEAD_BYTES} bytes")
    number, length, cookie = struct.unpack_from("!HHI", head)
    bytes_after_head: int = length
    if number & 0xC000 or length % 4 or cookie != COOKIE:
        raise ProtocolError("bad_stun", "this is not STUN")
    return HEAD_BYTES + bytes_after_head


def is_integrity_right(data: bytes, key: bytes) -> bool | None:
    """Whether whoever made the message knows the key, by the better of its MACs. None: it has none."""
    places: dict[int, tuple[int, bytes]] = {}
    position = HEAD_BYTES
    while position + 4 <= len(data):
        number, length = struct.unpack_from("!HH", data, position)
        places.setdefault(number, (position, data[position + 4 : position + 4 + length]))
        position += 4 + length + -length % 4
    for number, digest in ((MESSAGE_INTEGRITY_SHA256, "sha256"), (MESSAGE_INTEGRITY, "sha1")):
        if number in places:
            start, value = places[number]
            # RFC 8489 §14.5: as if the message ended with this attribute.
            head = data[:2] + (start + 4 + len(value) - HEAD_BYTES).to_bytes(2, "big") + data[4:start]
            # RFC 8489 §14.6: the longer one may be shortened, to no less than 16 bytes.
            right = hmac.digest(key, head, digest)[: len(value) if digest == "sha256" and len(value) >= 16 else None]
            return hmac.compare_digest(right, value)
    return None


def long_term_key(username: str, realm: str, password: str) -> bytes:
    """RFC 8489 §18.5.1.1: what a server asks for that offers no other algorithm."""
    return hashlib.md5(f"{username}:{realm}:{password}".encode(), usedforsecurity=False).digest()


def long_term_key_sha256(username: str, realm: str, password: str) -> bytes:
    """RFC 8489 §18.5.1.2."""
    return hashlib.sha256(f"{username}:{realm}:{password}".encode()).digest()


def _attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def _fingerprint(data: bytes) -> bytes:
    return (zlib.crc32(data) ^ 0x5354554E).to_bytes(4, "big")  # RFC 8489 §14.7


def _masked(value: bytes, mask: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(value, mask, strict=False)) if mask else value


_CLASSES: Final[tuple[Class, ...]] = ("request", "indication", "success", "error")
