"""The script that looks names up for pf, run by a shell against a stand-in for `pfctl`."""

import os
import subprocess
from pathlib import Path

from sightline.readiness.compile import compile
from sightline.readiness.site import Selection, Site
from sightline.readiness.targets.pf import TARGET
from tests.unit.readiness.manifests import manifest, with_requirement

# Tables whose names it cannot find are lines of $STATE/unknown.
STAND_IN = """\
#!/bin/sh
echo "$*" >> "$STATE/log"
! grep -q -- "$5" "$STATE/unknown"
"""


def run(folder: Path, unknown: str) -> tuple[int, list[str]]:
    compiled = compile(manifest(with_requirement()), Site(), Selection(), frozenset(), TARGET)
    script = folder / compiled.files[1].name
    script.write_text(compiled.files[1].text)
    pfctl = folder / "pfctl"
    pfctl.write_text(STAND_IN)
    pfctl.chmod(0o755)
    (folder / "unknown").write_text(unknown)
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "STATE": str(folder)}
    done = subprocess.run(["sh", str(script)], env=environment, check=False)
    return done.returncode, (folder / "log").read_text().splitlines()


def test_every_table_is_filled_with_its_names(tmp_path: Path) -> None:
    code, calls = run(tmp_path, "")
    assert code == 0
    assert calls == [
        f"-q -a sightline/small -t {requirement}-tcp-n -T replace {name}.example.com"
        for requirement, name in (("web", "www"), ("other", "other"))
    ]


def test_a_name_that_is_not_found_stops_no_other_table_and_is_told(tmp_path: Path) -> None:
    code, calls = run(tmp_path, "web-tcp-n\n")
    assert code == 1
    assert len(calls) == 2
