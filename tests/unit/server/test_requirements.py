"""What the requirements document is computed from, and how it is served."""

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest

from sightline.config import load
from sightline.readiness.own import Deployment, own_manifest
from sightline.readiness.parsing import parse_json
from sightline.server.certificates.names import MachineNames
from sightline.server.http.requirements import PATH, SCHEMA_PATH, RequirementsFiles, deployment, places_by_settings

MACHINE = MachineNames(
    ("server.intern.example.com", "localhost"),
    tuple(map(ip_address, ("10.0.0.5", "198.51.100.9", "8.8.4.4", "fd00::5", "127.0.0.1", "::1"))),
)


def deployed(text: str, tmp_path: Path, machine: MachineNames = MACHINE) -> Deployment:
    file = tmp_path / "sightline.toml"
    file.write_text(text)
    config = load(file, {"HOME": str(tmp_path)}, {})
    return deployment(config, places_by_settings(config, machine))


def test_a_public_name_hides_every_address(tmp_path: Path) -> None:
    text = '[listen]\nport = 8443\npublic_url = "https://Assist.example.com"\nnames = ["secret.intern.example.com"]\n'
    one = deployed(text, tmp_path)
    assert (one.hosts, one.hosts_from) == (("assist.example.com",), "[listen] public_url")
    assert (one.https_port, one.udp_port, one.turn_port, one.turns_port) == (443, 443, 443, 443)
    assert "intern" not in str(own_manifest(one))
    assert "10.0.0.5" not in str(own_manifest(one))


def test_without_a_name_public_addresses_come_before_private_ones(tmp_path: Path) -> None:
    assert deployed("", tmp_path).hosts == ("8.8.4.4",)
    private = MachineNames(("localhost",), tuple(map(ip_address, ("10.0.0.5", "127.0.0.1"))))
    assert deployed("", tmp_path, private).hosts == ("10.0.0.5",)
    assert deployed('[listen]\nnames = ["printer", "assist.example.com"]\n', tmp_path).hosts == ("assist.example.com",)


def test_nothing_secret_gets_into_it(tmp_path: Path) -> None:
    text = """
[relay]
users = ["anna:hidden-1"]
shared_secrets = ["hidden-2hidden-2hidden-2"]
public_addresses = ["10.0.0.5=203.0.113.7"]
[[relays]]
name = "frankfurt"
urls = ["turn:turn.example.com:3478?transport=udp"]
user = "hidden-3"
secret = "hidden-4"
[[relays]]
name = "far"
kind = "twilio"
user = "AChidden"
secret = "hidden-5"
"""
    one = deployed(text, tmp_path)
    assert one.relay_hosts == ("203.0.113.7",)
    assert [server.host for server in one.others] == ["turn.example.com", ""]
    written = str(own_manifest(one))
    for secret in ("hidden", "anna", "10.0.0.5"):
        assert secret not in written


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("", (None, None)),
        ("[listen]\nport = 443\n", (3478, 5349)),
        ('[listen]\nport = 443\n[relay]\nclassic_ports = "off"\n', (None, None)),
        ('[relay]\nclassic_ports = "on"\nclassic_tls_port = 0\n', (3478, None)),
    ],
)
def test_the_classic_ports_are_there_when_they_are_on(
    text: str, ports: tuple[int | None, int | None], tmp_path: Path
) -> None:
    one = deployed(text, tmp_path)
    assert (one.classic_port, one.classic_tls_port) == ports


def test_a_proxy_that_ends_tls_carries_no_turn(tmp_path: Path) -> None:
    text = '[listen]\nport = 8080\nlocal_port = 0\npublic_url = "https://a.example.com"\n[proxy]\nbehind = true\n'
    one = deployed(text, tmp_path)
    assert (one.https_port, one.udp_port, one.turn_port, one.turns_port) == (443, 8080, 8080, None)
    assert not one.has_own_authority


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    files = RequirementsFiles(deployed('[listen]\npublic_url = "https://assist.example.com"\n', tmp_path))
    assert files.paths == {PATH, SCHEMA_PATH}
    return httpx.AsyncClient(transport=httpx.ASGITransport(files), base_url="https://assist.example.com")


async def test_it_is_served_with_its_schema(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert parse_json(answer.text, "own.json").problems == ()
    schema: Any = json.loads((await client.get(str(answer.url.join(answer.json()["$schema"])))).text)
    assert schema["title"] == "Network requirement manifest"
    assert "requirements" in schema["$defs"]["Manifest"]["properties"]


async def test_who_has_it_is_not_sent_it_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get(PATH)).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await client.get(PATH, headers={"if-none-match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    assert (await client.get(PATH, headers={"if-none-match": '"other"'})).status_code == 200


async def test_it_is_only_read(client: httpx.AsyncClient) -> None:
    head, post = await client.head(PATH), await client.post(PATH, content=b"x")
    assert (head.status_code, head.content) == (200, b"")
    assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD")
