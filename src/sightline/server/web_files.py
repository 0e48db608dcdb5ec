"""The built web client, held in memory and served with the right caching.

Some twenty files of a few hundred KiB in all: reading and compressing them once at the start costs 30 ms and spares
a system call, a stat and a compression for every request after.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sightline.errors import OperatorError

PAGES: Final = {
    "/": "console.html",
    "/console": "console.html",
    "/join": "field.html",
    "/admin": "admin.html",
    "/network": "network.html",
}

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_COMPRESSIBLE: Final = (".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt")


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file, ready to be sent."""

    content_type: str
    cache_control: str
    etag: str
    body: bytes
    gzipped: bytes | None


class WebFiles:
    """An ASGI application that serves them by path."""

    def __init__(self, files: Mapping[str, WebFile]) -> None:
        self._files = files

    @classmethod
    def read(cls, folder: Path) -> "WebFiles":
        """Every file below the folder, and the pages under the paths that people type."""
        if not (folder / PAGES["/"]).is_file():
            raise OperatorError(f"The web client is not built: {folder} has no pages.", hint="Run `make web`.")
        files = {
            "/" + path.relative_to(folder).as_posix(): _read(path, is_hashed=path.parent.name == "assets")
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in _TYPES and path.name != "trust.html"
        }
        pages = {path: files[f"/{name}"] for path, name in PAGES.items() if f"/{name}" in files}
        return cls({**files, **pages})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        file = self._files.get(scope["path"])
        if file is None:
            await _answer(send, 404, {"content-type": "text/plain; charset=utf-8"}, b"There is no such page.\n")
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, {"allow": "GET, HEAD"}, b"")
        else:
            await self._serve(file, scope, send)

    async def _serve(self, file: WebFile, scope: Any, send: Any) -> None:
        asked = dict(scope["headers"])
        headers = {"etag": file.etag, "cache-control": file.cache_control, "vary": "accept-encoding"}
        if asked.get(b"if-none-match") == file.etag.encode():
            await _answer(send, 304, headers, b"")
            return
        body = file.body
        if file.gzipped is not None and b"gzip" in asked.get(b"accept-encoding", b""):
            body = file.gzipped
            headers["content-encoding"] = "gzip"
        headers["content-type"] = file.content_type
        await _answer(send, 200, headers, body, is_head=scope["method"] == "HEAD")


async def _answer(send: Any, status: int, headers: dict[str, str], body: bytes, *, is_head: bool = False) -> None:
    headers = {**headers, "content-length": str(len(body))} if status != 304 else headers
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if is_head else body})


def _read(path: Path, *, is_hashed: bool) -> WebFile:
    body = path.read_bytes()
    gzipped = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSIBLE else None
    return WebFile(
        content_type=_TYPES[path.suffix],
        cache_control="public, max-age=31536000, immutable" if is_hashed else "no-cache",
        etag=f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        body=body,
        gzipped=gzipped if gzipped is not None and len(gzipped) < len(body) else None,
    )
