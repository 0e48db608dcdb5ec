"""Who the client is when a proxy ends TLS in front of us: read once, here, from what the proxy says.

    came from            X-Forwarded-For               the client is
    a trusted address    an address                    that address; with several, the last that is no trusted proxy
    a trusted address    missing, or no address        unknown
    elsewhere            not looked at                 whoever opened the connection

Whoever comes through a proxy is never this machine, whatever the headers say: an address of loopback in them counts as
unknown too. What carries no mark of a proxy at all is a program that came straight to our port, such as a collector of
metrics; a proxy that is set up to say nothing whatever cannot be told from it.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, TypeAlias

from sightline.server.gate import Application

Address: TypeAlias = IPv4Address | IPv6Address

FORWARDED_FOR: Final = b"x-forwarded-for"
FORWARDED_PROTO: Final = b"x-forwarded-proto"
MARKS: Final = (b"x-forwarded-", b"forwarded", b"x-real-ip", b"via")
"""How the names of those headers begin that proxies add and browsers never send."""


class Forwarded:
    """ASGI middleware in front of everything, in place of the client's address and scheme of the proxy's connection."""

    def __init__(self, inner: Application, trusted: Sequence[str]) -> None:
        self._inner = inner
        self._trusted: tuple[IPv4Network | IPv6Network, ...] = tuple(ip_network(each) for each in trusted)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on, with who it is from and how they came."""
        if any(name.startswith(MARKS) for name, _ in scope["headers"]):
            peer = _address(scope["client"][0]) if scope["client"] else None
            if peer is not None and self._trusts(peer):
                scope = {**scope, "client": self._client(scope), "scheme": _scheme(scope)}
            elif peer is None or peer.is_loopback:
                scope = {**scope, "client": None}
        await self._inner(scope, receive, send)

    def _client(self, scope: Any) -> tuple[str, int] | None:
        """Each proxy adds at the end whom it heard from, so what stands further left was said by strangers."""
        found = None
        for text in reversed([*_listed(scope, FORWARDED_FOR)]):
            found = _address(text)
            if found is None or not self._trusts(found):
                break
        return None if found is None or found.is_loopback else (str(found), 0)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _listed(scope: Any, header: bytes) -> Iterator[str]:
    for name, value in scope["headers"]:
        if name == header:
            yield from (each.strip() for each in value.decode("latin-1").split(","))


def _scheme(scope: Any) -> str:
    said = [*_listed(scope, FORWARDED_PROTO)]
    if not said or said[-1] not in ("http", "https", "ws", "wss"):
        return str(scope["scheme"])
    is_secure = said[-1] in ("https", "wss")
    if scope["type"] == "websocket":
        return "wss" if is_secure else "ws"
    return "https" if is_secure else "http"


def _address(text: str) -> Address | None:
    """Of `192.0.2.7`, `192.0.2.7:50000`, `2001:db8::7` or `[2001:db8::7]:50000`; None for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if address.version == 6 else address
