"""`sightline audit`: answers on stdout, an exit code that sums them up, and no exit code that means two things."""

import json
from pathlib import Path

import pytest

from sightline.cli.main import main


def ruleset(folder: Path, *rules: str) -> str:
    file = folder / "rules"
    file.write_text("\n".join(["*filter", ":FORWARD DROP [0:0]", *rules, "COMMIT", ""]))
    return str(file)


@pytest.fixture
def site(tmp_path: Path) -> str:
    file = tmp_path / "site.toml"
    file.write_text('clients = ["10.0.0.0/8"]\npeers = ["10.9.0.0/16"]\n')
    return str(file)


def test_what_is_allowed_ends_with_nothing_to_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = ruleset(tmp_path, "-A FORWARD -j ACCEPT")
    command = ["audit", "eschat", "--ruleset", file, "--set", "signaling_port=21701", "--platform", "desktop"]
    assert main(command) == 0
    out, err = capsys.readouterr()
    assert {line.split()[0] for line in out.splitlines()} == {"allowed"}
    assert err == "Read as: iptables-save.\n"


def test_what_is_blocked_is_named_with_its_line_and_ports(
    tmp_path: Path, site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ruleset(tmp_path, "-A FORWARD -p udp --dport 50000:50015 -j DROP", "-A FORWARD -s 10.0.0.0/8 -j ACCEPT")
    assert main(["audit", "worklink", "--ruleset", file, "--site", site]) == 1
    out, _ = capsys.readouterr()
    assert "proxy.scopear.com, UDP 3478, 49152-65535 (ports 50000-50015): blocked by line 3" in out
    assert "allowed      authentication" in out
    assert "${twilio_region}.turn.twilio.com: cannot be told: A variable is not filled." in out


def test_what_cannot_be_told_has_an_exit_code_of_its_own(
    tmp_path: Path, site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = ruleset(tmp_path, "-A FORWARD -i eth1 -j ACCEPT")
    assert main(["audit", "worklink", "--ruleset", file, "--site", site, "--format", "json"]) == 3
    out, _ = capsys.readouterr()
    document = json.loads(out)
    assert document["outcome"] == "undecidable"
    first = document["requirements"][0]
    assert (first["requirement"], first["outcome"]) == ("authentication", "undecidable")
    assert first["remarks"][0]["where"] == "line 3"
    assert "eth1" in first["remarks"][0]["why"]


@pytest.mark.parametrize("text", ["", "hello", '{"nftables": 1}'])
def test_a_file_that_cannot_be_used_is_neither_allowed_nor_blocked(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rules"
    file.write_text(text)
    assert main(["audit", "worklink", "--ruleset", str(file)]) == 65
    assert main(["audit", "worklink", "--ruleset", str(tmp_path / "nowhere")]) == 65
    assert main(["audit", "nobody", "--ruleset", str(file)]) == 65
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("error: ") == 3
