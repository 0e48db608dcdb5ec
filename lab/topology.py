"""What a topology is: the networks of the two sides of a call, as plain values. Pure; `network` builds it."""

from dataclasses import dataclass
from enum import Enum


class Nat(Enum):
    """How a NAT maps and filters, in the old words; the value says it in those of RFC 4787 §4.1 and §5."""

    NONE = "passes addresses on"
    FULL_CONE = "endpoint-independent mapping, endpoint-independent filtering"
    RESTRICTED = "endpoint-independent mapping, address-dependent filtering"
    PORT_RESTRICTED = "endpoint-independent mapping, address and port-dependent filtering"
    SYMMETRIC = "address and port-dependent mapping, address and port-dependent filtering"


class Program(Enum):
    """What else runs on a box; `programs` starts it."""

    PROXY = "an HTTP proxy (squid)"
    PROXY_WITH_PASSWORD = "an HTTP proxy that wants a password (squid, Basic)"
    INTERCEPTION = "TLS interception (mitmproxy), whose authority the browser trusts"
    NAT64 = "NAT64 (tayga)"


class Rung(Enum):
    """Where on the ladder a path is, best first."""

    DIRECT_UDP = "direct, UDP"
    RELAYED_UDP = "relayed, UDP"
    RELAYED_TCP = "relayed, TCP"
    RELAYED_TLS = "relayed, TLS"


@dataclass(frozen=True, slots=True)
class Wire:
    """What happens to packets between a machine and its box, each way."""

    loss: float = 0.0
    """Share of the packets, 0 to 1, each on its own."""
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """On top of the delay, up to this much, evenly spread; packets keep their order."""
    kbit_s: int = 0
    """0: no bound."""

    @property
    def is_perfect(self) -> bool:
        return self == Wire()


@dataclass(frozen=True, slots=True)
class Box:
    """What stands between a machine and the internet: a router that may translate, filter, inspect, run a program."""

    title: str
    nat: Nat = Nat.PORT_RESTRICTED
    """For IPv4. IPv6 is routed, and let in only as an answer."""
    may_leave: tuple[str, ...] = ("accept",)
    """nftables rules for the first packet of a flow from inside; what matches none is dropped."""
    inspects: tuple[str, ...] = ()
    """nftables rules for every packet that comes in, from either side, before all else."""
    program: Program | None = None
    sysctls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """The network that one side of a call is in."""

    boxes: tuple[Box, ...] = ()
    """From the machine outwards. None: the machine has a public address."""
    wire: Wire = Wire()
    has_ipv4: bool = True
    has_ipv6: bool = False
    spare: "Side | None" = None
    """Another network that the machine is in at the same time, used when the first goes down."""


@dataclass(frozen=True, slots=True)
class Topology:
    """A call's surroundings, and what can be expected of it there."""

    name: str
    title: str
    worker: Side
    expert: Side = Side()
    best: Rung | None = Rung.DIRECT_UDP
    """The best rung that this network lets through; None: no call can work, and `because` says why."""
    because: str = ""
