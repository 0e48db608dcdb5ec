"""Sockets of one process in many networks.

A packet that must not arrive is proved missing without waiting: one that may follows it on the same way, and by the
time it is there the other would have been. Between namespaces the kernel hands packets on within the call that sends.
"""

import contextlib
import socket
from collections.abc import Iterator

from lab.addresses import OTHER_IPV4, SERVER_IPV4
from lab.room import Room

PATIENCE_S = 10
ADDRESS = {"server": SERVER_IPV4, "other": OTHER_IPV4[0]}


class Sockets:
    """Makes them and closes them all."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._stack = contextlib.ExitStack()

    def udp(self, network: str, port: int = 0) -> socket.socket:
        made = self._stack.enter_context(self._room.socket(network, socket.AF_INET, socket.SOCK_DGRAM))
        made.bind((ADDRESS.get(network, ""), port))
        made.settimeout(PATIENCE_S)
        return made

    def tcp(self, network: str, family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
        made = self._stack.enter_context(self._room.socket(network, family, socket.SOCK_STREAM))
        made.settimeout(PATIENCE_S)
        return made

    def listening(self, network: str, port: int) -> socket.socket:
        made = self.tcp(network)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((ADDRESS[network], port))
        made.listen()
        return made

    def accepted(self, listener: socket.socket) -> socket.socket:
        connection, _ = listener.accept()
        self._stack.enter_context(connection)
        connection.settimeout(PATIENCE_S)
        return connection

    def close(self) -> None:
        self._stack.close()


@contextlib.contextmanager
def sockets(room: Room) -> Iterator[Sockets]:
    made = Sockets(room)
    try:
        yield made
    finally:
        made.close()


def waiting(receiver: socket.socket) -> list[bytes]:
    """What has arrived already."""
    found = []
    receiver.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(receiver.recv(2048))
    receiver.settimeout(PATIENCE_S)
    return found
