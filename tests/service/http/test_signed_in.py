"""Signing in and out, who I am, my password."""

import asyncio

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import select

from sightline.server.first_start import first_start, keep_organisation_name
from sightline.server.sessions import SESSION_S, Sessions
from sightline.store import people
from sightline.store.tables import organisation
from tests.service.http.conftest import ADMIN_PASSWORD, COST, ORIGIN, Browser, Closed, Server, assert_refused


async def test_the_first_administrator_signs_in_and_must_change_the_password(server: Server) -> None:
    browser = server.browser()
    response = await browser.sign_in("Admin ", server.first.password)
    assert response.status_code == 200
    body = response.json()
    assert body.pop("id")
    assert body == {
        "name": "Administrator",
        "login": "admin",
        "role": "admin",
        "organisation": "Acme",
        "permissions": ["see_people", "invite", "host_calls", "manage_people", "see_network"],
        "must_change_password": True,
    }
    assert_refused(await browser.get("/api/people"), 403, "must_change_password")
    change = {"old_password": server.first.password, "new_password": ADMIN_PASSWORD}
    assert (await browser.post("/api/me/password", change)).status_code == 204
    assert (await browser.get("/api/people")).status_code == 200
    assert (await browser.get("/api/me")).json()["must_change_password"] is False


async def test_the_organisation_is_called_what_the_settings_say(server: Server) -> None:
    await keep_organisation_name(server.database, "Acme Pumps")
    async with server.database.reading() as connection:
        names = (await connection.execute(select(organisation.c.name))).scalars().all()
    assert list(names) == ["Acme Pumps"]


async def test_a_first_password_that_nobody_used_is_made_anew_at_the_next_start(server: Server) -> None:
    again = await first_start(server.database, 1.0, "Other", passwords=server.passwords)
    assert again is not None
    assert again.login == server.first.login
    assert again.password != server.first.password
    assert_refused(await server.browser().sign_in("admin", server.first.password), 401, "wrong_credentials")
    response = await server.browser().sign_in("admin", again.password)
    assert response.json()["must_change_password"] is True
    assert response.json()["organisation"] == "Acme"


@pytest.mark.parametrize("has_changed_password", [False, True])
async def test_after_a_sign_in_no_start_is_a_first_one(server: Server, has_changed_password: bool) -> None:
    if has_changed_password:
        await server.admin()
    else:
        browser = server.browser()
        await browser.sign_in("admin", server.first.password)
        await browser.post("/api/sign-out")
    assert await first_start(server.database, 1.0, "Other", passwords=server.passwords) is None


async def test_the_cookie_is_out_of_reach_of_scripts_and_neighbours(server: Server) -> None:
    response = await server.browser().sign_in("admin", server.first.password)
    name, _, attributes = response.headers["set-cookie"].partition("=")
    assert name == "__Host-sightline"
    parts = {part.strip().lower() for part in attributes.split(";")[1:]}
    assert parts == {"httponly", "secure", "path=/", "samesite=lax", f"max-age={SESSION_S}"}
    assert response.headers["cache-control"] == "no-store"


async def test_on_localhost_without_tls_the_cookie_needs_no_tls(server: Server) -> None:
    browser = server.browser(origin="http://localhost:8080", base_url="http://localhost:8080")
    response = await browser.sign_in("admin", server.first.password)
    assert response.headers["set-cookie"].startswith("sightline-8080=")
    assert "secure" not in response.headers["set-cookie"].lower()
    assert (await browser.get("/api/me")).status_code == 200


async def test_two_servers_on_one_machine_do_not_sign_each_other_out(server: Server) -> None:
    browser = server.browser(origin="http://localhost:8080", base_url="http://localhost:8080")
    await browser.sign_in("admin", server.first.password)
    cookies, now = dict(browser.client.cookies), server.clock()
    assert await Sessions(server.database, 8080).identify(cookies, "ws", "person", now) is not None
    assert await Sessions(server.database, 8081).identify(cookies, "ws", "person", now) is None


@pytest.mark.parametrize(
    ("login", "password"),
    [("admin", "wrong password"), ("nobody", "wrong password"), ("\x00", "x"), ("admin", "x" * 2000), ("", "")],
)
async def test_a_wrong_login_and_a_wrong_password_look_the_same(server: Server, login: str, password: str) -> None:
    response = await server.browser().sign_in(login, password)
    refusal = assert_refused(response, 401, "wrong_credentials")
    assert refusal["text"] == "The login or the password is not right."
    assert "set-cookie" not in response.headers


async def test_half_a_character_is_a_wrong_password(server: Server) -> None:
    body = b'{"login": "admin", "password": "\\ud800"}'
    headers = {"content-type": "application/json"}
    response = await server.browser().client.post("/api/sign-in", content=body, headers=headers)
    assert response.status_code in (400, 401)


async def test_nobody_is_nobody(server: Server) -> None:
    assert_refused(await server.browser().get("/api/me"), 401, "not_signed_in")
    browser = server.browser()
    browser.client.cookies.set("__Host-sightline", "made-up")
    assert_refused(await browser.get("/api/me"), 401, "not_signed_in")


async def test_guessing_is_slowed_down_and_the_right_password_waits_too(server: Server) -> None:
    browser = server.browser()
    responses = await asyncio.gather(*(browser.sign_in("admin", f"guess {number}") for number in range(20)))
    assert sorted(response.status_code for response in responses) == [401] * 6 + [429] * 14
    refused = await browser.sign_in("admin", server.first.password)
    assert_refused(refused, 429, "too_many_attempts")
    assert refused.headers["retry-after"] == "60"
    elsewhere = server.browser(address="198.51.100.7")
    assert (await elsewhere.sign_in("admin", server.first.password)).status_code == 200
    server.clock.pass_s(60)
    assert (await browser.sign_in("admin", server.first.password)).status_code == 200


async def test_signing_out_ends_the_session_and_may_be_repeated(server: Server) -> None:
    browser = await server.admin()
    cookies = dict(browser.client.cookies)
    person_id, session_id = await session_of(server, browser)
    response = await browser.post("/api/sign-out")
    assert response.status_code == 204
    assert "max-age=0" in response.headers["set-cookie"].lower()
    assert server.desk.closed == [Closed(person_id, session_id=session_id)]
    thief = server.browser()
    thief.client.cookies.update(cookies)
    assert_refused(await thief.get("/api/me"), 401, "not_signed_in")
    assert (await browser.post("/api/sign-out")).status_code == 204


async def test_signing_in_again_replaces_the_session_of_this_browser(server: Server) -> None:
    browser = await server.admin()
    cookies = dict(browser.client.cookies)
    person_id, session_id = await session_of(server, browser)
    await browser.sign_in("admin", ADMIN_PASSWORD)
    assert server.desk.closed == [Closed(person_id, session_id=session_id)]
    earlier = server.browser()
    earlier.client.cookies.update(cookies)
    assert_refused(await earlier.get("/api/me"), 401, "not_signed_in")


async def test_a_session_slides_while_it_is_used_and_ends_when_it_is_not(server: Server) -> None:
    browser = await server.admin()
    for _ in range(3):
        server.clock.pass_s(SESSION_S - 1)
        assert (await browser.get("/api/me")).status_code == 200
    server.clock.pass_s(SESSION_S)
    assert_refused(await browser.get("/api/me"), 401, "not_signed_in")


async def test_changing_the_password_ends_the_other_sessions(server: Server) -> None:
    here, there = await server.admin(), await server.admin()
    person_id, session_id = await session_of(server, here)
    body = {"old_password": ADMIN_PASSWORD, "new_password": "another long one"}
    assert (await here.post("/api/me/password", body)).status_code == 204
    assert (await here.get("/api/me")).status_code == 200
    assert_refused(await there.get("/api/me"), 401, "not_signed_in")
    assert server.desk.closed == [Closed(person_id, but=session_id)]
    assert_refused(await there.sign_in("admin", ADMIN_PASSWORD), 401, "wrong_credentials")
    assert (await there.sign_in("admin", "another long one")).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "status", "code"),
    [
        ("not this", "a fine new one", 403, "wrong_password"),
        (ADMIN_PASSWORD, "short", 422, "password_too_short"),
        (ADMIN_PASSWORD, ADMIN_PASSWORD, 409, "password_not_new"),
    ],
)
async def test_a_bad_change_of_password_is_refused(server: Server, old: str, new: str, status: int, code: str) -> None:
    browser = await server.admin()
    body = {"old_password": old, "new_password": new}
    assert_refused(await browser.post("/api/me/password", body), status, code)


async def test_a_stolen_session_cannot_guess_the_password(server: Server) -> None:
    browser = await server.admin()
    body = {"old_password": "guess", "new_password": "a fine new one"}
    statuses = [(await browser.post("/api/me/password", body)).status_code for _ in range(8)]
    assert statuses == [403] * 6 + [429] * 2


async def test_a_password_hashed_at_an_older_cost_is_hashed_anew(server: Server) -> None:
    await server.admin()
    old_hash = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(ADMIN_PASSWORD)
    async with server.database.writing() as connection:
        admin = await people.by_login(connection, "admin")
        assert admin is not None
        await people.set_password(connection, admin.id, old_hash, must_change_password=False)
    assert (await server.browser().sign_in("admin", ADMIN_PASSWORD)).status_code == 200
    async with server.database.reading() as connection:
        admin = await people.by_login(connection, "admin")
    assert admin is not None
    assert extract_parameters(admin.password_hash).time_cost == COST.time_cost


async def test_somebody_locked_out_learns_it_only_with_the_right_password(server: Server) -> None:
    maria = await server.person("Maria", "expert")
    person_id = (await maria.get("/api/me")).json()["id"]
    await (await server.admin()).delete(f"/api/people/{person_id}")
    assert_refused(await maria.get("/api/me"), 401, "not_signed_in")
    assert_refused(await maria.sign_in("maria", "Maria's long password"), 403, "locked_out")
    assert_refused(await maria.sign_in("maria", "something else"), 401, "wrong_credentials")


async def session_of(server: Server, browser: Browser) -> tuple[str, str]:
    """(person, session) of whoever is signed in."""
    identity = await Sessions(server.database).identify(dict(browser.client.cookies), "https", "person", server.clock())
    assert identity is not None
    return identity.person_id, identity.session_id


def test_the_origin_of_the_tests_is_the_servers() -> None:
    assert ORIGIN.startswith("https://")
