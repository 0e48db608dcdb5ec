"""The documents do not lie: their settings load, their commands run, their targets and files exist."""

import re
import subprocess
from pathlib import Path

import pytest

from sightline.config import load
from tests.sightline_server import BIN, SightlineServer

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("[lbp]*/*.md")]
    if ".venv" not in path.parts
)
BLOCK = re.compile(r"(<!-- run -->\n)?```(\w+)\n(.*?)```", re.DOTALL)


def blocks(page: Path, language: str) -> list[tuple[bool, str]]:
    """(is to be run, text) of each block in a language."""
    return [(bool(run), text) for run, kind, text in BLOCK.findall(page.read_text()) if kind == language]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_settings_example_loads(page: Path, tmp_path: Path) -> None:
    for number, (_, text) in enumerate(blocks(page, "toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text(text)
        load(file, {"HOME": str(tmp_path)}, {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    named = {
        name
        for line in re.findall(r"^make ([^#\n]+)", text, re.MULTILINE) + re.findall(r"`make ([^`]+)`", text)
        for name in line.split()
        if re.fullmatch(r"[a-z][a-z0-9-]*", name)
    }
    assert named <= targets, f"no such target: {named - targets}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def test_every_file_that_the_architecture_names_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`((?:src|rust|web|tests|docs|tools|bench)/[\w./-]+)`", text))
    assert named, "the table names files"
    missing = [name for name in named if not (ROOT / name).exists()]
    assert missing == []


@pytest.mark.parametrize("name", ["install", "relay"])
def test_the_commands_of_a_guide_to_a_running_server_run(name: str, tmp_path: Path) -> None:
    server = SightlineServer(tmp_path)
    server.start()
    try:
        (tmp_path / "sightline.toml").write_text('data = "data"\n')
        commands = [text for is_run, text in blocks(ROOT / f"docs/guides/{name}.md", "sh") if is_run]
        assert len(commands) == 2
        for command in commands:
            done = subprocess.run(
                ["bash", "-euc", command.replace("http://localhost:8080", server.local_url)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(tmp_path)},
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout
    finally:
        server.stop()


@pytest.mark.parametrize("name", ["documents", "profiles", "rules"])
def test_the_commands_of_a_guide_that_needs_no_server_run(name: str, tmp_path: Path) -> None:
    commands = [text for is_run, text in blocks(ROOT / f"docs/guides/{name}.md", "sh") if is_run]
    assert commands
    for command in commands:
        done = subprocess.run(
            ["bash", "-euc", command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={"PATH": f"{BIN}:/usr/bin:/bin"},
        )
        assert done.returncode == 0, done.stderr
