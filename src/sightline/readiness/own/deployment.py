"""What a manifest of our own is computed from: facts about one server, each with the setting that decides it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class OtherServer:
    """One address of a STUN or TURN server besides our own."""

    relay: str
    """The name of the relay that it belongs to, as in `[[relays]]`."""
    kind: str
    """As in `[[relays]]`; a provider with an API names its servers only when a call begins."""
    host: str
    """Empty: the provider names it when a call begins."""
    port: int
    transport: Literal["udp", "tcp", "tls"]
    is_turn: bool
    region: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One server, as its clients reach it. Nothing here is secret, and no address that clients do not need."""

    organisation: str
    version: str
    """Of Sightline."""
    hosts: tuple[str, ...]
    """Names or addresses by which clients reach it."""
    hosts_from: str
    """The setting that they come from, such as `[listen] public_url`."""
    https_port: int
    https_port_from: str
    udp_port: int | None
    """STUN and TURN over UDP; None: it is turned off."""
    udp_port_from: str
    turn_port: int | None
    """TURN over TCP. Behind a proxy that ends TLS clients have to come past it."""
    turns_port: int | None
    """TURN over TLS. None behind a proxy that ends TLS."""
    tcp_port_from: str
    has_own_authority: bool
    """Browsers do not trust its certificate before they have been told to."""
    has_acme: bool
    is_relay: bool
    is_relay_only: bool
    """Browsers use no direct path."""
    relay_hosts: tuple[str, ...]
    """Where relayed addresses are; empty: `hosts`."""
    relay_ports: tuple[int, int]
    classic_port: int | None
    """The same over UDP and TCP, for other programs: our pages are not told of it."""
    classic_tls_port: int | None
    websocket_ping_s: int
    region: str = ""
    others: tuple[OtherServer, ...] = ()
