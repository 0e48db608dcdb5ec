"""Twilio's Network Traversal Service: https://www.twilio.com/docs/stun-turn/api"""

from base64 import b64encode
from typing import Final
from urllib.parse import quote, urlencode

from sightline.config import OtherRelay
from sightline.server.relays.fetch import Request
from sightline.server.relays.providers.token import ASKED_S
from sightline.wire.turn_tokens import TurnToken, twilio_token

API: Final = "https://api.twilio.com"


class Twilio:
    """How it is asked for a token."""

    def __init__(self, relay: OtherRelay, secret: str) -> None:
        path = f"/2010-04-01/Accounts/{quote(relay.user, safe='')}/Tokens.json"
        basic = b64encode(f"{relay.user}:{secret}".encode()).decode()
        self._request = Request(
            url=(relay.api or API) + path,
            body=urlencode({"Ttl": ASKED_S}).encode(),
            headers={"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"},
        )

    def request(self) -> Request:
        """What to ask."""
        return self._request

    def token(self, answer: bytes) -> TurnToken:
        """The token in its answer."""
        return twilio_token(answer)
