"""What participants are told of relays: our own and the others, each with credentials made for them.

Only who is in a call gets credentials. A guest who waits has not been let in yet, and a member without a call has
nobody to talk to: both get STUN, which costs us one datagram and tells them nothing but their own address.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog

from sightline import clock
from sightline.config import Relay
from sightline.config.own_relay import OWN
from sightline.relays.choice import Offer, chosen
from sightline.relays.credentials import RENEWED_AFTER_S, time_limited
from sightline.server.relays.providers import Provider
from sightline.server.relays.reached import Reached
from sightline.server.relays.watch import Watch
from sightline.wire import signalling as wire

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Handed:
    """What a participant was handed."""

    holder: str
    """The participant; "" for what everybody gets."""
    servers: list[wire.IceServer]
    relays: tuple[str, ...]
    """The names of the relays among them."""
    renewed_at: float
    """When fresh credentials are to be handed out (monotonic)."""


class RelayDesk:
    """See the module's docstring."""

    def __init__(self, settings: Relay, own_secret: str, others: list[Provider]) -> None:
        self._settings, self._own_secret, self._others = settings, own_secret, others
        self._revoking: set[asyncio.Task[int]] = set()
        self.on_death: Callable[[str], None] = lambda _relay: None
        """Told the name of another relay, one of whose addresses has died."""
        self.revoke: Callable[[str], int] = lambda _participant: 0
        """Ends what our own relay forwards for a participant; blocks for a moment."""
        self.watch: Final = Watch(self._offers, lambda relay: self.on_death(relay))

    @property
    def is_relay_only(self) -> bool:
        """Whether browsers are to use no direct path."""
        return self._settings.only

    def tasks(self) -> dict[str, Coroutine[Any, Any, None]]:
        """What is to run as long as the server does, by name."""
        if not self._others:
            return {}
        return {"relay tokens": self._keep_fresh(), "relay checks": self.watch.watch()}

    def for_everybody(self, page: Reached) -> Handed:
        """Our own STUN."""
        servers = [wire.IceServer(urls=[str(url) for url in page.stun_urls()])] if page.stun_urls() else []
        return Handed("", servers, (), float("inf"))

    def for_participant(self, participant: str, call: str, page: Reached) -> Handed:
        """Every relay that lives, in order, with credentials of the participant's own."""
        offers = [*self._own_offers(participant, page), *self._offers(participant, clock.now())]
        found = chosen(offers, self._settings.region, self.watch.is_dead)
        servers = [wire.IceServer([str(url) for url in each.urls], each.username, each.password) for each in found]
        relays = tuple(each.name for each in found)
        _log.info("relays_handed_out", call=call, participant=participant, relays=relays)
        # STUN stays of use where the relay is full; where it is turned off, it is all there is of ours.
        servers = [*self.for_everybody(page).servers, *servers]
        return Handed(participant, servers, relays, clock.monotonic() + RENEWED_AFTER_S)

    def withdraw(self, participant: str) -> None:
        """They have left: what our own relay forwards for them ends now, and not with their credentials."""
        if self._settings.enabled:
            task = asyncio.get_running_loop().create_task(asyncio.to_thread(self.revoke, participant))
            self._revoking.add(task)
            task.add_done_callback(self._revoking.discard)

    def _own_offers(self, participant: str, page: Reached) -> list[Offer]:
        settings = self._settings
        if not settings.enabled:
            return []
        made = time_limited(self._own_secret, participant, clock.now())
        urls = page.turn_urls()
        return [Offer(OWN, urls, made.username, made.password, settings.region, settings.priority)]

    def _offers(self, holder: str, now: float) -> list[Offer]:
        offers = (provider.offer(holder, now) for provider in self._others)
        return [offer for offer in offers if offer is not None]

    async def _keep_fresh(self) -> None:
        await asyncio.gather(*(provider.keep_fresh() for provider in self._others))
