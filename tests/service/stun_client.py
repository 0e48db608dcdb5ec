"""A STUN client of a few lines, written from RFC 8489 §5 and §14.2 apart from the server's own codec."""

import secrets
import socket
import ssl
from contextlib import ExitStack
from ipaddress import ip_address

COOKIE = 0x2112A442


def binding_request(attributes: bytes = b"") -> bytes:
    head = (0x0001).to_bytes(2, "big") + len(attributes).to_bytes(2, "big") + COOKIE.to_bytes(4, "big")
    return head + secrets.token_bytes(12) + attributes


def mapped_address(request: bytes, answer: bytes) -> tuple[str, int]:
    """The XOR-MAPPED-ADDRESS of a success response that answers the request."""
    assert answer[:2] == b"\x01\x01", f"not a Binding success response: {answer[:2].hex()}"
    assert answer[4:20] == request[4:20], "another transaction"
    value = attributes_of(answer)[0x0020]
    port = int.from_bytes(value[2:4], "big") ^ (COOKIE >> 16)
    key = answer[4:20] if value[1] == 2 else answer[4:8]
    return str(ip_address(bytes(a ^ b for a, b in zip(value[4:], key, strict=True)))), port


def attributes_of(message: bytes) -> dict[int, bytes]:
    assert len(message) == 20 + int.from_bytes(message[2:4], "big")
    attributes, position = {}, 20
    while position < len(message):
        kind, length = (int.from_bytes(message[position + i : position + i + 2], "big") for i in (0, 2))
        attributes[kind] = message[position + 4 : position + 4 + length]
        position += 4 + length + -length % 4
    return attributes


def ask_udp(address: tuple[str, int], request: bytes) -> tuple[bytes, tuple[str, int]]:
    """(answer, our own address)."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect(address)
        client.send(request)
        return client.recv(2048), client.getsockname()[:2]


def ask_tcp(
    address: tuple[str, int], request: bytes, tls: ssl.SSLContext | None = None
) -> tuple[bytes, tuple[str, int]]:
    """(answer, our own address), over TCP or, with a context, TLS."""
    with ExitStack() as stack:
        client = stack.enter_context(socket.create_connection(address, timeout=5))
        if tls is not None:
            client = stack.enter_context(tls.wrap_socket(client, server_hostname="localhost"))
        client.sendall(request)
        answer = b""
        while len(answer) < 20 or len(answer) < 20 + int.from_bytes(answer[2:4], "big"):
            piece = client.recv(2048)
            assert piece, "the server hung up"
            answer += piece
        return answer, client.getsockname()[:2]
