"""An invite from its making to the guest's seat."""

import asyncio

import httpx
import pytest

from sightline.errors import RefusedError
from sightline.server.http.application import http_application
from sightline.server.http.services import HttpSettings
from sightline.server.security_headers import SecurityHeaders
from sightline.server.sessions import SEAT_S, GuestIdentity, PersonIdentity, Sessions
from tests.service.http.conftest import ORIGIN, Browser, Server, assert_refused


async def invite(host: Browser, **wanted: object) -> tuple[str, str]:
    """(id, token)"""
    response = await host.post("/api/invites", wanted)
    assert response.status_code == 201, response.text
    link, _, token = response.json()["link"].partition("#")
    assert link == f"{ORIGIN}/join"
    return response.json()["id"], token


async def enter(guest: Browser, token: str, name: str = "Olu") -> httpx.Response:
    return await guest.post("/api/guest/enter", {"token": token, "name": name})


async def look(guest: Browser, token: str) -> httpx.Response:
    return await guest.post("/api/guest/look", {"token": token})


async def state_of(host: Browser, invite_id: str) -> str:
    states = {each["id"]: each["state"] for each in (await host.get("/api/invites")).json()}
    return str(states[invite_id])


async def test_a_guest_looks_enters_and_comes_back(server: Server) -> None:
    host, guest = await server.person("Maria", "expert"), server.browser()
    invite_id, token = await invite(host, note="pump 3")
    for _ in range(3):
        looked = await look(guest, token)
        assert looked.json() == {
            "host_name": "Maria",
            "host_presence": "available",
            "organisation": "Acme",
            "expires_at": server.clock() + 24 * 3600,
            "seat": None,
        }
    assert await state_of(host, invite_id) == "open"
    entered = await enter(guest, token, "  Olu  ")
    seat = {
        "call": "call-1",
        "participant": "guest-1",
        "name": "Olu",
        "host_name": "Maria",
        "organisation": "Acme",
    }
    assert entered.status_code == 200
    assert entered.json() == seat
    assert entered.headers["set-cookie"].startswith("__Host-sightline-guest=")
    assert (await guest.get("/api/guest")).json() == seat
    host_id = (await host.get("/api/me")).json()["id"]
    assert server.desk.seated == [{"host": host_id, "invite": invite_id, "name": "Olu", "now": server.clock()}]
    listed = (await host.get("/api/invites")).json()
    assert listed == [
        {
            "id": invite_id,
            "note": "pump 3",
            "state": "used",
            "created_at": server.clock(),
            "expires_at": server.clock() + 24 * 3600,
            "guest_name": "Olu",
        }
    ]


async def test_the_link_works_once_for_others(server: Server) -> None:
    _, token = await invite(await server.admin())
    await enter(server.browser(), token)
    refusal = assert_refused(await enter(server.browser(), token), 410, "invite_used")
    assert refusal["hint"] == "Ask Administrator for a new link."
    assert_refused(await look(server.browser(), token), 410, "invite_used")


async def test_the_same_browser_may_tap_the_link_again(server: Server) -> None:
    _, token = await invite(await server.admin())
    guest = server.browser()
    first = await enter(guest, token)
    server.clock.pass_s(25 * 60)
    assert (await look(guest, token)).json()["seat"] == first.json()
    again = await enter(guest, token, "Another name")
    assert again.json() == first.json()
    assert len(server.desk.seated) == 1


async def test_another_invites_seat_does_not_open_a_used_link(server: Server) -> None:
    host = await server.admin()
    (_, first), (_, second) = await invite(host), await invite(host)
    guest = server.browser()
    await enter(guest, first)
    await enter(server.browser(), second)
    assert_refused(await enter(guest, second), 410, "invite_used")


async def test_of_many_who_enter_at_once_one_gets_in(server: Server) -> None:
    _, token = await invite(await server.admin())
    responses = await asyncio.gather(*(enter(server.browser(), token, f"G {number}") for number in range(10)))
    assert sorted(response.status_code for response in responses) == [200] + [410] * 9
    assert len(server.desk.seated) == 1


async def test_an_unknown_an_expired_and_a_revoked_link_say_what_to_do(server: Server) -> None:
    host = await server.admin()
    assert_refused(await look(server.browser(), "made-up"), 404, "invite_unknown")
    _, expired = await invite(host, expires_in_s=60)
    revoked_id, revoked = await invite(host)
    assert (await host.delete(f"/api/invites/{revoked_id}")).status_code == 204
    assert (await host.delete(f"/api/invites/{revoked_id}")).status_code == 204
    server.clock.pass_s(60)
    for ask in (look, enter):
        assert "Administrator" in assert_refused(await ask(server.browser(), expired), 410, "invite_expired")["hint"]
        assert "Administrator" in assert_refused(await ask(server.browser(), revoked), 410, "invite_revoked")["hint"]
    assert await state_of(host, revoked_id) == "revoked"


async def test_a_used_invite_cannot_be_revoked(server: Server) -> None:
    host = await server.admin()
    invite_id, token = await invite(host)
    await enter(server.browser(), token)
    assert_refused(await host.delete(f"/api/invites/{invite_id}"), 410, "invite_used")


async def test_nobody_revokes_or_sees_anothers_invite(server: Server) -> None:
    admin, maria = await server.admin(), await server.person("Maria", "expert")
    invite_id, _ = await invite(admin)
    assert_refused(await maria.delete(f"/api/invites/{invite_id}"), 404, "invite_unknown")
    assert (await maria.get("/api/invites")).json() == []


@pytest.mark.parametrize(
    "failure", [RefusedError("call_full", "The call is full."), RuntimeError("a bug")], ids=["refused", "bug"]
)
async def test_a_guest_who_got_no_seat_may_try_again(server: Server, failure: Exception) -> None:
    host, guest = await server.admin(), server.browser()
    invite_id, token = await invite(host)
    server.desk.fails_with = failure
    refused = await enter(guest, token)
    assert refused.status_code == (409 if isinstance(failure, RefusedError) else 500)
    assert await state_of(host, invite_id) == "open"
    server.desk.fails_with = None
    assert (await enter(guest, token)).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"expires_in_s": 59}, "expiry_out_of_range"),
        ({"expires_in_s": 10**9}, "expiry_out_of_range"),
        ({"note": "x" * 201}, "note_too_long"),
    ],
)
async def test_a_bad_invite_is_refused(server: Server, body: dict[str, object], code: str) -> None:
    assert_refused(await (await server.admin()).post("/api/invites", body), 422, code)


async def test_a_bad_name_uses_nothing_up(server: Server) -> None:
    host = await server.admin()
    invite_id, token = await invite(host)
    assert_refused(await enter(server.browser(), token, "  "), 422, "name_empty")
    assert_refused(await enter(server.browser(), token, "a\u202eb"), 422, "name_not_usable")
    assert await state_of(host, invite_id) == "open"


async def test_a_seat_is_kept_for_a_shift_and_not_for_ever(server: Server) -> None:
    _, token = await invite(await server.admin())
    guest = server.browser()
    await enter(guest, token)
    server.clock.pass_s(SEAT_S - 1)
    assert (await guest.get("/api/guest")).status_code == 200
    server.clock.pass_s(1)
    assert_refused(await guest.get("/api/guest"), 401, "no_seat")


async def test_the_qr_code_is_a_picture_without_style_or_script(server: Server) -> None:
    response = await (await server.admin()).post("/api/invites", {})
    svg = response.json()["qr_svg"]
    assert svg.startswith("<svg xmlns=")
    assert "<script" not in svg
    assert "style=" not in svg


async def test_links_begin_with_the_public_origin_where_one_is_set(server: Server) -> None:
    host = await server.admin()
    settings = HttpSettings(public_origin="https://help.example.com")
    application = http_application(
        server.database, server.desk, settings, passwords=server.passwords, now=server.clock, monotonic=server.clock
    )
    transport = httpx.ASGITransport(SecurityHeaders(application))
    cookies = dict(host.client.cookies)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=cookies) as client:
        for origin in (ORIGIN, "https://help.example.com"):
            response = await client.post("/api/invites", json={}, headers={"origin": origin})
            assert response.json()["link"].startswith("https://help.example.com/join#")


async def test_a_browser_may_be_a_person_and_a_guest_and_the_caller_says_which(server: Server) -> None:
    browser = await server.person("Maria", "expert")
    _, token = await invite(browser)
    await enter(browser, token)
    sessions, cookies, now = Sessions(server.database), dict(browser.client.cookies), server.clock()
    person = await sessions.identify(cookies, "wss", "person", now)
    guest = await sessions.identify(cookies, "wss", "guest", now)
    assert isinstance(person, PersonIdentity)
    assert (person.name, person.role, person.organisation) == ("Maria", "expert", "Acme")
    assert isinstance(guest, GuestIdentity)
    assert (guest.name, guest.host_name, guest.call_id, guest.participant_id) == ("Olu", "Maria", "call-1", "guest-1")
    assert guest.organisation_id == person.organisation_id
    assert await sessions.identify(cookies, "ws", "person", now) is None
    assert await sessions.identify({}, "wss", "guest", now) is None
