"""A relay with one name and password for everybody, or a STUN server without either."""

from sightline.config import OtherRelay
from sightline.config.ice_url import ice_url
from sightline.relays.choice import Offer


class Static:
    """See the module's docstring."""

    def __init__(self, relay: OtherRelay, secret: str) -> None:
        urls = tuple(map(ice_url, relay.urls))
        has_turn = any(url.is_turn for url in urls)
        name, password = (relay.user, secret) if has_turn else (None, None)
        self._offer = Offer(relay.name, urls, name, password, relay.region, relay.priority)

    def offer(self, _holder: str, _now: float) -> Offer:
        """The same for everybody."""
        return self._offer

    async def keep_fresh(self) -> None:
        """Nothing has to be got."""
