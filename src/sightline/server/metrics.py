"""`/metrics` in the Prometheus text format, for programs on this machine and for nobody else.

Counters come from the front door, gauges from the switchboard; both are named `sightline_…`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sightline.server.gate import is_loopback


class Metrics:
    """An ASGI application for the one path."""

    def __init__(
        self,
        counters: Callable[[], dict[str, int]],
        gauges: Callable[[], dict[str, int]],
        labelled: Callable[[], Iterable[tuple[str, dict[str, str], int]]] = lambda: (),
    ) -> None:
        self._counters = counters
        self._gauges = gauges
        self._labelled = labelled
        """(name, labels, value) of further gauges; those of a name stand together."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        headers = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")]
        if not is_loopback(scope["client"]):
            status, body = 403, "For this machine only.\n"
        elif scope["method"] not in ("GET", "HEAD"):
            status, body = 405, ""
            headers.append((b"allow", b"GET, HEAD"))
        else:
            status, body = 200, self._text()
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body.encode()})

    def _text(self) -> str:
        lines = [f"# TYPE sightline_{name} gauge\nsightline_{name} {value}" for name, value in self._gauges().items()]
        for name, value in self._counters().items():
            lines.append(f"# TYPE sightline_{name} counter\nsightline_{name} {value}")
        told = ""
        for name, labels, value in self._labelled():
            if name != told:
                lines.append(f"# TYPE sightline_{name} gauge")
                told = name
            inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
            lines.append(f"sightline_{name}{{{inside}}} {value}")
        return "\n".join(lines) + "\n"
