"""One POST to an API over HTTPS, bounded in time and size."""

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Final

from sightline import clock
from sightline.errors import ServiceError
from sightline.wire.turn_tokens import MAX_ANSWER_BYTES

TIMEOUT_S: Final = 10.0
"""For all of it. Nobody waits for it; a guess that errs on the side of patience."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to post. Not shown: its headers are secret."""

    url: str
    body: bytes
    headers: dict[str, str] = field(repr=False)


def fetch(request: Request) -> bytes:
    """The answer's body, cut where it is one byte longer than it may be. Blocks; raises ServiceError."""
    until = clock.monotonic() + TIMEOUT_S
    asked = urllib.request.Request(request.url, request.body, request.headers, method="POST")  # noqa: S310  https, or this machine: `config.checks.api_url`
    try:
        with _opener.open(asked, timeout=TIMEOUT_S) as answer:
            body = b""
            while len(body) <= MAX_ANSWER_BYTES and (piece := answer.read1(MAX_ANSWER_BYTES + 1 - len(body))):
                body += piece
                if clock.monotonic() > until:
                    raise ServiceError(f"the answer did not end within {TIMEOUT_S:.0f} s")
            return body
    except urllib.error.HTTPError as error:
        with error:
            raise ServiceError(f"it answered {error.code}{_MEANING.get(error.code, '')}") from None
    except urllib.error.URLError as error:
        raise ServiceError(f"it was not reached: {error.reason}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # the last: a secret that no header can hold
        raise ServiceError(f"it was not understood: {type(error).__name__}") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Our secret is for the address in the settings and no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


_MEANING = {401: ": secret or user is wrong", 403: ": secret or user may not do this", 404: ": user or api is wrong"}
_opener = urllib.request.build_opener(_NoRedirect)
