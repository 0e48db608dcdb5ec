"""The names and addresses by which this machine may be reached."""

import contextlib
import ipaddress
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class MachineNames:
    """How others may call this machine."""

    hosts: tuple[str, ...]
    """Host names in lower case, the most useful first; `localhost` last."""
    addresses: tuple[IpAddress, ...]
    """Addresses, the one of the default route first, loopback last. Link-local IPv6 is left out: browsers refuse
    the zone that it needs. So are IPv6 privacy addresses, which change daily."""


def machine_names() -> MachineNames:
    """Asks the system; takes at most about a second, when name resolution hangs."""
    short = socket.gethostname().lower().rstrip(".")
    hosts = [name for name in (_full_name(), short, f"{short.split('.')[0]}.local") if _is_host(name)]
    present = _interface_addresses()
    routed = [each for each in _routed() if each in present or not present]
    useful = [each for each in [*routed, *present] if not (each.is_loopback or each.is_unspecified or _is_zoned(each))]
    return MachineNames(tuple(dict.fromkeys([*hosts, "localhost"])), tuple(dict.fromkeys([*useful, *LOOPBACK])))


def addresses_in(messages: bytes) -> Iterator[IpAddress]:
    """The addresses in an answer to RTM_GETADDR (rtnetlink(7))."""
    for kind, payload in _parts(messages, _HEADER):
        if kind == _RTM_NEWADDR and len(payload) >= _ADDRESS.size:
            flags = _ADDRESS.unpack_from(payload)[2]
            found = dict(_parts(payload[_ADDRESS.size :], _ATTRIBUTE))
            # On a point-to-point link IFA_ADDRESS is the peer's, and ours is IFA_LOCAL; IPv6 has only IFA_ADDRESS.
            packed = found.get(_IFA_LOCAL) or found.get(_IFA_ADDRESS) or b""
            if not flags & _UNSTEADY and len(packed) in (4, 16):
                yield ipaddress.ip_address(packed)


def _parts(data: bytes, head: struct.Struct) -> Iterator[tuple[int, bytes]]:
    """(type, payload) of messages and of the attributes in them: both begin with a length and a type, and both are
    padded to 4 bytes. Ends at the first that does not fit."""
    while len(data) >= head.size:
        length, kind = head.unpack_from(data)[:2]
        if not head.size <= length <= len(data):
            return
        yield kind, data[head.size : length]
        data = data[(length + 3) & ~3 :]


def _interface_addresses() -> list[IpAddress]:
    """Every address of every interface: from the kernel on Linux, else what the host's name resolves to."""
    if sys.platform != "linux":
        return _resolved(socket.gethostname())
    found: list[IpAddress] = []
    # OSError: a sandbox may forbid it; then what was found so far has to do.
    with contextlib.suppress(OSError), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        netlink.settimeout(1.0)  # the kernel answers at once; a guess that errs on the side of patience
        question = bytes(_ADDRESS.size)
        netlink.send(_HEADER.pack(_HEADER.size + len(question), _RTM_GETADDR, _REQUEST_DUMP, 1, 0) + question)
        is_over = False
        while not is_over:
            answer = netlink.recv(1 << 16)
            found += addresses_in(answer)
            is_over = not answer or any(kind in (_NLMSG_ERROR, _NLMSG_DONE) for kind, _ in _parts(answer, _HEADER))
    return found


def _routed() -> Iterator[IpAddress]:
    """Our address towards the rest of the world, by asking for a route; connecting UDP sends nothing."""
    for family, elsewhere in ((socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            yield ipaddress.ip_address(probe.getsockname()[0])


def _resolved(name: str) -> list[IpAddress]:
    with contextlib.suppress(OSError, UnicodeError):
        return [ipaddress.ip_address(str(info[4][0]).split("%")[0]) for info in socket.getaddrinfo(name, None)]
    return []


def _full_name() -> str:
    """The fully qualified name. Without a network the resolver may hang for 10 s and more, hence the thread."""
    answer: list[str] = []
    asking = threading.Thread(target=lambda: answer.append(socket.getfqdn()), daemon=True)
    asking.start()
    asking.join(timeout=1.0)
    return answer[0].lower().rstrip(".") if answer else ""


def _is_host(name: str) -> bool:
    """`localhost.localdomain`, `…ip6.arpa` and addresses are what resolvers answer when they know nothing."""
    labels = name.split(".")
    return (
        name.isascii()
        and all(labels)
        and not labels[-1].isdigit()
        and labels[-1] not in ("arpa", "localdomain", "localhost")
    )


def _is_zoned(address: IpAddress) -> bool:
    return address.version == 6 and address.is_link_local


LOOPBACK = (ipaddress.IPv4Address("127.0.0.1"), ipaddress.IPv6Address("::1"))
# <linux/netlink.h>, <linux/rtnetlink.h>, <linux/if_addr.h>
_HEADER = struct.Struct("=IHHII")
_ADDRESS = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_RTM_NEWADDR, _RTM_GETADDR, _NLMSG_ERROR, _NLMSG_DONE = 20, 22, 2, 3
_REQUEST_DUMP = 0x001 | 0x300
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_UNSTEADY = 0x01 | 0x08 | 0x20 | 0x40  # TEMPORARY, DADFAILED, DEPRECATED, TENTATIVE
