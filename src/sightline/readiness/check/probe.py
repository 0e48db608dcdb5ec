"""What can be tried from inside a network. Each probe asks one thing, and names what must have worked before."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Resolve:
    """Ask this machine's resolver for a name."""

    host: str

    @property
    def before(self) -> "Probe | None":
        """Nothing has to work first."""
        return None


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a TCP connection."""

    host: str
    port: int
    is_named: bool
    """Whether the host is a name, which has to be resolved first."""

    @property
    def before(self) -> "Probe | None":
        """The name has to be known."""
        return Resolve(self.host) if self.is_named else None


@dataclass(frozen=True, slots=True)
class Handshake:
    """TLS, and whose certificate it shows."""

    host: str
    port: int
    is_named: bool

    @property
    def before(self) -> "Probe | None":
        """The connection has to open."""
        return Connect(self.host, self.port, self.is_named)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A WebSocket through TLS."""

    host: str
    port: int
    is_named: bool
    path: str

    @property
    def before(self) -> "Probe | None":
        """TLS has to stand."""
        return Handshake(self.host, self.port, self.is_named)


@dataclass(frozen=True, slots=True)
class Bind:
    """A STUN Binding request: the one question that a STUN or TURN server answers to everybody."""

    host: str
    port: int
    is_named: bool
    transport: Literal["udp", "tcp", "tls"]

    @property
    def before(self) -> "Probe | None":
        """Over UDP the name; over TCP the connection; over TLS the handshake."""
        if self.transport == "udp":
            return Resolve(self.host) if self.is_named else None
        kind = Connect if self.transport == "tcp" else Handshake
        return kind(self.host, self.port, self.is_named)


Probe = Resolve | Connect | Handshake | Upgrade | Bind


def chain(last: Probe) -> tuple[Probe, ...]:
    """The probe and all that must work before it, the first first."""
    found: list[Probe] = [last]
    while (before := found[-1].before) is not None:
        found.append(before)
    return tuple(reversed(found))


def described(probe: Probe) -> str:
    """In a few words."""
    match probe:
        case Resolve(host):
            return f"look up {host}"
        case Connect(host, port):
            return f"TCP {port} to {host}"
        case Handshake(host, port):
            return f"TLS on TCP {port} to {host}"
        case Upgrade(host, port):
            return f"WebSocket on TCP {port} to {host}"
        case Bind(host, port, _, transport):
            return f"STUN on {'UDP' if transport == 'udp' else transport.upper()} {port} to {host}"
