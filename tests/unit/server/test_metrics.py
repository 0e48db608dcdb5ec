"""Who may read the metrics, and how."""

import asyncio
from typing import Any

import pytest

from sightline.server.metrics import Metrics


def answer(method: str = "GET", client: str | None = "127.0.0.1") -> tuple[int, bytes]:
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    scope = {"type": "http", "method": method, "client": (client, 50000) if client else None}
    asyncio.run(Metrics(lambda: {"refused": 3}, lambda: {"calls": 1})(scope, None, send))
    return sent[0]["status"], sent[1]["body"]


def test_counters_and_gauges_are_told_to_this_machine() -> None:
    status, body = answer()
    assert status == 200
    assert b"sightline_calls 1\n" in body
    assert b"# TYPE sightline_refused counter" in body


@pytest.mark.parametrize("client", ["192.0.2.7", None])
def test_nobody_else_is_told(client: str | None) -> None:
    assert answer(client=client)[0] == 403


def test_gauges_with_labels_follow() -> None:
    sent: list[Any] = []

    async def send(event: Any) -> None:
        sent.append(event)

    alive = [("other_relay_alive", {"relay": name, "transport": "udp"}, value) for name, value in (("a", 1), ("b", 0))]
    metrics = Metrics(dict, dict, lambda: alive)
    asyncio.run(metrics({"type": "http", "method": "GET", "client": ("::1", 5)}, None, send))
    assert sent[1]["body"].decode().splitlines() == [
        "# TYPE sightline_other_relay_alive gauge",
        'sightline_other_relay_alive{relay="a",transport="udp"} 1',
        'sightline_other_relay_alive{relay="b",transport="udp"} 0',
    ]


def test_head_has_no_body() -> None:
    assert answer("HEAD") == (200, b"")


@pytest.mark.parametrize("method", ["PUT", "POST", "TRACE", "DELETE"])
def test_only_reading_is_allowed(method: str) -> None:
    assert answer(method) == (405, b"")
