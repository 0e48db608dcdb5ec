"""What the servers are put under, and what is asked of ours beside coturn."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Load:
    name: str
    title: str
    options: dict[str, int] = field(default_factory=dict)
    transport: str = "udp"
    shape: str = "peers"
    is_segmented: bool = False
    is_joined: bool = False
    has_floor: bool = True
    is_quick: bool = False
    """Also part of the quick round."""
    cpu_goal: float | None = None
    """CPU of ours divided by coturn's: at most this."""

    def arguments(self) -> list[str]:
        words = [word for name, value in self.options.items() for word in (f"--{name}", str(value))]
        return [
            *words,
            *("--transport", self.transport, "--shape", self.shape),
            *(["--segmented"] if self.is_segmented else []),
            *(["--joined"] if self.is_joined else []),
        ]


# A tick is how long packets of different senders are gathered before they are sent. With one of a millisecond, as
# timers of programs have it, a server finds several packets when it wakes; without, each packet wakes it anew.
TOGETHER = {"tick-us": 1000}
ALONE = {"tick-us": 1}
VIDEO = {"clients": 40, "rate": 250, "size": 1100, "burst": 10, **ALONE}

LOADS = (
    Load(
        "busy-120",
        "busy, 120 B, 40 × 1,000/s",
        {"clients": 40, "rate": 1000, "size": 120, **TOGETHER},
        is_quick=True,
        cpu_goal=0.80,
    ),
    Load(
        "busy-1100",
        "busy, 1,100 B, 30 × 1,000/s",
        {"clients": 30, "rate": 1000, "size": 1100, **TOGETHER},
        cpu_goal=0.80,
    ),
    Load(
        "audio",
        "audio, 120 B, 200 × 50/s",
        {"clients": 200, "rate": 50, "size": 120, **TOGETHER},
        is_quick=True,
        cpu_goal=0.75,
    ),
    Load("audio-alone", "audio, no two together", {"clients": 200, "rate": 50, "size": 120, **ALONE}),
    Load("video", "video, paced, 1,100 B, 80 × 250/s", {"clients": 80, "rate": 250, "size": 1100, **TOGETHER}),
    Load(
        "bursts",
        "video, bursts of 10 as one piece",
        VIDEO,
        is_segmented=True,
        is_quick=True,
        cpu_goal=0.50,
    ),
    Load(
        "bursts-joined",
        "the same, cut by the card on its way out",
        VIDEO,
        is_segmented=True,
        is_joined=True,
        cpu_goal=0.50,
    ),
    Load("bursts-single", "video, bursts of 10 one by one", VIDEO),
    Load("tcp-120", "TCP leg, 120 B, 20 × 1,000/s", {"clients": 20, **TOGETHER}, "tcp", has_floor=False),
    Load(
        "tcp-1100",
        "TCP leg, 1,100 B, 20 × 500/s",
        {"clients": 20, "rate": 500, "size": 1100, **TOGETHER},
        "tcp",
        has_floor=False,
    ),
    Load(
        "tls-120",
        "TLS leg, 120 B, 20 × 1,000/s",
        {"clients": 20, **TOGETHER},
        "tls",
        has_floor=False,
        is_quick=True,
        cpu_goal=0.80,
    ),
    Load(
        "tls-1100",
        "TLS leg, 1,100 B, 20 × 500/s",
        {"clients": 20, "rate": 500, "size": 1100, **TOGETHER},
        "tls",
        has_floor=False,
        cpu_goal=0.80,
    ),
    Load(
        "pairs",
        "both ends relayed, 120 B, 40 × 1,000/s",
        {"clients": 40, "rate": 1000, "size": 120, **TOGETHER},
        shape="pairs",
        has_floor=False,
        is_quick=True,
        cpu_goal=0.50,
    ),
)
KNEE = Load("knee", "knee, 120 B, one way", {"clients": 60, "size": 120, **TOGETHER})
MEMORY = Load("memory", "memory of an allocation", {"size": 120}, has_floor=False, is_quick=True)
KNEE_GOAL = 1.0
MEMORY_GOAL = 0.50
P99_GOAL = 1.0
