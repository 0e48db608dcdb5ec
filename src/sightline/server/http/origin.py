"""A request that changes something must come from our own page (CSRF).

A page of another site can make the browser send a POST with our cookies, but not with our Origin, and not with a
JSON content type unless we allowed it, which we never do. One of the two would be enough; each covers the other's
history of holes.
"""

from typing import Final

from sightline.errors import RefusedError
from sightline.server.http.refusals import AnyRequest

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def own_origin(request: AnyRequest) -> str:
    """Scheme and host as the browser sees them."""
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}".lower()


def check_origin(request: AnyRequest, public_origin: str | None) -> None:
    """Raise RefusedError unless the request is safe or from our own page."""
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    if origin is None:
        is_own = request.headers.get("sec-fetch-site") == "same-origin"
    else:
        # The public origin as well: a proxy that ends TLS may not tell that it did.
        is_own = origin.lower() in (own_origin(request), public_origin)
    if not is_own:
        raise RefusedError(
            "wrong_origin",
            "This request did not come from this server's own page.",
            hint="Open the page at its own address. A program must send this server's address as Origin.",
        )
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RefusedError("not_json", "The body must be JSON.", hint="Send Content-Type: application/json.")
