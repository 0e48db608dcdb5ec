"""What `sightline relay status` asks a running server, and what it is told."""

import msgspec

QUESTION = "relay_status"


class Allocation(msgspec.Struct, frozen=True):
    """One client's place on our own relay, and what it has carried: payloads, without headers."""

    id: str
    user: str
    """`timestamp:participant`, or the name of a static user."""
    client: str
    transport: str
    relayed: list[str]
    age_s: int
    lifetime_s: int
    packets_to_peers: int
    bytes_to_peers: int
    packets_to_client: int
    bytes_to_client: int
    packets_joined: int
    """Of those to peers: what went straight to another client of this relay."""

    @property
    def holder(self) -> str:
        """The participant, or the static user."""
        ends_at, colon, holder = self.user.partition(":")
        return holder if colon and ends_at.isdigit() and holder else self.user


class OtherAddress(msgspec.Struct, frozen=True):
    """One address of another relay."""

    relay: str
    url: str
    is_alive: bool | None
    """None: not checked yet."""
    reason: str
    """Why the last check was lost; empty if it was not."""
    round_trip_ms: int | None


class HandedOut(msgspec.Struct, frozen=True):
    """The relays that a participant knows of."""

    call: str
    participant: str
    relays: list[str]


class RelayStatus(msgspec.Struct, frozen=True):
    """Everything about relays, as it stands."""

    is_enabled: bool
    """Whether there is one of our own."""
    counters: dict[str, int]
    """Of our own, since the start, without `relay_` before their names."""
    allocations: list[Allocation]
    others: list[OtherAddress]
    handed_out: list[HandedOut]
