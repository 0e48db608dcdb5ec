"""The sending half of one WebSocket: messages leave in order, and a peer that does not read costs us little.

A socket that has nothing to send has no task and no queue of its own worth the name; at 10,000 idle sockets that
is what keeps them small.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

MAX_QUEUED: Final = 1024
"""Frames that wait for a peer that does not read. Twice what a session repeats after a dropped socket."""

TOO_SLOW: Final = 4408
"""Close code: the browser reads too slowly; it comes back with `hello` and gets what it lacks."""


class Line:
    """One open WebSocket, as the switchboard sees it."""

    def __init__(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self._send = send
        self._queue: deque[dict[str, Any]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False

    def say(self, text: str) -> None:
        """Send a text frame, after those said before."""
        if len(self._queue) >= MAX_QUEUED:
            self._queue.clear()
            self.close(TOO_SLOW, "reads too slowly")
        else:
            self._enqueue({"type": "websocket.send", "text": text})

    def close(self, code: int, reason: str) -> None:
        """Close, after what was said before. Nothing said afterwards is sent."""
        self._enqueue({"type": "websocket.close", "code": code, "reason": reason})
        self._is_closing = True

    async def drained(self) -> None:
        """Wait until all that was said has left, or the socket is gone."""
        if self._task is not None:
            await self._task

    def _enqueue(self, event: dict[str, Any]) -> None:
        if self._is_closing:
            return
        self._queue.append(event)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        try:
            while self._queue:
                await self._send(self._queue.popleft())
        except OSError:  # uvicorn's ClientDisconnected: the receiving half hears of it and tells the switchboard
            self._queue.clear()
        finally:
            self._task = None
