"""Squid itself reads what is written for it, and lets through what the permits say."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sightline.readiness.compile import compile as compile_rules
from sightline.readiness.site import Selection, Site
from sightline.readiness.targets import TARGETS
from sightline.store.profiles import profiles

SQUID = shutil.which("squid") or "/usr/sbin/squid"


@pytest.mark.skipif(not Path(SQUID).exists(), reason="squid is not installed: apt-get install squid")
@pytest.mark.parametrize("name", ["eschat", "glarassist", "remotespark", "whereby", "worklink"])
def test_squid_parses_it(name: str, tmp_path: Path) -> None:
    compiled = compile_rules(profiles()[name], Site(), Selection(), frozenset(), TARGETS["squid"])
    rules = tmp_path / "service.conf"
    rules.write_text(compiled.files[0].text)
    config = tmp_path / "squid.conf"
    config.write_text(
        f"pid_filename {tmp_path}/squid.pid\ncoredump_dir {tmp_path}\ncache_log {tmp_path}/cache.log\n"
        f"include {rules}\nhttp_access deny all\nhttp_port 127.0.0.1:3128\n"
    )
    done = subprocess.run([SQUID, "-k", "parse", "-f", str(config)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if "ERROR" in line or "WARNING" in line], done.stderr
