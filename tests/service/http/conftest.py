"""A server without sockets: the real application and database, a made-up clock and a desk that takes notes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import Parameters
from argon2.profiles import CHEAPEST
from msgspec.structs import replace

from sightline.people.throttle import Throttle
from sightline.server.desk import Seat
from sightline.server.first_start import FirstStart, first_start
from sightline.server.http.application import http_application
from sightline.server.http.services import HttpSettings
from sightline.server.network import NetworkNeeds
from sightline.server.passwords import Passwords
from sightline.server.security_headers import SecurityHeaders
from sightline.store.database import Database
from sightline.store.profiles import profiles
from sightline.wire.signalling import Presence

ORIGIN = "https://assist.example.com"
COST: Parameters = CHEAPEST
ADMIN_PASSWORD = "correct horse battery"


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time

    def pass_s(self, seconds: float) -> None:
        self.time += seconds


@dataclass(frozen=True)
class Closed:
    """What the desk was asked to close."""

    person_id: str
    session_id: str | None = None
    but: str | None = None


@dataclass
class NotingDesk:
    """A desk that seats everybody and writes down what it was asked."""

    seated: list[dict[str, Any]] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    fails_with: Exception | None = None
    presence: Presence = "available"

    async def seat_guest(self, *, host_person_id: str, invite_id: str, guest_name: str, now: float) -> Seat:
        if self.fails_with is not None:
            raise self.fails_with
        self.seated.append({"host": host_person_id, "invite": invite_id, "name": guest_name, "now": now})
        return Seat("call-1", f"guest-{len(self.seated)}")

    async def close_sessions(self, *, person_id: str, session_id: str | None = None, but: str | None = None) -> None:
        self.closed.append(Closed(person_id, session_id, but))

    def presence_of(self, person_id: str) -> Presence:
        return self.presence


@dataclass
class Server:
    """The application and what stands around it."""

    application: Any
    database: Database
    desk: NotingDesk
    clock: Clock
    passwords: Passwords
    first: FirstStart

    def browser(self, *, origin: str | None = ORIGIN, base_url: str = ORIGIN, address: str = "192.0.2.1") -> "Browser":
        """A browser with no cookies yet. `origin`: the page it shows."""
        transport = httpx.ASGITransport(self.application, raise_app_exceptions=False, client=(address, 50000))
        headers = {} if origin is None else {"origin": origin}
        return Browser(httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers))

    async def admin(self) -> "Browser":
        """A browser signed in as the administrator, with a password of their own."""
        browser = self.browser()
        if (await browser.sign_in("admin", ADMIN_PASSWORD)).status_code != 200:
            await browser.sign_in(self.first.login, self.first.password)
            body = {"old_password": self.first.password, "new_password": ADMIN_PASSWORD}
            assert (await browser.post("/api/me/password", body)).status_code == 204
            self.desk.closed.clear()
        return browser

    async def person(self, name: str, role: str) -> "Browser":
        """A browser signed in as a new person with this role, with a password of their own."""
        admin = await self.admin()
        created = await admin.post("/api/people", {"name": name, "login": name.lower(), "role": role})
        assert created.status_code == 201, created.text
        browser = self.browser()
        await browser.sign_in(name.lower(), created.json()["password"])
        body = {"old_password": created.json()["password"], "new_password": f"{name}'s long password"}
        assert (await browser.post("/api/me/password", body)).status_code == 204
        self.desk.closed.clear()
        return browser


class Browser:
    """Sends JSON and keeps cookies."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def post(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        return await self.client.post(path, json={} if body is None else body, **more)

    async def delete(self, path: str) -> httpx.Response:
        return await self.client.request("DELETE", path, json={})

    async def sign_in(self, login: str, password: str) -> httpx.Response:
        return await self.post("/api/sign-in", {"login": login, "password": password})


def assert_refused(response: httpx.Response, status: int, code: str) -> dict[str, str]:
    """The one shape of every refusal."""
    assert response.headers["content-type"] == "application/json"
    refusal: dict[str, str] = response.json()
    assert (response.status_code, refusal["code"]) == (status, code), response.text
    assert set(refusal) == {"code", "text", "hint"}
    assert refusal["text"]
    return refusal


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'sightline.db'}")
    clock, desk, passwords = Clock(), NotingDesk(), Passwords(COST)
    first = await first_start(database, clock(), "Acme", passwords=passwords)
    assert first is not None
    application = http_application(
        database,
        desk,
        HttpSettings(local_port=8080),
        passwords=passwords,
        throttle=Throttle(),
        needs=NetworkNeeds(own=replace(profiles()["eschat"], service="sightline", title="Sightline")),
        now=clock,
        monotonic=clock,
    )
    yield Server(SecurityHeaders(application), database, desk, clock, passwords, first)
    passwords.close()
    await database.close()
