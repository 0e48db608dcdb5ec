"""`sightline profile import`: drafts, questions on a real terminal, PDFs, and what is refused."""

import io
import os
import pty
import subprocess
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from sightline.cli.main import main
from sightline.readiness.manifest import Manifest
from sightline.readiness.parsing import parse
from tests.sightline_server import BIN

ARTICLES = sorted((Path(__file__).parents[3] / "vectors/articles").glob("*.txt"))


def read(text: str) -> Manifest:
    parsed = parse(text, "draft.toml")
    assert parsed.manifest is not None, parsed.problems
    return parsed.manifest


@pytest.mark.parametrize("article", ARTICLES, ids=lambda file: file.stem)
def test_a_draft_is_written_and_its_questions_are_listed(article: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "import", str(article), "--draft"]) == 0
    out, err = capsys.readouterr()
    assert read(out).service == article.stem
    assert err.startswith("1. ")
    assert "questions are open" in err.splitlines()[-1]
    assert max(map(len, err.splitlines())) <= 103


def test_a_draft_can_be_shown_and_nothing_of_it_is_a_host(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = tmp_path / "draft.toml"
    assert main(["profile", "import", str(ARTICLES[-1]), "--draft", "--out", str(draft)]) == 0
    assert main(["profile", "import", str(ARTICLES[-1]), "--draft", "--out", str(draft)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["profile", "export", str(draft), "--format", "edl"]) == 0
    assert capsys.readouterr().out == "# names\n# wildcards\n# addresses\n"
    assert main(["profile", "lint", str(draft)]) == 1
    assert "error unconfirmed" in capsys.readouterr().out


def test_a_person_is_asked_on_the_terminal_and_can_go_on_later(tmp_path: Path) -> None:
    article, first, second = tmp_path / "small.txt", tmp_path / "first.toml", tmp_path / "second.toml"
    article.write_text("Open port 443 (TCP) to www.example.com and a.example.com.\n")
    told = on_a_terminal(["profile", "import", str(article), "--out", str(first)], b"maybe\n1\nq\n")
    assert "Answer y, or numbers from 1 to 2, or nothing." in told
    assert [end.kind for end in read(first.read_text()).requirements[0].endpoints] == ["name", "unconfirmed"]
    on_a_terminal(["profile", "import", str(first), "--out", str(second)], b"y\nc\n")
    one = read(second.read_text()).requirements[0]
    assert [(end.kind, end.text) for end in one.endpoints] == [("name", "www.example.com"), ("name", "a.example.com")]
    assert one.flows[0].initiator == "from"


def on_a_terminal(arguments: list[str], typed: bytes) -> str:
    """What it says to a person who types this."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed)
        done = subprocess.run(
            [str(BIN / "sightline"), *arguments], stdin=theirs, capture_output=True, text=True, timeout=60
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_nobody_else_can_answer(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["profile", "import", str(ARTICLES[0]), "--yes"]) == 1
    assert "has to be confirmed by a person" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("y\ny\n"))
    assert main(["profile", "import", str(ARTICLES[0])]) == 1
    assert "There is nobody to ask." in capsys.readouterr().err


def table_pdf(file: Path) -> Path:
    canvas = Canvas(str(file), pagesize=A4)
    for row, cells in enumerate(
        [
            ("Service", "Host", "Port", "Protocol"),
            ("Web portal", "portal.example.com", "443", "TCP"),
            ("Media", "*.media.example.com", "3478, 4000-4100", "UDP"),
        ]
    ):
        for column, cell in enumerate(cells):
            canvas.drawString(40 + 140 * column, 780 - 20 * row, cell)
    canvas.save()
    return file


def test_a_table_in_a_pdf_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "import", str(table_pdf(tmp_path / "ports.pdf")), "--draft"]) == 0
    found = {one.purpose: one for one in read(capsys.readouterr().out).requirements}
    assert list(found) == ["Web portal", "Media"]
    assert found["Web portal"].endpoints[0].believed[0].text == "portal.example.com"
    assert [(ports.transport, ports.set) for ports in found["Media"].ports] == [("udp", "3478, 4000-4100")]


@pytest.mark.parametrize("body", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"1 0 obj<<" * 20_000, b"%PDF\xff" * 1000])
def test_a_broken_pdf_is_refused(body: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(body)
    assert main(["profile", "import", str(file), "--draft"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert "PDF" in err or "holds no text" in err


@pytest.mark.parametrize(
    ("body", "what"),
    [(b"\xff\xfe\x00", "is not UTF-8 text"), (b"", "No host and no port"), (b"[" * 100_000, "nested too deeply")],
)
def test_what_is_no_document_is_refused(
    body: bytes, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(body)
    assert main(["profile", "import", str(file), "--draft"]) == 1
    assert what in capsys.readouterr().err


def test_a_file_of_more_than_64_mib_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as stream:
        stream.truncate((64 << 20) + 1)
    assert main(["profile", "import", str(file), "--draft"]) == 1
    assert "is larger than 67108864 bytes" in capsys.readouterr().err
