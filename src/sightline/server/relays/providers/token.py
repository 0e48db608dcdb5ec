"""A relay whose credentials an API gives: asked for in the background, kept, and renewed at half their life."""

import asyncio
from typing import Final, Protocol

import structlog

from sightline import clock
from sightline.config import OtherRelay
from sightline.errors import ProtocolError, ServiceError
from sightline.relays.choice import Offer
from sightline.relays.credentials import LIFETIME_S
from sightline.server.relays.fetch import Request, fetch
from sightline.wire.turn_tokens import TurnToken

ASKED_S: Final = 2 * LIFETIME_S
"""So that what is handed out is good for at least as long as our own credentials: a token is renewed at half time."""

RENEWED_MOST_S: Final = 24 * 3600.0
"""However long the API says that a token is good."""

FIRST_RETRY_S: Final = 5.0
LAST_RETRY_S: Final = 300.0
"""After a failure, doubled each time. Guess: both APIs bear it, and an outage of minutes is mended by minutes."""

_log = structlog.get_logger()


class TokenApi(Protocol):
    """What tells the APIs apart."""

    def request(self) -> Request:
        """What to ask, for a token that is good for ASKED_S."""
        ...

    def token(self, answer: bytes) -> TurnToken:
        """The token in an answer, or ProtocolError."""
        ...


class TokenProvider:
    """See the module's docstring."""

    def __init__(self, relay: OtherRelay, api: TokenApi) -> None:
        self._relay, self._api = relay, api
        self._token: TurnToken | None = None
        self._ends_at = 0.0
        self._lifetime_s = 0.0

    def offer(self, _holder: str, now: float) -> Offer | None:
        """The last good token, as long as it is good: an API that fails takes nothing away."""
        token, relay = self._token, self._relay
        if token is None or now >= self._ends_at:
            return None
        return Offer(relay.name, token.urls, token.username, token.password, relay.region, relay.priority)

    async def keep_fresh(self) -> None:
        """Ask, and ask again in time, until cancelled."""
        retry_s = FIRST_RETRY_S
        while True:
            try:
                await self._renew()
            except (ServiceError, ProtocolError) as error:
                # An error's text says what happened to us, or quotes a few characters of what the API said.
                _log.warning("relay_token_failed", relay=self._relay.name, reason=str(error), retry_s=retry_s)
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, LAST_RETRY_S)
            else:
                retry_s = FIRST_RETRY_S
                await asyncio.sleep(min(self._lifetime_s / 2, RENEWED_MOST_S))

    async def _renew(self) -> None:
        asked_at = clock.now()
        answer = await asyncio.to_thread(fetch, self._api.request())
        token = self._api.token(answer)
        self._token, self._lifetime_s = token, token.lifetime_s or ASKED_S
        self._ends_at = asked_at + self._lifetime_s
        _log.info("relay_token_renewed", relay=self._relay.name, lifetime_s=self._lifetime_s)
