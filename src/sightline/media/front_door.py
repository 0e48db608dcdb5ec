"""Settings of the front door, and the handle on the running one."""

from typing import Any

import msgspec

from sightline.media._native import FrontDoor as NativeFrontDoor


class Listener(msgspec.Struct, frozen=True):
    """One TCP address to listen on."""

    address: str
    """As `host:port` with IPv6 in brackets; port 0 lets the system choose."""
    is_local: bool = False
    """Bound to loopback for a first try in the browser: plain HTTP is expected there."""
    has_udp: bool = False
    """Also bind the same port for UDP (the very port that TCP got)."""


class Limits(msgspec.Struct, frozen=True):
    """What a stranger may cost us."""

    connections: int = 20_000
    """Open TCP connections in all; the listener stops accepting above it. Each costs up to about 40 KiB."""
    connections_per_address: int = 1_024
    """From one IPv4 address or IPv6 /64. A whole plant may sit behind one address, so it is not small."""
    unidentified_connections: int = 2_048
    """Connections that have not yet said what they speak. Above it the oldest of them is dropped."""
    identify_timeout_ms: int = 10_000
    """For the first byte, the TLS handshake and the first bytes inside it, together."""
    request_head_timeout_ms: int = 15_000
    """From the first byte of an HTTP connection to the end of its first request head: ends slow-loris."""
    stun_idle_timeout_ms: int = 300_000
    """A STUN connection over TCP or TLS that says nothing is closed."""


class Settings(msgspec.Struct, frozen=True):
    """What the Rust front door is told. Its field names are the contract with `rust/python`."""

    listeners: list[Listener]
    upstream: str
    """Path of the Unix socket on which the application listens."""
    trusted_proxies: list[str] = []
    """Addresses or prefixes of load balancers that open each connection with a PROXY header (v1 or v2); it is
    required from them and refused from all others."""
    unbounded_addresses: list[str] = []
    """Addresses or prefixes of proxies that end TLS: all their clients come from them, so `connections_per_address`
    does not hold for them."""
    limits: Limits = Limits()


class Bound(msgspec.Struct, frozen=True):
    """An address that was bound."""

    transport: str
    address: str
    is_local: bool


class AcmeRequest(msgspec.Struct, frozen=True):
    """What to ask an ACME authority for."""

    directory: str
    """Where the authority describes itself."""
    names: list[str]
    contact: list[str] = []
    """As `mailto:…`."""
    directory_ca_pem: str | None = None
    """The authority to trust when talking to the directory; None means the public ones."""
    account: str | None = None
    """As an earlier answer gave it; None registers a new account."""


class AcmeCertificate(msgspec.Struct, frozen=True):
    """What an ACME authority gave. Holds secrets: the account's key and the certificate's."""

    account: str
    chain_pem: str
    key_pem: str


class FrontDoor:
    """The running front door. Thread-safe; calls that wait belong in a thread."""

    def __init__(self, native: NativeFrontDoor) -> None:
        self._native = native

    @classmethod
    def open(cls, settings: Settings) -> "FrontDoor":
        """Bind and serve; see the stub for what it raises."""
        return cls(NativeFrontDoor.open(msgspec.json.encode(settings)))

    def addresses(self) -> list[Bound]:
        """What was bound."""
        return msgspec.json.decode(self._native.addresses(), type=list[Bound])

    def set_certificates(self, chains: list[tuple[bytes, bytes]]) -> None:
        """Serve these from the next handshake on."""
        self._native.set_certificates(chains)

    def obtain_certificate(self, request: AcmeRequest) -> AcmeCertificate:
        """Get a certificate by ACME, answered on our own listeners; blocks for up to a minute or so. Raises OSError
        when the authority is not reached, ValueError with its own words when it refuses."""
        answer = self._native.obtain_certificate(msgspec.json.encode(request))
        return msgspec.json.decode(answer, type=AcmeCertificate)

    def counters(self) -> dict[str, int]:
        """Everything counted since the start."""
        return msgspec.json.decode(self._native.counters(), type=dict[str, int])

    def next_event(self, timeout_s: float) -> dict[str, Any] | None:
        """The next thing worth a log line; blocks for up to `timeout_s`."""
        event = self._native.next_event(timeout_s)
        return None if event is None else msgspec.json.decode(event, type=dict[str, Any])

    def close(self, grace_s: float) -> None:
        """Stop listening; drop what is still open after `grace_s`."""
        self._native.close(grace_s)
