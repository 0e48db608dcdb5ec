"""A TURN client of a few lines on blocking sockets, for tests that send what no client would."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sightline.wire import stun

CREATE_PERMISSION, CHANNEL_BIND = 0x008, 0x009
CHANNEL_NUMBER, XOR_PEER_ADDRESS = 0x000C, 0x0012


class RelayClient:
    """One 5-tuple. `last` is what was sent last."""

    def __init__(self, address: tuple[str, int], username: str, password: str, *, over_tcp: bool = False) -> None:
        kind = socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.settimeout(20)
        self.socket.connect(address)
        self.over_tcp = over_tcp
        self.username, self.password = username, password
        self.realm = self.nonce = b""
        self.last = b""

    def close(self) -> None:
        self.socket.close()

    def ask(self, method: int, *attributes: tuple[int, bytes], piece: int = 1 << 16) -> stun.Message:
        """The answer; the request goes out in pieces of so many bytes."""
        key = None
        signature: tuple[tuple[int, bytes], ...] = ()
        if self.nonce:
            signature = (
                (stun.USERNAME, self.username.encode()),
                (stun.REALM, self.realm),
                (stun.NONCE, self.nonce),
            )
            key = stun.long_term_key(self.username, self.realm.decode(), self.password)
        message = stun.Message(method, "request", secrets.token_bytes(12), (*attributes, *signature))
        self.last = stun.encode(message, key=key)
        for start in range(0, len(self.last), piece):
            self.socket.sendall(self.last[start : start + piece])
        while (answer := self.hear()).transaction != message.transaction:
            pass
        return answer

    def hear(self) -> stun.Message:
        if not self.over_tcp:
            return stun.decode(self.socket.recv(1 << 16))
        head = self._exactly(stun.HEAD_BYTES)
        return stun.decode(head + self._exactly(stun.frame_length(head) - stun.HEAD_BYTES))

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            piece = self.socket.recv(length - len(data))
            assert piece, "the server hung up"
            data += piece
        return data

    def allocate(self, piece: int = 1 << 16) -> stun.Message:
        challenge = self.ask(stun.ALLOCATE, (stun.REQUESTED_TRANSPORT, stun.UDP), piece=piece)
        self.realm = challenge.attribute(stun.REALM) or b""
        self.nonce = challenge.attribute(stun.NONCE) or b""
        return self.ask(stun.ALLOCATE, (stun.REQUESTED_TRANSPORT, stun.UDP), piece=piece)

    def permit(self, address: str) -> stun.Message:
        return self.ask(CREATE_PERMISSION, (XOR_PEER_ADDRESS, peer(address, 9)))

    def bind(self, channel: int, address: str, port: int) -> stun.Message:
        return self.ask(
            CHANNEL_BIND,
            (CHANNEL_NUMBER, channel.to_bytes(2, "big") + bytes(2)),
            (XOR_PEER_ADDRESS, peer(address, port)),
        )

    def say(self, channel: int, data: bytes) -> None:
        padding = bytes(-len(data) % 4) if self.over_tcp else b""
        self.socket.sendall(channel.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data + padding)


def peer(address: str, port: int) -> bytes:
    """XOR-PEER-ADDRESS for IPv4 (RFC 8489 §14.2)."""
    value = int.from_bytes(socket.inet_aton(address), "big") ^ stun.COOKIE
    return b"\0\1" + (port ^ (stun.COOKIE >> 16)).to_bytes(2, "big") + value.to_bytes(4, "big")


@contextmanager
def echo() -> Iterator[tuple[str, int]]:
    """A peer on loopback that sends back what it gets."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))

        def serve() -> None:
            while (heard := listening.recvfrom(1 << 16))[0] != b"end":
                listening.sendto(*heard)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        address = listening.getsockname()
        try:
            yield address
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ender:
                ender.sendto(b"end", address)
            thread.join()
