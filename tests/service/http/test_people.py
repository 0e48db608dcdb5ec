"""The people of the organisation."""

import pytest

from sightline.store import people
from sightline.store.people import OrganisationRecord, PersonRecord
from tests.service.http.conftest import Closed, Server, assert_refused


async def test_a_new_person_signs_in_with_the_password_shown_once(server: Server) -> None:
    admin = await server.admin()
    created = await admin.post("/api/people", {"name": " Maria  K. ", "login": "Maria@Example.com", "role": "expert"})
    assert created.status_code == 201
    maria = server.browser()
    me = (await maria.sign_in("maria@example.com", created.json()["password"])).json()
    assert (me["name"], me["login"], me["role"]) == ("Maria K.", "maria@example.com", "expert")
    assert me["must_change_password"] is True
    listed = (await admin.get("/api/people")).json()
    assert [(each["name"], each["is_locked_out"]) for each in listed] == [("Administrator", False), ("Maria K.", False)]
    assert "password" not in str(listed)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": ""}, 422, "name_empty"),
        ({"login": "a b"}, 422, "login_not_usable"),
        ({"login": "ADMIN"}, 409, "login_taken"),
        ({"role": "guest"}, 422, "role_not_usable"),
        ({"role": "king"}, 400, "bad_request"),
    ],
)
async def test_a_bad_person_is_refused(server: Server, change: dict[str, str], status: int, code: str) -> None:
    body = {"name": "Maria", "login": "maria", "role": "expert"} | change
    assert_refused(await (await server.admin()).post("/api/people", body), status, code)


async def test_a_lock_out_ends_sessions_sockets_and_invites(server: Server) -> None:
    admin, maria = await server.admin(), await server.person("Maria", "expert")
    maria_id = (await maria.get("/api/me")).json()["id"]
    token = (await maria.post("/api/invites", {})).json()["link"].partition("#")[2]
    assert (await admin.delete(f"/api/people/{maria_id}")).status_code == 204
    assert (await admin.delete(f"/api/people/{maria_id}")).status_code == 204
    assert server.desk.closed[:1] == [Closed(maria_id)]
    assert_refused(await maria.get("/api/me"), 401, "not_signed_in")
    assert_refused(await server.browser().post("/api/guest/look", {"token": token}), 410, "invite_revoked")
    listed = (await admin.get("/api/people")).json()
    assert [each["is_locked_out"] for each in listed] == [False, True]


async def test_a_forgotten_password_is_replaced_by_a_first_one(server: Server) -> None:
    admin, maria = await server.admin(), await server.person("Maria", "expert")
    maria_id = (await maria.get("/api/me")).json()["id"]
    given = await admin.post(f"/api/people/{maria_id}/password")
    assert given.status_code == 200
    assert server.desk.closed == [Closed(maria_id)]
    assert_refused(await maria.get("/api/me"), 401, "not_signed_in")
    assert_refused(await maria.sign_in("maria", "Maria's long password"), 401, "wrong_credentials")
    me = await maria.sign_in("maria", given.json()["password"])
    assert me.json()["must_change_password"] is True
    assert (await admin.get("/api/people")).status_code == 200


async def test_somebody_locked_out_is_let_in_again(server: Server) -> None:
    admin, maria = await server.admin(), await server.person("Maria", "expert")
    maria_id = (await maria.get("/api/me")).json()["id"]
    await admin.delete(f"/api/people/{maria_id}")
    for _ in range(2):
        assert (await admin.post(f"/api/people/{maria_id}/unlock")).status_code == 204
    assert_refused(await maria.get("/api/me"), 401, "not_signed_in")
    assert (await maria.sign_in("maria", "Maria's long password")).status_code == 200
    assert not any(each["is_locked_out"] for each in (await admin.get("/api/people")).json())


async def test_nobody_gives_themselves_a_first_password(server: Server) -> None:
    admin = await server.admin()
    own_id = (await admin.get("/api/me")).json()["id"]
    assert_refused(await admin.post(f"/api/people/{own_id}/password"), 409, "own_account")
    assert (await admin.get("/api/me")).status_code == 200


async def test_nobody_locks_themselves_out(server: Server) -> None:
    admin = await server.admin()
    own_id = (await admin.get("/api/me")).json()["id"]
    assert_refused(await admin.delete(f"/api/people/{own_id}"), 409, "own_account")


async def test_people_of_other_organisations_are_not_there(server: Server) -> None:
    admin = await server.admin()
    async with server.database.writing() as connection:
        await people.add_organisation(connection, OrganisationRecord("other", "Other", 1.0))
        await people.add_person(connection, PersonRecord("p", "other", "Noor", "noor", "expert", "x", False, 1.0))
    assert len((await admin.get("/api/people")).json()) == 1
    assert_refused(await admin.delete("/api/people/p"), 404, "person_unknown")
    assert_refused(await admin.post("/api/people/p/password"), 404, "person_unknown")
    assert_refused(await admin.post("/api/people/p/unlock"), 404, "person_unknown")
    assert_refused(await admin.delete("/api/people/nobody"), 404, "person_unknown")
