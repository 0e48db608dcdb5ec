"""Every setting: its type, its default, and all there is to say about it, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from sightline.config.about import About, Origin
from sightline.config.checks import address, directory_url, dns_name, host, is_address, mail_url, origin_url, prefix
from sightline.config.relay import OtherRelay, Relay


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who runs this server."""

    name: Annotated[str, About("Shown to guests and on every page.")] = "Sightline"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the server can be reached."""

    addresses: Annotated[
        tuple[str, ...], About("Addresses of this machine to listen on. The default is all of them.", check=address)
    ] = ("0.0.0.0", "::")  # noqa: S104  a server is there to be reached
    port: Annotated[
        int,
        About(
            "The one port, TCP and UDP, for everything. Set 443 for daily use: firewalls let it pass. Ports below 1024 "
            "need root or the right to bind them (`setcap cap_net_bind_service=+ep`, or `AmbientCapabilities` in a "
            "systemd unit). 0 lets the system choose. Changing it breaks links that were given out.",
            most=65535,
        ),
    ] = 8443
    local_port: Annotated[
        int,
        About(
            "Plain HTTP for browsers on this machine only, for a first try without a certificate: browsers trust "
            "localhost with the camera. 0 turns it off.",
            most=65535,
        ),
    ] = 8080
    udp: Annotated[
        bool,
        About(
            "Also serve UDP on the port. Without it, all media goes over TCP: calls get through, and the picture lags "
            "on a network that loses packets."
        ),
    ] = True
    public_url: Annotated[
        str,
        About(
            "What people type to get here, such as https://assist.example.com; links are made of it. Empty: guessed "
            "from the host names and addresses of this machine. Set it when a port mapping stands in front; behind a "
            "proxy that ends TLS it is needed.",
            check=origin_url,
        ),
    ] = ""
    names: Annotated[
        tuple[str, ...],
        About(
            "Further host names and addresses of this machine. The local authority's certificate covers them besides "
            "those the machine knows of itself.",
            check=host,
        ),
    ] = ()


@dataclass(frozen=True, slots=True)
class Tls:
    """Where the server's certificate comes from."""

    source: Annotated[
        Literal["local", "files", "acme"],
        About(
            '"local": an authority of our own, which every device has to trust once (the page /trust shows how). '
            '"files": `certificate` and `key`. "acme": from Let\'s Encrypt or another ACME authority.'
        ),
    ] = "local"
    certificate: Annotated[
        Path | None,
        About(
            "PEM file with the certificate and, after it, the intermediate ones. It is read again when it changes; no "
            "restart is needed."
        ),
    ] = None
    key: Annotated[Path | None, About("PEM file with the private key, without a passphrase.")] = None


@dataclass(frozen=True, slots=True)
class Acme:
    """A certificate by ACME, answered by TLS-ALPN-01: the authority connects to port 443 of each name, so that port
    must lead here. Used with `[tls] source = "acme"`."""

    directory: Annotated[
        str,
        About(
            "The authority. A try-out is best done with "
            "https://acme-staging-v02.api.letsencrypt.org/directory, which has no tight limits.",
            check=directory_url,
        ),
    ] = "https://acme-v02.api.letsencrypt.org/directory"
    contact: Annotated[tuple[str, ...], About("Mail addresses that the authority may write to.", check=mail_url)] = ()
    names: Annotated[
        tuple[str, ...],
        About(
            "Host names to certify. Empty: the host of `public_url`, and those in `[listen] names` that are full.",
            check=dns_name,
        ),
    ] = ()
    directory_ca: Annotated[
        Path | None,
        About("PEM file with the authority to trust when talking to `directory`. Only for an authority in house."),
    ] = None


@dataclass(frozen=True, slots=True)
class Proxy:
    """A reverse proxy or load balancer in front of this server."""

    behind: Annotated[
        bool,
        About(
            "One stands in front. The addresses of clients are then taken from what it says, if it is in `trusted`. "
            "Media over UDP still has to reach this server directly."
        ),
    ] = False
    trusted: Annotated[
        tuple[str, ...],
        About(
            "Addresses or prefixes of the proxies. Whoever is in here can claim to be any client: list no more than "
            "needed.",
            check=prefix,
        ),
    ] = ("127.0.0.1/32", "::1/128")
    protocol: Annotated[
        Literal["forwarded", "proxy_protocol"],
        About(
            '"forwarded": it ends TLS, speaks plain HTTP to `[listen] port` and sets X-Forwarded-For and '
            'X-Forwarded-Proto. "proxy_protocol": it passes TCP through and opens each connection with a PROXY header, '
            "version 1 or 2; TLS ends here, and TURN over TLS works too."
        ),
    ] = "forwarded"

    @property
    def ends_tls(self) -> bool:
        """Whether one stands in front that speaks plain HTTP with us."""
        return self.behind and self.protocol == "forwarded"

    def too_wide(self) -> tuple[str, ...]:
        """What `trusted` names that is more than any network of one's own. 10.0.0.0/8 is the largest private one; the
        shortest that one organisation gets of IPv6 is about a /19, so /8 errs on the side of silence."""
        return tuple(text for text in self.trusted if ip_network(text).prefixlen < _WIDEST) if self.behind else ()


_WIDEST = 8


@dataclass(frozen=True, slots=True)
class Network:
    """What this server says of what it needs of a network."""

    public: Annotated[
        bool,
        About(
            "Anybody may read it at /.well-known/network-requirements.json: names, addresses and ports that clients "
            "use, for the firewall team of a customer. false: only `sightline requirements` prints it."
        ),
    ] = True


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stranger may cost us."""

    connections: Annotated[
        int,
        About("Open TCP connections in all. Each costs up to about 40 KiB of memory.", unit="connections", least=16),
    ] = 20_000
    connections_per_address: Annotated[
        int,
        About(
            "From one IPv4 address or IPv6 /64. A whole plant may sit behind one address, so it is not small. It does "
            "not hold for `[proxy] trusted`: what one client may open through a proxy that ends TLS is for the proxy "
            "to bound.",
            unit="connections",
            least=1,
        ),
    ] = 1_024
    unidentified_connections: Annotated[
        int,
        About(
            "Connections that have not yet said what they speak. Above it the oldest of them is dropped.",
            unit="connections",
            least=16,
        ),
    ] = 2_048
    identify_timeout_ms: Annotated[
        int,
        About(
            "For the first byte, the TLS handshake and the first bytes inside it, together. Shorter cuts off people on "
            "bad networks.",
            unit="milliseconds",
            least=500,
            most=300_000,
        ),
    ] = 10_000
    request_head_timeout_ms: Annotated[
        int,
        About(
            "From the first byte of an HTTP connection to the end of its first request head.",
            unit="milliseconds",
            least=500,
            most=300_000,
        ),
    ] = 15_000
    stun_idle_timeout_ms: Annotated[
        int,
        About(
            "A STUN connection over TCP or TLS that says nothing for this long is closed.",
            unit="milliseconds",
            least=5_000,
            most=86_400_000,
        ),
    ] = 300_000


@dataclass(frozen=True, slots=True)
class Log:
    """What is written to stderr."""

    level: Annotated[Literal["debug", "info", "warning", "error"], About("The least serious event to write.")] = "info"
    format: Annotated[
        Literal["text", "json"], About('"text" for people, "json" for collectors; one line an event.')
    ] = "text"
    personal_data: Annotated[
        bool,
        About(
            "Write addresses, names and session descriptions too. Helps to find a fault; your privacy notice has to "
            "say so."
        ),
    ] = False


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one server."""

    data: Annotated[
        Path,
        About(
            "Folder for everything that is kept: accounts, files, certificates. Made at the first start. The default "
            "follows $XDG_DATA_HOME."
        ),
    ] = Path("~/.local/share/sightline")
    organisation: Organisation = field(default_factory=Organisation)
    listen: Listen = field(default_factory=Listen)
    tls: Tls = field(default_factory=Tls)
    acme: Acme = field(default_factory=Acme)
    proxy: Proxy = field(default_factory=Proxy)
    relay: Relay = field(default_factory=Relay)
    relays: tuple[OtherRelay, ...] = ()
    network: Network = field(default_factory=Network)
    limits: Limits = field(default_factory=Limits)
    log: Log = field(default_factory=Log)
    file: Path | None = field(default=None, compare=False)
    """The file that was read, if there was one."""
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False)
    """Where each setting comes from: `listen.port` -> `file`, `relays.0.urls` for one of a list. What is missing is a
    default."""

    def further_names(self) -> tuple[str, ...]:
        """Names and addresses of this server that the machine may not know of itself."""
        public = urlsplit(self.listen.public_url).hostname
        return tuple(dict.fromkeys([*([public] if public else []), *self.listen.names]))

    def certified_names(self) -> tuple[str, ...]:
        """The names for which ACME is asked."""
        return self.acme.names or tuple(name for name in self.further_names() if "." in name and not is_address(name))
