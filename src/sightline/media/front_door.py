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
    has_http: bool = True
    """False for the classic ports of STUN and TURN (3478, and 5349 for TLS): there HTTP is refused."""


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


class RelayUser(msgspec.Struct, frozen=True):
    """A user of the relay with a password of its own; for tests, and for devices that are set up by hand."""

    name: str
    password: str


class Relay(msgspec.Struct, frozen=True):
    """The TURN server, on every listener. The addresses are those of this machine: wildcards are resolved before."""

    realm: str
    """What credentials are for, up to 64 bytes; it travels in every refusal, so short is good."""
    nonce_secret: str
    """64 hexadecimal digits, random at each start."""
    addresses: list[str]
    """Local addresses to bind relayed addresses on: the first of each family is used."""
    control: list[str]
    """As `ip:port`: every concrete address at which this machine's own services are spoken to, never relayed to."""
    public_addresses: dict[str, str] = {}
    """Where a NAT translates one to one: a local address → the one that peers see."""
    threads: int = 0
    """Threads that carry packets; 0 means one per processor."""
    first_port: int = 49_152
    last_port: int = 65_535
    """The range of relayed addresses' ports, both ends included; RFC 8656 §7.2 recommends this one."""
    allowed_peers: list[str] = []
    """Addresses or prefixes that may be relayed to although they are not on the public internet."""
    denied_peers: list[str] = []
    """Addresses or prefixes that may not be relayed to, whatever else is said."""
    users: list[RelayUser] = []
    shared_secrets: list[str] = []
    """Secrets for time-limited credentials. Several may hold at once, so that one can be replaced during calls."""
    has_mobility: bool = False
    """RFC 8016: a client that changes network may keep its allocation."""
    has_tcp_allocations: bool = False
    """RFC 6062: relayed TCP connections."""
    allocations: int = 12_000
    """In all. Guess: 16 ports of every 64 stay free."""
    allocations_per_user: int = 24
    """Counted by each thread for itself. Guess: two devices, each with three transports and two families."""
    allocations_per_address: int = 1_000
    """From one IPv4 address or IPv6 /64, counted by each thread for itself. Guess: an office behind one NAT."""
    permissions_per_allocation: int = 64
    channels_per_allocation: int = 64
    user_bytes_per_s: int | None = None
    """Both directions together, by each thread for itself; None: no bound."""
    address_bytes_per_s: int | None = None
    """The same for one client address."""
    second_address: str | None = None
    """Another address of this machine for finding out how a NAT behaves (RFC 5780)."""
    second_port: int | None = None
    """Another port for the same purpose."""


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
    relay: Relay | None = None
    """None: STUN Binding is answered and nothing is relayed."""


class Bound(msgspec.Struct, frozen=True):
    """An address that was bound."""

    transport: str
    address: str
    is_local: bool


class Allocation(msgspec.Struct, frozen=True):
    """One client's place on the relay, and what it has carried: payloads, without headers."""

    id: str
    """Names it among the allocations of this process, in events too."""
    user: str
    client: str
    """As `host:port`."""
    transport: str
    """Between client and relay: `udp`, `tcp` or `tls`."""
    relayed: list[str]
    """As peers see it; one per family."""
    age_s: int
    lifetime_s: int
    """As granted last."""
    packets_to_peers: int
    bytes_to_peers: int
    packets_to_client: int
    bytes_to_client: int
    packets_joined: int
    """Of those to peers: what went straight to another client of this relay."""
    shard: int
    """The thread that carries it."""


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

    def relay_status(self) -> list[Allocation]:
        """Every allocation as it stands; none without a relay. Blocks for a moment."""
        return msgspec.json.decode(self._native.relay_status(), type=list[Allocation])

    def revoke_relay(self, user: str) -> int:
        """End every allocation of that user and return how many there were: `user` is a whole USERNAME, or what
        follows the timestamp in time-limited ones. Credentials stay good until they run out."""
        return self._native.revoke_relay(user)

    def next_event(self, timeout_s: float) -> dict[str, Any] | None:
        """The next thing worth a log line; blocks for up to `timeout_s`."""
        event = self._native.next_event(timeout_s)
        return None if event is None else msgspec.json.decode(event, type=dict[str, Any])

    def close(self, grace_s: float) -> None:
        """Stop listening; drop what is still open after `grace_s`."""
        self._native.close(grace_s)
