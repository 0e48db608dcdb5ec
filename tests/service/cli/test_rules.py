"""`sightline rules`: rules on stdout or in a folder, losses on stderr, and refusals that say what to do."""

from pathlib import Path

import pytest

from sightline.cli.main import main
from sightline.readiness.targets import TARGETS


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.toml"
    file.write_text('clients = ["10.0.0.0/8"]\n[addresses]\n"cms.scopear.com" = ["192.0.2.10"]\n')
    return file


def test_one_file_goes_to_stdout_and_the_losses_to_stderr(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "worklink", "--target", "iptables", "--site", str(site)]) == 0
    out, err = capsys.readouterr()
    assert "-s 10.0.0.0/8 -d 192.0.2.10/32 -p tcp --dport 443 " in out
    assert out.splitlines()[-1] == "COMMIT"
    assert "narrower (addresses-fixed)\n    · cms.scopear.com, TCP 443\n" in err
    assert "left out (name-without-addresses)" in err
    assert max(map(len, err.splitlines())) <= 100


def test_several_files_need_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["rules", "worklink", "--target", "nftables"]
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "--output DIR" in err
    assert main([*command, "--output", str(tmp_path / "new" / "folder")]) == 0
    written = {file.name for file in (tmp_path / "new" / "folder").iterdir()}
    assert "sightline-worklink.nft" in written
    out, _ = capsys.readouterr()
    assert all(name in out for name in written)


def test_a_selection_and_a_widening_are_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["rules", "eschat", "--target", "iptables", "--platform", "desktop"]
    assert main(command) == 0
    desktop, _ = capsys.readouterr()
    assert main(command[:-2]) == 0
    everything, _ = capsys.readouterr()
    assert len(desktop.splitlines()) < len(everything.splitlines())
    assert main(["rules", "worklink", "--target", "iptables", "--widen", "names", "--output", "/dev/null/x"]) == 1
    _, err = capsys.readouterr()
    assert "cannot be written" in err


def test_a_variable_is_filled(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["rules", "eschat", "--target", "iptables", "--set", "signaling_port=21701"]
    assert main(command) == 0
    out, _ = capsys.readouterr()
    assert "--dport 21701 " in out


def test_nothing_that_can_become_a_rule_is_a_failure_that_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "worklink", "--target", "iptables"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Nothing of it can become a rule" in err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["worklink"], "Targets: "),
        (["worklink", "--target", "abacus"], "There is no target abacus."),
        (["--target", "iptables"], "A profile and a --target are needed."),
        (["nobody", "--target", "iptables"], "There is no profile nobody."),
        (["worklink", "--target", "iptables", "--site", "/nowhere.toml"], "There is no file /nowhere.toml."),
        (["worklink", "--target", "iptables", "--set", "x=1"], "no variable"),
    ],
)
def test_what_cannot_be_done_is_said(command: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", *command]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_every_problem_of_a_site_file_is_listed_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "site.toml"
    file.write_text('clients = ["10.0.0.1/8"]\nproxy = "x"\n')
    assert main(["rules", "worklink", "--target", "iptables", "--site", str(file)]) == 1
    _, err = capsys.readouterr()
    assert "site.toml: clients[0] is no network" in err
    assert "site.toml: proxy is" in err


def test_the_targets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--list-targets"]) == 0
    out, _ = capsys.readouterr()
    names = [line.split()[0] for line in out.splitlines() if not line.startswith(" ")]
    assert names == list(TARGETS) == sorted(TARGETS)
