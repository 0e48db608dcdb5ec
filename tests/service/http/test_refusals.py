"""Every no has one shape, and a request that changes something comes from our own page."""

import json
from typing import Any

import pytest

from sightline.store.database import Database
from tests.service.http.conftest import ORIGIN, Server, assert_refused

SIGN_IN = {"login": "admin", "password": "wrong password"}
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"origin": ORIGIN}, True),
        ({"origin": ORIGIN.upper()}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://assist.example.com"}, False),
        ({"origin": "https://assist.example.com:444"}, False),
        ({"origin": "https://assist.example.com.evil.example"}, False),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
    ],
)
async def test_a_post_must_come_from_our_own_page(server: Server, headers: dict[str, str], is_own: bool) -> None:
    response = await server.browser(origin=None).post("/api/sign-in", SIGN_IN, headers=headers)
    assert_refused(response, *((401, "wrong_credentials") if is_own else (403, "wrong_origin")))


async def test_a_delete_must_come_from_our_own_page(server: Server) -> None:
    browser = await server.admin()
    response = await browser.client.request(
        "DELETE", "/api/people/x", json={}, headers={"origin": "https://evil.example"}
    )
    assert_refused(response, 403, "wrong_origin")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_what_a_form_can_send_is_refused(server: Server, content_type: str) -> None:
    content = json.dumps(SIGN_IN).encode()
    response = await server.browser().client.post(
        "/api/sign-in", content=content, headers={"content-type": content_type}
    )
    assert_refused(response, 415, "not_json")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "The body is missing; it must be JSON."),
        (b"{", "The body ends too early, or holds half a character."),
        (b"{]", "The body is not JSON."),
        (b"[]", "The body must be an object, not a list."),
        (b'{"login": "admin"}', "“password” is missing."),
        (b'{"login": 1, "password": "x"}', "“login” must be text, not a whole number."),
        (b'{"login": "a", "password": null}', "“password” must be text, not null."),
        (b'{"login": "a", "password": "x", "remember": true}', "“remember” is not known here."),
        (b'{"login": "a", "password": "\xff"}', "The body is not UTF-8."),
        (b'{"login": "a", "password": "\\ud800"}', "The body ends too early, or holds half a character."),
        (b'{"login": "\\ud800", "password": "long enough"}', "The body holds half a character."),
        (b'{"login": ' + b"[" * 30_000, "The body is nested too deeply."),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_in_plain_words_and_the_field_named(
    server: Server, content: bytes, text: str
) -> None:
    response = await server.browser().client.post("/api/sign-in", content=content, headers=JSON)
    assert assert_refused(response, 400, "bad_request")["text"] == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"name": "N", "login": "n", "role": "king"}, "“role” is none of the values that are possible here."),
        ({"name": "N", "login": "n", "role": 5}, "“role” must be text, not a whole number."),
    ],
)
async def test_a_value_that_is_not_possible_is_refused_in_plain_words(
    server: Server, body: dict[str, object], text: str
) -> None:
    response = await (await server.admin()).post("/api/people", body)
    assert assert_refused(response, 400, "bad_request")["text"] == text


async def test_a_body_that_is_too_large_is_refused(server: Server) -> None:
    response = await server.browser().post("/api/sign-in", {"login": "x" * 70_000, "password": "x"})
    assert_refused(response, 413, "body_too_large")


async def test_what_is_not_there_is_not_found(server: Server) -> None:
    assert_refused(await server.browser().get("/api/secrets"), 404, "not_found")
    assert_refused(await server.browser().get("/api/sign-in"), 405, "method_not_allowed")
    assert_refused(await server.browser().get("/api/openapi.json"), 404, "not_found")
    assert_refused(await server.browser().get("/schema"), 404, "not_found")


async def test_a_bug_says_nothing_of_itself_and_goes_to_the_log(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = await server.admin()

    def fail(_self: Database) -> Any:
        raise RuntimeError("the inside of the machine")

    monkeypatch.setattr(Database, "reading", fail)
    response = await browser.get("/api/people")
    assert_refused(response, 500, "server_error")
    assert "machine" not in response.text
    written = capsys.readouterr()
    assert "http_request_failed" in written.out + written.err


PERMISSIONS = [
    ("GET", "/api/invites", {"expert", "dispatcher", "admin"}),
    ("POST", "/api/invites", {"expert", "dispatcher", "admin"}),
    ("DELETE", "/api/invites/x", {"expert", "dispatcher", "admin"}),
    ("GET", "/api/people", {"admin"}),
    ("POST", "/api/people", {"admin"}),
    ("DELETE", "/api/people/x", {"admin"}),
    ("POST", "/api/people/x/password", {"admin"}),
    ("POST", "/api/people/x/unlock", {"admin"}),
]


@pytest.mark.parametrize("role", ["worker", "expert", "dispatcher", "admin"])
async def test_a_role_may_do_what_the_table_says(server: Server, role: str) -> None:
    browser = await server.person("Maria", role)
    for method, path, roles in PERMISSIONS:
        body = {"name": "New", "login": "new", "role": "worker"} if (method, path) == ("POST", "/api/people") else {}
        response = await browser.client.request(method, path, json=None if method == "GET" else body)
        assert (response.status_code == 403) == (role not in roles), (method, path, response.text)
        assert response.status_code in (200, 201, 403, 404)


OTHERS = {"service": "worklink"}  # anybody's needs but the server's own


async def test_nothing_but_signing_in_and_the_guests_door_is_open_to_strangers(server: Server) -> None:
    for route in server.application._app.routes:
        for method in route.methods - {"OPTIONS"}:
            path = route.path_format.replace("{invite_id}", "x").replace("{person_id}", "x")
            body = {
                "/api/people": {"name": "N", "login": "n", "role": "worker"},
                "/api/me/password": {"old_password": "x", "new_password": "y"},
                "/api/guest/look": {"token": "x"},
                "/api/guest/enter": {"token": "x", "name": "N"},
                "/api/sign-in": SIGN_IN,
                **dict.fromkeys(("/api/network/view", "/api/network/rules", "/api/network/document"), OTHERS),
            }.get(path, {})
            response = await server.browser().client.request(method, path, json=None if method == "GET" else body)
            # Of /api/network a stranger sees the server's own needs, which are public.
            open_to_all = {"/api/sign-out": 204, "/api/guest/look": 404, "/api/guest/enter": 404, "/api/network": 200}
            expected = open_to_all.get(path, 401)
            assert response.status_code == expected, (method, path, response.text)
