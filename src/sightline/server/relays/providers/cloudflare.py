"""Cloudflare's TURN service: https://developers.cloudflare.com/realtime/turn/generate-credentials/"""

import json
from typing import Final
from urllib.parse import quote

from sightline.config import OtherRelay
from sightline.server.relays.fetch import Request
from sightline.server.relays.providers.token import ASKED_S
from sightline.wire.turn_tokens import TurnToken, cloudflare_token

API: Final = "https://rtc.live.cloudflare.com"


class Cloudflare:
    """How it is asked for credentials."""

    def __init__(self, relay: OtherRelay, secret: str) -> None:
        path = f"/v1/turn/keys/{quote(relay.user, safe='')}/credentials/generate-ice-servers"
        self._request = Request(
            url=(relay.api or API) + path,
            body=json.dumps({"ttl": ASKED_S}).encode(),
            headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
        )

    def request(self) -> Request:
        """What to ask."""
        return self._request

    def token(self, answer: bytes) -> TurnToken:
        """The credentials in its answer."""
        return cloudflare_token(answer)
