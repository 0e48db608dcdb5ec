"""Where the credentials of another relay come from. Each kind has a file.

A provider answers at once with what it has: nothing that another server does, or fails to do, delays a call.
"""

from pathlib import Path
from typing import Protocol, assert_never

from sightline.config import OtherRelay
from sightline.errors import ConfigError
from sightline.relays.choice import Offer
from sightline.server.relays.providers.cloudflare import Cloudflare
from sightline.server.relays.providers.shared_secret import SharedSecret
from sightline.server.relays.providers.static import Static
from sightline.server.relays.providers.token import TokenProvider
from sightline.server.relays.providers.twilio import Twilio


class Provider(Protocol):
    """One of the other relays."""

    def offer(self, holder: str, now: float) -> Offer | None:
        """What to hand to `holder` now; None while there is nothing good."""
        ...

    async def keep_fresh(self) -> None:
        """Get what `offer` needs, until cancelled. Returns where nothing has to be got."""
        ...


def provider(relay: OtherRelay) -> Provider:
    """The provider of a relay, as the settings say. Raises ConfigError when its secret cannot be read."""
    secret = _secret(relay)
    match relay.kind:
        case "static":
            return Static(relay, secret)
        case "shared_secret":
            return SharedSecret(relay, secret)
        case "twilio":
            return TokenProvider(relay, Twilio(relay, secret))
        case "cloudflare":
            return TokenProvider(relay, Cloudflare(relay, secret))
        case _:
            assert_never(relay.kind)


def _secret(relay: OtherRelay) -> str:
    if relay.secret_file is None:
        return relay.secret
    try:
        lines = Path(relay.secret_file).read_text().splitlines()
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(
            f"[[relays]] {relay.name}: secret_file {relay.secret_file} cannot be read: {reason}.",
            hint="It holds the secret in its first line, and the user who runs the server may read it.",
        ) from error
    if not lines or not lines[0].strip():
        raise ConfigError(f"[[relays]] {relay.name}: secret_file {relay.secret_file} is empty.")
    return lines[0].strip()
