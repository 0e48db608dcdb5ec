"""What every answer tells the browser about what our pages may do."""

from collections.abc import Callable
from typing import Any, Final

_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' ws: wss:; "
    "style-src {style}; script-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)
"""`ws: wss:`: older Safaris do not count a WebSocket to the same host as 'self'."""

_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(self), microphone=(self), display-capture=(self), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_PAGES: Final = (*_ALWAYS, (b"content-security-policy", _POLICY.format(style="'self'").encode()))
_TRUST: Final = (*_ALWAYS, (b"content-security-policy", _POLICY.format(style="'self' 'unsafe-inline'").encode()))
"""The trust pages must look right while the browser still refuses our certificate, so they are one file each."""
_API: Final = (*_PAGES, (b"cache-control", b"no-store"))
_HTTPS_ONLY: Final = ((b"strict-transport-security", b"max-age=31536000"),)
"""RFC 6797, one year. No includeSubDomains: the names below ours are not ours."""


class SecurityHeaders:
    """ASGI middleware. A header that the application set itself stays as it is."""

    def __init__(self, app: Callable[[Any, Any, Any], Any], *, is_https_only: bool = False) -> None:
        """`is_https_only`: browsers that came by https are told to come by nothing else for a year. Not with an
        authority of our own: a phone that does not trust it could then not be helped past the warning."""
        self._app = app
        self._https_only = _HTTPS_ONLY if is_https_only else ()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on and add headers to the start of a response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = (*_headers_for(scope["path"]), *(self._https_only if scope["scheme"] == "https" else ()))

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
                present = {name.lower() for name, _ in headers}
                headers.extend(header for header in added if header[0] not in present)
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _headers_for(path: str) -> tuple[tuple[bytes, bytes], ...]:
    if _is_under(path, "/api"):
        return _API
    return _TRUST if _is_under(path, "/trust") else _PAGES


def _is_under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")
