"""How a page reached this server: what certainly leads here again, for STUN and TURN too."""

from dataclasses import dataclass
from typing import Any

from sightline.config import Config
from sightline.config.ice_url import IceUrl, Transport
from sightline.server.gate import host_of
from sightline.server.places import Places


@dataclass(frozen=True, slots=True)
class Reached:
    """The host that the page named, without brackets, and the port of each transport that leads here by it."""

    host: str
    ports: tuple[tuple[Transport, int], ...]

    def stun_urls(self) -> tuple[IceUrl, ...]:
        """Our own STUN. There is none over TCP: it would tell browsers nothing they can use."""
        return tuple(IceUrl(False, self.host, port, transport) for transport, port in self.ports if transport == "udp")

    def turn_urls(self) -> tuple[IceUrl, ...]:
        """Our own TURN, the fastest way first."""
        return tuple(IceUrl(True, self.host, port, transport) for transport, port in self.ports)


NOWHERE = Reached("", ())
"""Of a page that has not been heard from since the server started."""


def reached(scope: Any, config: Config, places: Places) -> Reached:
    """By what the browser asked for. A mapping of ports is taken to hold for UDP too; a proxy is not."""
    named_port = _named_port(scope) if scope["scheme"] in ("https", "wss") else places.port
    tcp: tuple[tuple[Transport, int], ...] = (("tcp", named_port), ("tls", named_port))
    udp_port = named_port
    if config.proxy.behind:
        udp_port = places.port
        # One that ends TLS passes on nothing but HTTP: TURN has to come past it.
        tcp = (("tcp", places.port),) if config.proxy.ends_tls else tcp
    udp: tuple[tuple[Transport, int], ...] = (("udp", udp_port),) if config.listen.udp else ()
    return Reached(host_of(scope).strip("[]"), (*udp, *tcp))


def _named_port(scope: Any) -> int:
    named = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    port = named.rpartition("]")[2].partition(":")[2]
    return int(port) if port.isascii() and port.isdigit() and 0 < int(port) < 65536 else 443
