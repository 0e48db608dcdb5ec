"""What services need of a network: who may see which, and what is made of it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from sightline.server.http.application import http_application
from sightline.server.http.network import NETWORKS_MOST, WAITING_MOST, Workshop
from sightline.server.network import NetworkNeeds
from sightline.store.profiles import profiles
from tests.service.http.conftest import Server, assert_refused


def choice(service: str = "sightline", **more: Any) -> dict[str, Any]:
    return {"service": service, **more}


async def test_a_stranger_sees_the_server_s_own_needs_and_no_others(server: Server) -> None:
    browser = server.browser()
    listed = (await browser.get("/api/network")).json()
    assert [each["id"] for each in listed["services"]] == ["sightline"]
    assert listed["services"][0]["is_own"]
    assert {"nftables"} <= {each["name"] for each in listed["targets"]}
    assert (await browser.post("/api/network/view", choice())).status_code == 200
    for path in ("view", "rules", "document"):
        assert_refused(await browser.post(f"/api/network/{path}", choice("worklink")), 401, "not_signed_in")


async def test_an_expert_sees_no_other_service_either(server: Server) -> None:
    expert = await server.person("Maria", "expert")
    assert [each["id"] for each in (await expert.get("/api/network")).json()["services"]] == ["sightline"]
    assert_refused(await expert.post("/api/network/view", choice("worklink")), 403, "not_allowed")


async def test_an_administrator_sees_every_profile(server: Server) -> None:
    admin = await server.admin()
    listed = (await admin.get("/api/network")).json()
    assert {each["id"] for each in listed["services"]} == {"sightline", *profiles()}
    assert_refused(await admin.post("/api/network/view", choice("nobody")), 404, "unknown_service")


async def test_a_first_password_of_somebody_else_s_opens_no_profile(server: Server) -> None:
    browser = server.browser()
    await browser.sign_in(server.first.login, server.first.password)
    assert_refused(await browser.post("/api/network/view", choice("worklink")), 403, "must_change_password")


async def test_where_it_is_not_public_a_stranger_sees_nothing(server: Server) -> None:
    needs = NetworkNeeds(own=profiles()["eschat"], is_public=False, others={})
    closed = replace(server, application=http_application(server.database, server.desk, needs=needs))
    assert_refused(await closed.browser().get("/api/network"), 401, "not_signed_in")
    assert_refused(await closed.browser().post("/api/network/view", choice("eschat")), 401, "not_signed_in")


async def test_the_view_has_every_requirement_and_says_what_is_no_rule_yet(server: Server) -> None:
    admin = await server.admin()
    seen = (await admin.post("/api/network/view", choice("worklink"))).json()
    assert [each["id"] for each in seen["requirements"]] == [one.id for one in profiles()["worklink"].requirements]
    calling = next(each for each in seen["requirements"] if each["id"] == "calling")
    assert not calling["hosts"][0]["is_usable"]
    assert calling["hosts"][0]["note"]
    assert seen["drawing_svg"].startswith("<svg")
    assert {"requirement", "effect", "what", "why", "instead"} == set(seen["losses"][0])


async def test_choices_narrow_the_view_and_variables_fill_it(server: Server) -> None:
    admin = await server.admin()
    asked = choice("worklink", necessities=["recommended"], variables={"twilio_region": "de1"})
    seen = (await admin.post("/api/network/view", asked)).json()
    assert [each["id"] for each in seen["requirements"]] == ["twilio"]
    assert "de1.turn.twilio.com" in [host["text"] for host in seen["requirements"][0]["hosts"]]
    bad = choice("worklink", variables={"twilio_region": "a.b"})
    assert_refused(await admin.post("/api/network/view", bad), 422, "bad-variable")


async def test_rules_come_with_their_losses(server: Server) -> None:
    made = await server.browser().post("/api/network/rules", choice(target="nftables"))
    assert made.status_code == 200, made.text
    body = made.json()
    assert any("nft" in file["text"] or "table" in file["text"] for file in body["files"])
    assert any("${signaling_port}" in loss["what"] for loss in body["losses"])


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"target": "abacus"}, "unknown_target"),
        ({"target": "nftables", "widen": ["everything"]}, "bad_choice"),
        ({"target": "nftables", "clients": ["10.0.0.1/8"]}, "bad_network"),
        ({"target": "nftables", "peers": ["0.0.0.0/1", "128.0.0.0/1"]}, "bad_network"),
        ({"target": "nftables", "platform": "abacus"}, "bad_choice"),
        ({"target": "iptables", "clients": [f"10.0.{n}.0/24" for n in range(NETWORKS_MOST + 1)]}, "bad_network"),
    ],
)
async def test_a_choice_that_there_is_not_is_refused_with_what_there_is(
    server: Server, asked: dict[str, Any], code: str
) -> None:
    refused = await server.browser().post("/api/network/rules", choice(**asked))
    assert refused.json()["code"] == code
    assert 400 <= refused.status_code < 500
    assert refused.json()["hint"]


@pytest.mark.parametrize(
    ("format_", "begins"),
    [("pdf", b"%PDF-"), ("xlsx", b"PK"), ("html", b"<!doctype"), ("md", b"# "), ("csv", b"")],
)
async def test_documents_are_files(server: Server, format_: str, begins: bytes) -> None:
    asked = choice(kind="change-request", format=format_, language="de")
    made = await server.browser().post("/api/network/document", asked)
    assert made.status_code == 200
    assert made.content.startswith(begins)
    assert made.headers["content-disposition"] == (
        f'attachment; filename="sightline-change-request-de.{format_}"'
    )  # fmt: skip


@pytest.mark.parametrize("language", ["xx", 'en"; filename="x.exe', "en\r\nset-cookie: a=b"])
async def test_an_unknown_language_is_no_part_of_a_file_s_name(server: Server, language: str) -> None:
    made = await server.browser().post("/api/network/document", choice(format="md", language=language))
    assert made.headers["content-disposition"] == 'attachment; filename="sightline-change-request-en.md"'
    assert "set-cookie" not in made.headers


async def test_a_document_that_there_is_not_is_refused(server: Server) -> None:
    browser = server.browser()
    assert (await browser.post("/api/network/document", choice(kind="poem"))).json()["code"] == "bad_choice"
    assert (await browser.post("/api/network/document", choice(format="exe"))).json()["code"] == "bad_choice"


async def test_the_workshop_makes_few_at_once_and_turns_away_a_crowd() -> None:
    workshop = Workshop()
    go = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait() -> int:
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result()
        return 1

    crowd = [asyncio.create_task(workshop.make(wait)) for _ in range(WAITING_MOST)]
    await asyncio.sleep(0)  # each has taken its place
    with pytest.raises(Exception, match="Too many"):
        await workshop.make(wait)
    go.set()
    assert sum(await asyncio.gather(*crowd)) == WAITING_MOST
