"""`sightline requirements`, and the same from a server that runs."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from sightline.cli.main import main
from sightline.readiness.parsing import parse, parse_json
from tests.sightline_server import SightlineServer

PATH = "/.well-known/network-requirements.json"


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    file = tmp_path / "sightline.toml"
    file.write_text('[listen]\nport = 443\npublic_url = "https://assist.example.com"\n[organisation]\nname = "Acme"\n')
    return ["requirements", "--config", str(file)]


def test_the_table_names_host_and_ports(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Acme (Sightline) ")
    assert ["media-udp", "recommended", "assist.example.com", "udp", "443"] in [line.split() for line in lines]
    assert max(map(len, lines)) <= 100


def test_json_and_toml_hold_the_same(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--format", "json"]) == 0
    one = parse_json(capsys.readouterr().out, "own.json").manifest
    assert main([*arguments, "--format", "toml"]) == 0
    assert parse(capsys.readouterr().out, "own.toml").manifest == one
    assert one is not None


def test_a_server_tells_the_same_and_its_toml_agrees(tmp_path: Path) -> None:
    server = SightlineServer(tmp_path, "--public-url", "https://assist.example.com")
    server.start()
    try:
        with urllib.request.urlopen(server.local_url + PATH) as answer:
            served = parse_json(answer.read().decode(), "served.json").manifest
            assert answer.headers["x-content-type-options"] == "nosniff"
    finally:
        server.stop()
    assert served is not None
    web = next(one for one in served.requirements if one.id == "web")
    assert [(end.text, web.ports[0].set) for end in web.endpoints] == [("assist.example.com", "443")]
    udp = next(one for one in served.requirements if one.id == "media-udp")
    assert udp.ports[0].set == "443"


def test_an_administrator_can_keep_it_to_themselves(tmp_path: Path) -> None:
    file = tmp_path / "sightline.toml"
    file.write_text("[network]\npublic = false\n")
    server = SightlineServer(tmp_path, "--config", str(file))
    server.start()
    try:
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(server.local_url + PATH)
        error.value.close()
        assert error.value.code == 404
    finally:
        server.stop()
