"""Looks after the other relays: checks each of their addresses regularly, and tells when one dies or lives again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from sightline import clock
from sightline.config.ice_url import IceUrl
from sightline.errors import ServiceError
from sightline.relays.choice import Offer
from sightline.relays.credentials import Credentials
from sightline.relays.health import Health
from sightline.server.relays.check import check

HOLDER: Final = "check"
"""For whom credentials are made by which a relay is checked."""

AT_ONCE: Final = 16
"""Checks that run at the same time. A check of a dead address waits for its timeout."""

LOOK_S: Final = 0.5
"""How often it is looked whether a check is due; checks are seconds apart."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Watched:
    """One address, as it stands."""

    relay: str
    url: IceUrl
    is_alive: bool | None
    reason: str
    round_trip_s: float | None


class Watch:
    """See the module's docstring. `offers` says what there is to check, `on_death` hears the name of a relay."""

    def __init__(self, offers: Callable[[str, float], list[Offer]], on_death: Callable[[str], None]) -> None:
        self._offers, self._on_death = offers, on_death
        self._healths: dict[tuple[str, IceUrl], Health] = {}
        self._checking: dict[tuple[str, IceUrl], asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    def is_dead(self, relay: str, url: IceUrl) -> bool:
        """Known to be; what was not checked yet is not."""
        health = self._healths.get((relay, url))
        return health is not None and health.is_alive is False

    def state(self) -> list[Watched]:
        """Every address, in the order of the settings."""
        return [
            Watched(name, url, health.is_alive, health.reason, health.round_trip_s)
            for (name, url), health in self._healths.items()
        ]

    async def watch(self) -> None:
        """Check what is due, until cancelled."""
        try:
            while True:
                self._look()
                await asyncio.sleep(LOOK_S)
        finally:
            for task in self._checking.values():
                task.cancel()

    def _look(self) -> None:
        now = clock.monotonic()
        offers = {(offer.name, url): offer for offer in self._offers(HOLDER, clock.now()) for url in offer.urls}
        # What a provider names no longer is forgotten: it may have been replaced.
        self._healths = {key: self._healths.get(key) or Health(now) for key in offers}
        for key, offer in offers.items():
            if key not in self._checking and self._healths[key].deadline() <= now:
                task = asyncio.get_running_loop().create_task(self._check(key, offer))
                self._checking[key] = task
                task.add_done_callback(lambda _, key=key: self._checking.pop(key, None))  # type: ignore[misc]

    async def _check(self, key: tuple[str, IceUrl], offer: Offer) -> None:
        credentials = Credentials(offer.username, offer.password or "") if offer.username else None
        async with self._places:
            try:
                took_s = await check(key[1], credentials)
                reason = ""
            except ServiceError as failed:
                reason = str(failed)
        if reason:
            self.handle_lost(*key, reason)
        else:
            self.handle_good(*key, took_s)

    def handle_good(self, relay: str, url: IceUrl, round_trip_s: float) -> None:
        """A check went well."""
        now = clock.monotonic()
        health = self._healths.setdefault((relay, url), Health(now))
        before = health.is_alive
        health.handle_good(now, round_trip_s)
        if health.is_alive is not before:
            _log.info("relay_alive", relay=relay, transport=url.transport)

    def handle_lost(self, relay: str, url: IceUrl, reason: str) -> None:
        """A check did not."""
        now = clock.monotonic()
        health = self._healths.setdefault((relay, url), Health(now))
        before = health.is_alive
        health.handle_lost(now, reason)
        if health.is_alive is not before:
            _log.warning("relay_dead", relay=relay, transport=url.transport, reason=reason)
            self._on_death(relay)
