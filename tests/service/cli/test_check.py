"""`sightline check` against a real server: all of it proven, and a port that is closed named with what to ask for."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.cli.main import main
from tests.service.front_door.conftest import make_certificate
from tests.sightline_server import BIN, SightlineServer, free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SightlineServer]:
    running = SightlineServer(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.stop()


def checked(*arguments: str) -> tuple[int, dict[str, object]]:
    done = subprocess.run([BIN / "sightline", "check", *arguments, "--format", "json"], capture_output=True, text=True)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def states(found: dict[str, object]) -> dict[str, str]:
    findings = found["findings"]
    assert isinstance(findings, list)
    return {one["requirement"]: one["state"] for one in findings}


def test_a_server_that_is_reached_is_proven(server: SightlineServer) -> None:
    authority = server.folder / "data" / "certificates" / "authority.crt"
    code, found = checked(server.local_url, "--ca", str(authority))
    assert code == 0
    assert {states(found)[name] for name in ("web", "media-udp", "media-tcp", "media-tls")} == {"proven"}


def test_a_server_whose_authority_is_not_known_fails_with_its_issuer(server: SightlineServer) -> None:
    code, found = checked(server.local_url)
    assert code == 1
    assert states(found)["web"] == "failed"
    assert states(found)["media-udp"] == "proven"
    assert "Sightline local authority" in json.dumps(found)


def test_a_port_that_is_closed_is_what_to_ask_for(tmp_path: Path) -> None:
    profile = tmp_path / "closed.toml"
    worklink = Path(__file__).parents[3] / "profiles" / "worklink.toml"
    text = worklink.read_text().replace('text = "cms.scopear.com"', 'text = "localhost.localdomain"')
    profile.write_text(text.replace('set = "443"', f'set = "{free_port()}"'))
    code, found = checked(str(profile), "--only", "required")
    assert code == 1
    assert states(found)["authentication"] == "failed"


def test_private_addresses_of_a_profile_are_not_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "inside.toml"
    eschat = Path(__file__).parents[3] / "profiles" / "eschat.toml"
    profile.write_text(eschat.read_text().replace("54.215.171.160", "10.0.0.7"))
    assert main(["check", str(profile)]) == 1
    assert "inside somebody's network: 10.0.0.7" in capsys.readouterr().err


def test_a_profile_that_would_be_a_scan_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "many.toml"
    eschat = Path(__file__).parents[3] / "profiles" / "eschat.toml"
    scattered = ", ".join(str(port) for port in range(1000, 1100, 2))
    text = eschat.read_text().replace('set = "80, 443"', f'set = "{scattered}"')
    ends = ", ".join(f'{{ kind = "address", text = "198.41.0.{number}" }}' for number in range(1, 100))
    profile.write_text(text.replace("endpoints = [", f"endpoints = [{ends}, ", 1))
    assert main(["check", str(profile)]) == 1
    assert "would be a scan" in capsys.readouterr().err


def test_an_authority_that_is_none_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "worklink", "--ca", str(tmp_path / "none.pem")]) == 1
    assert "cannot be used" in capsys.readouterr().err
    made = make_certificate(tmp_path)
    assert main(["check", "worklink", "--ca", str(made.key), "--only", "fallback"]) == 1
    assert "cannot be used" in capsys.readouterr().err
