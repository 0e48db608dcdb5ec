"""The name servers of a room: `python -m lab.names NETWORK…`, started by `network`. Each answers from its hosts file.

Browsers ask for the names of relays with a dot at the end, which no hosts file knows; a name server does.
It is run inside a room, as root.
"""

import asyncio
import socket
import struct
import sys
from ipaddress import ip_address

from lab.room import INSIDE, enter_network

TYPE = {4: 1, 6: 28}  # A, AAAA
HEADER = struct.Struct("!HHHHHH")
ANSWERED, NO_SUCH_NAME = 0x8580, 0x8583  # authoritative, recursion available (RFC 1035 §4.1.1)
NAME_OF_QUESTION = b"\xc0\x0c"
LIFETIME_S = 60


def answer(question: bytes, hosts: dict[str, str]) -> bytes:
    """To one question for the addresses of one name."""
    labels, at = [], HEADER.size
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    end = at + 5
    wanted = struct.unpack_from("!H", question, at + 1)[0]
    address = hosts.get(".".join(labels).lower())
    records = b""
    if address and wanted == TYPE[ip_address(address).version]:
        packed = ip_address(address).packed
        records = NAME_OF_QUESTION + struct.pack("!HHIH", wanted, 1, LIFETIME_S, len(packed)) + packed
    number = struct.unpack_from("!H", question)[0]
    head = HEADER.pack(number, ANSWERED if address else NO_SUCH_NAME, 1, bool(records), 0, 0)
    return head + question[HEADER.size : end] + records


def serve(network: str) -> None:
    """On the machine's own address, as a local resolver."""
    lines = (INSIDE / f"{network}.hosts").read_text().splitlines()
    hosts = {name: address for address, name in (line.split() for line in lines)}
    enter_network(f"/run/netns/{network}")
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asked.bind(("127.0.0.1", 53))
    asked.setblocking(False)

    def reply() -> None:
        question, sender = asked.recvfrom(512)
        asked.sendto(answer(question, hosts), sender)

    asyncio.get_running_loop().add_reader(asked, reply)


async def main() -> None:
    for network in sys.argv[1:]:
        serve(network)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
