"""A cable that loses, delays and narrows packets: `python -m lab.cable`, started by `network`.

Two tun devices in two networks and this process between them. The kernel's own netem is a module that many machines
lack, nftables can lose packets but not keep them, and a tun device hands over whole packets with their checksums.
It is run inside a room, as root.
"""

import asyncio
import contextlib
import fcntl
import functools
import os
import random
import struct
import sys
from collections.abc import Callable

from lab.room import enter_network
from lab.topology import Wire

TUNSETIFF = 0x4004_54CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
LARGEST_PACKET = 65_536

# What waits for a narrow cable, in seconds of sending: home routers keep between 0.1 s and several seconds.
LONGEST_QUEUE_S = 0.3


class Direction:
    """One way through the cable."""

    def __init__(self, wire: Wire, seed: int, send: Callable[[bytes], None]) -> None:
        self._wire, self._send = wire, send
        self._dice = random.Random(seed)
        self._free_at = 0.0
        """When the narrow part has sent what it was given so far."""
        self._last_arrival = 0.0

    def handle_packet(self, now: float, packet: bytes) -> float | None:
        """When it arrives at the other end; None: never."""
        if self._dice.random() < self._wire.loss:
            return None
        begins = max(now, self._free_at)
        if begins - now > LONGEST_QUEUE_S:
            return None
        seconds_per_byte = 8 / (self._wire.kbit_s * 1000) if self._wire.kbit_s else 0.0
        self._free_at = begins + len(packet) * seconds_per_byte
        wanders = self._dice.random() * self._wire.jitter_ms
        arrival = self._free_at + (self._wire.delay_ms + wanders) / 1000
        self._last_arrival = max(arrival, self._last_arrival)
        return self._last_arrival

    def pass_on(self, loop: asyncio.AbstractEventLoop, packet: bytes) -> None:
        arrival = self.handle_packet(loop.time(), packet)
        if arrival is not None:
            loop.call_at(arrival, self._send, packet)


def open_end(network: str, device: str) -> int:
    """A tun device of that network, as a descriptor of ours."""
    enter_network(f"/run/netns/{network}")
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor


async def carry(ends: tuple[int, int], wire: Wire, seed: int) -> None:
    loop = asyncio.get_running_loop()
    for way, (source, sink) in enumerate([ends, ends[::-1]]):
        direction = Direction(wire, seed + way, functools.partial(_write, sink))
        loop.add_reader(source, functools.partial(_forward, loop, source, direction))
    print("ready", flush=True)
    await asyncio.Event().wait()


def _forward(loop: asyncio.AbstractEventLoop, source: int, direction: Direction) -> None:
    direction.pass_on(loop, os.read(source, LARGEST_PACKET))


def _write(sink: int, packet: bytes) -> None:
    with contextlib.suppress(OSError):  # the device there is down: a cable that is pulled out loses what is in it
        os.write(sink, packet)


def main() -> None:
    network_a, device_a, network_b, device_b, seed, loss, delay_ms, jitter_ms, kbit_s = sys.argv[1:]
    ends = (open_end(network_a, device_a), open_end(network_b, device_b))
    asyncio.run(carry(ends, Wire(float(loss), float(delay_ms), float(jitter_ms), int(kbit_s)), int(seed)))


if __name__ == "__main__":
    main()
