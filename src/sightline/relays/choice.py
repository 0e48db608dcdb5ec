"""Which relays a participant is handed, and in what order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sightline.config.ice_url import IceUrl
from sightline.config.own_relay import OWN

OTHERS_MOST: Final = 2
"""Besides our own. Browsers ask every address of every server at once, on every network that the device has, and
Firefox warns from five servers on: our own is two, these are two more."""

URLS_MOST: Final = 2
"""Of another relay: the fastest way in, and the one that passes most firewalls."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A relay that could be handed out just now."""

    name: str
    urls: tuple[IceUrl, ...]
    username: str | None = None
    password: str | None = None
    region: str = ""
    priority: int = 0


def chosen(offers: Iterable[Offer], region: str, is_dead: Callable[[str, IceUrl], bool]) -> list[Offer]:
    """The offers to hand out, in the order in which they should be tried, with the addresses of each that should be.

    Those of `region` come first, if it is known, then by priority; what is as good as another keeps its place."""
    living = []
    for offer in offers:
        urls = tuple(url for url in offer.urls if not is_dead(offer.name, url))
        if urls:
            living.append((offer, urls if offer.name == OWN else _best(urls)))
    living.sort(key=lambda each: (bool(region) and each[0].region != region, each[0].priority))
    others = [offer.name for offer, _ in living if offer.name != OWN][:OTHERS_MOST]
    return [
        Offer(offer.name, urls, offer.username, offer.password, offer.region, offer.priority)
        for offer, urls in living
        if offer.name == OWN or offer.name in others
    ]


def _best(urls: tuple[IceUrl, ...]) -> tuple[IceUrl, ...]:
    """The first over UDP and the first over TLS, else TCP. Asking TURN over UDP answers what STUN would."""
    turn = [url for url in urls if url.is_turn]
    if not turn:
        return urls[:1]
    by_transport = {url.transport: url for url in reversed(turn)}
    best = [by_transport.get("udp"), by_transport.get("tls") or by_transport.get("tcp")]
    return tuple(url for url in best if url is not None)[:URLS_MOST]
