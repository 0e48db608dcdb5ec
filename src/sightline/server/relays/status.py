"""Everything about relays as it stands, for the metrics page and for `sightline relay status`."""

import asyncio
from collections.abc import Callable, Iterator

import msgspec

from sightline.media.front_door import FrontDoor
from sightline.server.relays.watch import Watch
from sightline.wire.relay_status import Allocation, HandedOut, OtherAddress, RelayStatus


class RelayStatusDesk:
    """See the module's docstring. `handed_out` is the switchboard's record."""

    def __init__(
        self, door: FrontDoor, watch: Watch, handed_out: Callable[[], list[HandedOut]], *, is_enabled: bool
    ) -> None:
        self._door, self._watch, self._handed_out, self._is_enabled = door, watch, handed_out, is_enabled

    async def answer(self) -> bytes:
        """The status as JSON."""
        allocations = await asyncio.to_thread(self._door.relay_status) if self._is_enabled else []
        counters = {
            name.removeprefix(_PREFIX): value
            for name, value in self._door.counters().items()
            if name.startswith(_PREFIX)
        }
        status = RelayStatus(
            is_enabled=self._is_enabled,
            counters=counters,
            allocations=[msgspec.convert(each, Allocation, from_attributes=True) for each in allocations],
            others=[
                OtherAddress(each.relay, str(each.url), each.is_alive, each.reason, _ms(each.round_trip_s))
                for each in self._watch.state()
            ],
            handed_out=self._handed_out(),
        )
        return msgspec.json.encode(status)

    def metrics(self) -> Iterator[tuple[str, dict[str, str], int]]:
        """(name, labels, value) of the other relays' addresses; one that was not checked yet is left out."""
        for each in self._watch.state():
            if each.is_alive is not None:
                labels = {"relay": each.relay, "transport": each.url.transport, "port": str(each.url.port)}
                yield "other_relay_alive", labels, int(each.is_alive)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


_PREFIX = "relay_"
