"""The script for Check Point, run by a shell against a stand-in for `mgmt_cli` that remembers its objects."""

import os
import subprocess
from ipaddress import ip_network
from pathlib import Path

import pytest

from sightline.readiness.compile import compile
from sightline.readiness.site import Selection, Site
from sightline.readiness.targets.check_point import TARGET
from tests.unit.readiness.manifests import manifest, with_requirement

# Objects are files in $STATE; every call that is not a question is a line of $STATE/log.
STAND_IN = """\
#!/bin/sh
set -eu
case $1 in
  login) echo session ;;
  logout) ;;
  show) cat "$STATE/$2 $4" ;;
  add) [ ! -e "$STATE/$2 $4" ]; echo "$*" >> "$STATE/log"; echo "is-sub-domain: ${6:-}" > "$STATE/$2 $4" ;;
  set) [ -e "$STATE/$2 $4" ]; echo "$*" >> "$STATE/log" ;;
  delete) rm "$STATE/$2 $4" ;;
  *) echo "$*" >> "$STATE/log" ;;
esac
"""


@pytest.fixture
def scripts(tmp_path: Path) -> tuple[Path, Path]:
    site = Site(clients=(ip_network("10.0.0.0/8"),))
    compiled = compile(manifest(with_requirement()), site, Selection(), frozenset(), TARGET)
    for file in compiled.files:
        (tmp_path / file.name).write_text(file.text)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/mgmt_cli").write_text(STAND_IN)
    (tmp_path / "bin/mgmt_cli").chmod(0o755)
    (tmp_path / "state").mkdir()
    first, second = (tmp_path / file.name for file in compiled.files)
    return first, second


def run(script: Path) -> subprocess.CompletedProcess[str]:
    home = script.parent
    environment = os.environ | {"PATH": f"{home / 'bin'}:{os.environ['PATH']}", "STATE": str(home / "state")}
    log = home / "state/log"
    log.write_text("")
    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, check=False)
    return subprocess.CompletedProcess(done.args, done.returncode, log.read_text(), done.stderr)


def verbs(done: subprocess.CompletedProcess[str]) -> set[str]:
    assert done.returncode == 0, done.stderr
    return {line.split()[0] for line in done.stdout.splitlines()}


def test_what_is_not_there_is_added_and_what_is_there_is_set(scripts: tuple[Path, Path]) -> None:
    assert verbs(run(scripts[0])) == {"add", "publish", "discard"}
    assert verbs(run(scripts[0])) == {"set", "publish", "discard"}


def test_the_undo_takes_everything_away(scripts: tuple[Path, Path]) -> None:
    run(scripts[0])
    assert verbs(run(scripts[1])) == {"publish", "discard"}
    assert [each.name for each in (scripts[0].parent / "state").iterdir()] == ["log"]


def test_a_domain_object_that_is_wider_is_left_alone_and_nothing_is_published(scripts: tuple[Path, Path]) -> None:
    (scripts[0].parent / "state/dns-domain .www.example.com").write_text("is-sub-domain: true\n")
    done = run(scripts[0])
    assert done.returncode == 1
    assert "nothing was done" in done.stderr
    assert "publish" not in done.stdout
