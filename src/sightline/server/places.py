"""Where this server can be reached, as people type it: for the banner, for links, for redirects."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from sightline.config import Config
from sightline.media.front_door import Bound
from sightline.server.certificates.names import MachineNames


@dataclass(frozen=True, slots=True)
class Places:
    """The addresses of a running server."""

    local_url: str
    """For a browser on this machine; "" when it is turned off."""
    urls: tuple[str, ...]
    """For other devices, the most useful first."""
    port: int
    """The one port that was bound."""
    https_port: int
    """Where HTTPS is reached from outside: not the same where something in front maps it."""
    public_origin: str | None
    """What the operator said that people type, without a path."""

    @property
    def guest_origin(self) -> str:
        """What a link for another device begins with."""
        return self.public_origin or (self.urls[0] if self.urls else self.local_url)


def places(config: Config, bound: list[Bound], machine: MachineNames) -> Places:
    """From the settings, what was bound, and what the machine knows of itself."""
    open_ = [_address(each) for each in bound if each.transport == "tcp" and not each.is_local]
    local = [_address(each) for each in bound if each.transport == "tcp" and each.is_local]
    port = open_[0][1]
    public = config.listen.public_url.rstrip("/")
    hosts = [_in_url(address) for address in reachable([host for host, _ in open_], machine)]
    if config.tls.source != "local":
        hosts = [*config.certified_names(), *hosts]
    if config.proxy.ends_tls:
        hosts = []  # they would lead past the proxy
    guessed = [f"https://{host}{_port(port, 'https')}" for host in dict.fromkeys(hosts)]
    return Places(
        local_url=f"http://localhost{_port(local[0][1], 'http')}" if local else "",
        urls=tuple(dict.fromkeys(([public] if public else []) + guessed)),
        port=port,
        https_port=(urlsplit(public).port or 443) if public else port,
        public_origin=public or None,
    )


def reachable(listening: list[IPv4Address | IPv6Address], machine: MachineNames) -> list[IPv4Address | IPv6Address]:
    """The machine's addresses on which we listen; loopback only if there is nothing else."""
    found = [
        address
        for address in machine.addresses
        if any(own == address or (own.is_unspecified and own.version == address.version) for own in listening)
    ]
    return [address for address in found if not address.is_loopback] or found


def _address(bound: Bound) -> tuple[IPv4Address | IPv6Address, int]:
    host, _, port = bound.address.rpartition(":")
    return ip_address(host.strip("[]")), int(port)


def _in_url(address: IPv4Address | IPv6Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _port(port: int, scheme: str) -> str:
    return "" if port == {"http": 80, "https": 443}[scheme] else f":{port}"
