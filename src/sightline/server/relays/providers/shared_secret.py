"""A relay that knows a secret of ours, such as coturn with use-auth-secret: every participant gets credentials that end
by themselves."""

from sightline.config import OtherRelay
from sightline.config.ice_url import ice_url
from sightline.relays.choice import Offer
from sightline.relays.credentials import time_limited


class SharedSecret:
    """See the module's docstring."""

    def __init__(self, relay: OtherRelay, secret: str) -> None:
        self._relay, self._secret = relay, secret
        self._urls = tuple(map(ice_url, relay.urls))

    def offer(self, holder: str, now: float) -> Offer:
        """Made for the holder."""
        relay, made = self._relay, time_limited(self._secret, holder, now)
        return Offer(relay.name, self._urls, made.username, made.password, relay.region, relay.priority)

    async def keep_fresh(self) -> None:
        """Nothing has to be got."""
