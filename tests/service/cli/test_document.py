"""`sightline document`: every kind in every format, and what it says when it cannot."""

from pathlib import Path

import pytest

from sightline.cli.document import FORMATS
from sightline.cli.main import main

BEGINS = {"md": b"# ", "html": b"<!doctype html>", "csv": b"", "pdf": b"%PDF-", "xlsx": b"PK"}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("kind", ["change-request", "one-page", "table"])
def test_every_kind_in_every_format(kind: str, format_: str, tmp_path: Path) -> None:
    out = tmp_path / "document"
    arguments = ["document", "worklink", "--kind", kind, "--format", format_, "--language", "fr", "--output", str(out)]
    assert main(arguments) == 0
    assert out.read_bytes().startswith(BEGINS[format_])


def test_a_site_and_variables_are_in_it(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    site = tmp_path / "site.toml"
    site.write_text('name = "Werk Linz"\nclients = ["10.20.0.0/16"]\n')
    arguments = ["document", "worklink", "--site", str(site), "--set", "twilio_region=de1", "--only", "recommended"]
    assert main(arguments) == 0
    text = capfdbinary.readouterr().out.decode()
    assert "Werk Linz" in text
    assert "10.20.0.0/16" in text
    assert "de1.turn.twilio.com" in text
    assert "cms.scopear.com" not in text


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["document", "worklink", "--output", str(tmp_path / "no" / "document.md")]) == 1
    assert "cannot be written" in capsys.readouterr().err
