"""The rules of the house are enforced by machine: each is broken here on purpose, in a copy, and must be caught."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of what the linters read."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(folder: Path, *command: str, **environment: str) -> tuple[int, str]:
    result = subprocess.run(
        [*command], cwd=folder, capture_output=True, text=True, env={"PATH": f"{BIN}:/usr/bin:/bin", **environment}
    )
    return result.returncode, result.stdout + result.stderr


def lint_imports(house: Path) -> tuple[int, str]:
    return run(house, "lint-imports", "--no-cache", PYTHONPATH=str(house / "src"), NO_COLOR="1", COLUMNS="200")


def add(house: Path, path: str, line: str) -> None:
    file = house / "src/sightline" / path
    file.parent.mkdir(exist_ok=True)
    file.write_text((file.read_text() if file.exists() else '"""A new room."""\n') + f"\n{line}\n")


def test_the_house_as_it_stands_keeps_its_contracts(house: Path) -> None:
    code, output = lint_imports(house)
    assert code == 0, output


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("wire/signalling.py", "import sightline.server.app", "Imports point downwards"),
        ("store/database.py", "import sightline.media.front_door", "Imports point downwards"),
        ("calls/call.py", "import sightline.clock", "Imports point downwards"),
        ("calls/call.py", "import sightline.people.roles", "Imports point downwards"),
        ("calls/call.py", "import socket", "The core is told the time"),
        ("people/presence.py", "import random", "The core is told the time"),
        ("relays/health.py", "import time", "The core is told the time"),
        ("relays/choice.py", "import sightline.calls.call", "Imports point downwards"),
        ("readiness/targets/__init__.py", "import os", "The core is told the time"),
        ("wire/proxy_header.py", "import logging", "The core is told the time"),
        ("talk/__init__.py", "import time", "The core is told the time"),
    ],
)
def test_a_broken_import_contract_is_caught(house: Path, path: str, line: str, contract: str) -> None:
    add(house, path, line)
    code, output = lint_imports(house)
    assert code != 0, output
    assert any(contract in text and "BROKEN" in text for text in output.splitlines()), output


def test_a_new_package_without_a_place_in_the_contracts_is_caught(house: Path) -> None:
    add(house, "misc/__init__.py", "")
    code, output = lint_imports(house)
    assert code != 0, output
    assert "misc" in output, output


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("server/app.py", "import time\nSTARTED = time.time()"),
        ("people/throttle.py", "from datetime import datetime\nNOW = datetime.now()"),
        ("cli/main.py", "from sightline.media._native import FrontDoor"),
    ],
)
def test_a_banned_name_is_caught(house: Path, path: str, line: str) -> None:
    add(house, path, line)
    code, output = run(house, "ruff", "check", "--no-cache", "--select", "TID251", "src")
    assert code != 0
    assert "TID251" in output


@pytest.mark.parametrize(
    "line",
    [
        "pub fn now() -> std::time::Instant { std::time::Instant::now() }",
        'pub fn bind() -> std::io::Result<std::net::UdpSocket> { std::net::UdpSocket::bind("[::]:0") }',
    ],
)
def test_clippy_refuses_a_clock_or_a_socket_in_the_core(tmp_path: Path, line: str) -> None:
    ignore = shutil.ignore_patterns("target", "fuzz")
    shutil.copytree(ROOT / "rust", tmp_path / "rust", ignore=ignore)
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(ROOT / name, tmp_path)
    lib = tmp_path / "rust/core/src/lib.rs"
    lib.write_text(lib.read_text() + f"\n/// Broken on purpose.\n{line}\n")
    cargo = shutil.which("cargo")
    assert cargo, "cargo is needed to build Sightline at all"
    # What the core depends on is built once and kept.
    environment = {**os.environ, "CARGO_TARGET_DIR": str(ROOT / "target" / "house")}
    command = [
        cargo,
        "clippy",
        "--quiet",
        "--offline",
        "-p",
        "sightline-core",
        "--",
        "-D",
        "clippy::disallowed_methods",
    ]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode != 0
    assert "use of a disallowed" in result.stderr, result.stderr


def test_the_core_forbids_unsafe_code() -> None:
    assert "forbid(unsafe_code)" in (ROOT / "rust/core/src/lib.rs").read_text()
