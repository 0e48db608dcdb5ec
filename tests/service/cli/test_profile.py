"""`sightline profile` on the profiles of the checkout and on files."""

import csv
import io
import json
from pathlib import Path

import pytest

from sightline.cli.main import main
from sightline.readiness.rows import COLUMNS
from sightline.store.profiles import folder

NAMES = ["eschat", "glarassist", "remotespark", "whereby", "worklink"]


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """WorkLink, with one port more and one host less."""
    text = (folder() / "worklink.toml").read_text()
    text = text.replace(
        'ports = [{ transport = "udp", set = "24000" }', 'ports = [{ transport = "udp", set = "24000-24001" }'
    )
    text = text.replace('  { kind = "name", text = "proxy-sg.scopear.com" },\n', "")
    file = tmp_path / "edited.toml"
    file.write_text(text.replace('version = ""\n', 'version = ""\neffective = 2027-02-01\n').replace(
        'fields = ["service", "title"]', 'fields = ["service", "title", "effective"]'))  # fmt: skip
    return file


def test_list_names_the_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_table_fits_into_a_hundred_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", name]) == 0
    out, _ = capsys.readouterr()
    assert max(map(len, out.splitlines())) <= 100
    assert out.splitlines()[3].split() == ["REQUIREMENT", "NEED", "HOST", "PORTS"]


@pytest.mark.parametrize("name", NAMES)
def test_json_and_csv_hold_the_same_rows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", name, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert main(["profile", "show", name, "--format", "csv"]) == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert lines == rows
    assert tuple(rows[0]) == COLUMNS


def test_what_is_shown_can_be_narrowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", "eschat", "--format", "json", "--platform", "android"]) == 0
    assert "17.0.0.0/8" not in capsys.readouterr().out
    assert main(["profile", "show", "eschat", "--format", "json", "--platform", "ios"]) == 0
    assert "17.0.0.0/8" in capsys.readouterr().out
    assert main(["profile", "show", "worklink", "--format", "json", "--only", "recommended"]) == 0
    assert {row["requirement"] for row in json.loads(capsys.readouterr().out)} == {"twilio"}
    assert main(["profile", "show", "remotespark", "--format", "json", "--region", "europe"]) == 0
    assert "north-america" not in {row["requirement"] for row in json.loads(capsys.readouterr().out)}


def test_an_unknown_region_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", "whereby", "--region", "Mars"]) == 0
    assert "Nothing in it is bound to the region Mars." in capsys.readouterr().err


@pytest.mark.parametrize(("name", "code"), [("eschat", 0), ("worklink", 0), ("glarassist", 1), ("remotespark", 1)])
def test_lint_ends_with_one_if_there_is_an_error(name: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "lint", name]) == code
    out, err = capsys.readouterr()
    assert out.startswith("error " if code else "warning ")
    assert err.endswith(" notes.\n")


def test_lint_lists_every_problem_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.toml"
    file.write_text((folder() / "whereby.toml").read_text().replace("preference", "preferance"))
    assert main(["profile", "lint", str(file)]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == (
        "error not-a-manifest broken.toml: requirement media: preferance is not known. Did you mean preference?"
    )
    assert err == "3 problems.\n"


def test_show_refuses_what_is_no_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("format = 2")
    assert main(["profile", "show", str(file)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "broken.toml: format must be one of 1, not 2" in err


def test_diff_says_what_to_do_and_by_when(edited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "diff", "worklink", str(edited)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "add udp 24001 outbound+inbound? master.scopear.com, by 2027-02-01 (master)",
        "remove tcp 80, 443, 3478 outbound+inbound? proxy-sg.scopear.com, not before 2027-02-01 (relay)",
        "remove udp 3478, 49152-65535 outbound+inbound? proxy-sg.scopear.com, not before 2027-02-01 (relay)",
    ]


def test_diff_of_the_same_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "diff", "eschat", "eschat"]) == 0
    assert capsys.readouterr() == ("", "Nothing to do.\n")


@pytest.mark.parametrize("name", ["nope", "../pyproject", "./nope.toml", "/nope/nope.toml"])
def test_an_unknown_profile_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", name]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "There are: eschat, glarassist, remotespark, whereby, worklink." in err


def test_a_file_that_is_not_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "image.toml"
    file.write_bytes(b"\xff\xfe\x00")
    assert main(["profile", "lint", str(file)]) == 1
    assert "is not UTF-8 text" in capsys.readouterr().err


def test_a_cell_is_no_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "formula.toml"
    text = (folder() / "worklink.toml").read_text()
    file.write_text(text.replace('text = "Expert list not shown."', "text = '=HYPERLINK(\"x\")'"))
    assert main(["profile", "show", str(file), "--format", "csv"]) == 0
    assert "'=HYPERLINK" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["m365", "csv", "edl", "json", "toml"])
@pytest.mark.parametrize("name", NAMES)
def test_every_profile_is_exported_in_every_format(name: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "export", name, "--format", form]) == 0
    out, err = capsys.readouterr()
    assert out
    assert bool(err) == (form not in ("json", "toml"))
    assert all(line.split(":")[0] in ("left out", "narrowed", "widened", "not held") for line in err.splitlines())


def test_an_export_that_was_written_to_a_file_is_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("json", "toml"):
        assert main(["profile", "export", "worklink", "--format", form]) == 0
        file = tmp_path / f"again.{form}"
        file.write_text(capsys.readouterr().out)
        assert main(["profile", "diff", "worklink", str(file)]) == 0
        assert capsys.readouterr() == ("", "Nothing to do.\n")


def test_a_value_is_filled_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", "eschat", "--set", "signaling_port=7400", "--format", "csv"]) == 0
    out = capsys.readouterr().out
    assert ",tcp,7400," in out
    assert "${signaling_port}" not in out
    assert main(["profile", "show", "eschat", "--set", "signaling_port=70000"]) == 1
    assert "there is no port 70000" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--format", "mud"], "names the address"),
        (["--format", "mud", "--url", "http://example.com/x"], "names the address"),
        (["--format", "m365", "--part", "names"], "m365 has no part names"),
        (["--format", "csv", "--part", "names"], "csv has no part names"),
        (["--format", "m365", "--part", "changes"], "Changes are changes since a version."),
    ],
)
def test_an_export_says_what_it_needs(arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "export", "worklink", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert what in err


def test_the_parts_of_an_export(edited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "export", str(edited), "--format", "m365", "--part", "changes", "--since", "worklink"]) == 0
    assert {change["disposition"] for change in json.loads(capsys.readouterr().out)} == {"Change"}
    assert main(["profile", "export", str(edited), "--format", "m365", "--part", "version"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["latest"] == "2027020100"
    assert main(["profile", "export", "worklink", "--format", "mud", "--url", "https://example.com/x"]) == 0
    assert "ietf-mud:mud" in json.loads(capsys.readouterr().out)
