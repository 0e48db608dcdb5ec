"""A certificate and a key that others put into files, and replace while we run."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sightline.config import load
from sightline.errors import CertificateError
from sightline.server.certificates import certificate_source
from sightline.server.certificates.files import FilesSource
from tests.service.certificates.conftest import DAY, Clock, Door

LOOK_EVERY_S = 0.02


def make(folder: Path, name: str = "a", days: int = 90, kind: str = "ec") -> None:
    """What an administrator would do by hand."""
    algorithm = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"], "ed25519": ["ed25519"]}[kind]
    command = ["openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-days", str(days), "-subj", f"/CN={name}"]
    subprocess.run(
        [*command, "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt")],
        check=True,
        capture_output=True,
    )


def install(folder: Path, name: str) -> None:
    """Replace both files as certbot does, one after the other."""
    for ending in ("crt", "key"):
        (folder / f".new.{ending}").write_bytes((folder / f"{name}.{ending}").read_bytes())
        (folder / f".new.{ending}").rename(folder / f"server.{ending}")


@pytest.fixture
def source(tmp_path: Path, clock: Clock) -> FilesSource:
    make(tmp_path, "a")
    make(tmp_path, "b")
    install(tmp_path, "a")
    return FilesSource(tmp_path / "server.crt", tmp_path / "server.key", clock, LOOK_EVERY_S)


@pytest.fixture
async def watched(source: FilesSource, door: Door) -> AsyncIterator[FilesSource]:
    watching = asyncio.create_task(source.watch(door))
    await asyncio.sleep(0)
    yield source
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


async def rounds(count: int = 6) -> None:
    await asyncio.sleep(LOOK_EVERY_S * count)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_what_the_files_hold_is_served(tmp_path: Path, clock: Clock, kind: str) -> None:
    make(tmp_path, "a", kind=kind)
    ((chain, key),) = FilesSource(tmp_path / "a.crt", tmp_path / "a.key", clock).current()
    assert chain == (tmp_path / "a.crt").read_bytes()
    assert key == (tmp_path / "a.key").read_bytes()


def test_the_intermediate_certificates_are_served_too(tmp_path: Path, source: FilesSource) -> None:
    with (tmp_path / "server.crt").open("ab") as file:
        file.write((tmp_path / "b.crt").read_bytes())
    assert source.current()[0][0] == (tmp_path / "a.crt").read_bytes() + (tmp_path / "b.crt").read_bytes()


def test_a_passphrase_is_named_with_the_way_out(tmp_path: Path, clock: Clock) -> None:
    make(tmp_path)
    protect = [
        "openssl",
        "pkey",
        "-in",
        str(tmp_path / "a.key"),
        "-aes128",
        "-passout",
        "pass:x",
        "-out",
        str(tmp_path / "p.key"),
    ]
    subprocess.run(protect, check=True)
    with pytest.raises(CertificateError, match="protected by a passphrase") as caught:
        FilesSource(tmp_path / "a.crt", tmp_path / "p.key", clock).current()
    assert "openssl pkey -in" in caught.value.hint


def test_the_older_way_of_a_passphrase_is_named_too(tmp_path: Path, clock: Clock) -> None:
    make(tmp_path, kind="rsa")
    protect = ["openssl", "rsa", "-in", str(tmp_path / "a.key"), "-aes128", "-passout", "pass:x", "-traditional"]
    subprocess.run([*protect, "-out", str(tmp_path / "p.key")], check=True, capture_output=True)
    with pytest.raises(CertificateError, match="protected by a passphrase"):
        FilesSource(tmp_path / "a.crt", tmp_path / "p.key", clock).current()


def test_what_is_wrong_is_said(tmp_path: Path, source: FilesSource, clock: Clock) -> None:
    make(tmp_path, "e", kind="ed25519")
    (tmp_path / "reversed.crt").write_bytes((tmp_path / "b.crt").read_bytes() + (tmp_path / "a.crt").read_bytes())
    cases = [
        ("a.crt", "b.key", "is not the key of", "as a pair"),
        ("reversed.crt", "a.key", "is not the key of", "own certificate first"),
        ("absent.crt", "a.key", "cannot be read: No such file", "may read it"),
        ("a.key", "a.key", "holds no certificate", "BEGIN CERTIFICATE"),
        ("a.crt", "a.crt", "holds no private key", "BEGIN PRIVATE KEY"),
        ("e.crt", "e.key", "of a kind that browsers do not take", "ECDSA or RSA"),
    ]
    for certificate, key, message, hint in cases:
        with pytest.raises(CertificateError, match=message) as caught:
            FilesSource(tmp_path / certificate, tmp_path / key, clock).current()
        assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("later", "event"),
    [(0, None), (80, "certificate_expires_soon"), (91, "certificate_expired"), (-2, "certificate_not_yet_valid")],
)
def test_dates_are_warned_of_and_served_all_the_same(
    source: FilesSource, clock: Clock, logged: list[Any], later: int, event: str | None
) -> None:
    clock.now += later * DAY
    assert source.current()
    assert [each["event"] for each in logged] == ([event] if event else [])


async def test_new_files_are_taken_over(tmp_path: Path, watched: FilesSource, door: Door) -> None:
    await rounds()
    assert door.given == []
    install(tmp_path, "b")
    await rounds()
    assert door.given == [[((tmp_path / "b.crt").read_bytes(), (tmp_path / "b.key").read_bytes())]]


async def test_a_pair_that_is_half_replaced_is_waited_for(
    tmp_path: Path, watched: FilesSource, door: Door, logged: list[Any]
) -> None:
    (tmp_path / "server.crt").write_bytes((tmp_path / "b.crt").read_bytes())
    await rounds()
    (warning,) = logged
    assert warning["event"] == "certificate_kept"
    assert "is not the key of" in warning["reason"]
    (tmp_path / "server.key").write_bytes((tmp_path / "b.key").read_bytes())
    await rounds()
    assert len(door.given) == 1


async def test_broken_files_keep_the_old_certificate_and_are_told_once(
    tmp_path: Path, watched: FilesSource, door: Door, logged: list[Any]
) -> None:
    (tmp_path / "server.crt").unlink()
    await rounds(12)
    assert door.given == []
    assert [each["event"] for each in logged] == ["certificate_kept"]
    install(tmp_path, "b")
    await rounds()
    assert len(door.given) == 1


async def test_a_link_that_points_elsewhere_is_noticed(tmp_path: Path, clock: Clock, door: Door) -> None:
    """How Kubernetes replaces a mounted secret: one link is renamed, the names stay."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make(tmp_path / name, "tls")
        stamp = 1_700_000_000
        for path in (tmp_path / name).iterdir():
            os.utime(path, (stamp, stamp))
    (tmp_path / "data").symlink_to("a")
    source = FilesSource(tmp_path / "data" / "tls.crt", tmp_path / "data" / "tls.key", clock, LOOK_EVERY_S)
    watching = asyncio.create_task(source.watch(door))
    await rounds()
    (tmp_path / "data2").symlink_to("b")
    (tmp_path / "data2").rename(tmp_path / "data")
    await rounds()
    watching.cancel()
    assert [given[0][0] for given in door.given] == [(tmp_path / "b" / "tls.crt").read_bytes()]


async def test_asked_for_it_looks_at_once(tmp_path: Path, clock: Clock, door: Door) -> None:
    make(tmp_path, "a")
    source = FilesSource(tmp_path / "a.crt", tmp_path / "a.key", clock, look_every_s=3600)
    watching = asyncio.create_task(source.watch(door))
    await asyncio.sleep(0)
    source.check_now()
    await asyncio.sleep(0.1)
    watching.cancel()
    assert len(door.given) == 1


async def test_what_the_door_refuses_is_told(
    tmp_path: Path, watched: FilesSource, door: Door, logged: list[Any]
) -> None:
    door.refuses = "chain 0: unsupported curve"
    install(tmp_path, "b")
    await rounds()
    assert [each["reason"] for each in logged] == ["chain 0: unsupported curve"]


def test_the_settings_choose_files(tmp_path: Path, clock: Clock) -> None:
    make(tmp_path)
    environment = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "SIGHTLINE_TLS_SOURCE": "files",
        "SIGHTLINE_TLS_CERTIFICATE": str(tmp_path / "a.crt"),
        "SIGHTLINE_TLS_KEY": str(tmp_path / "a.key"),
    }
    source = certificate_source(load(None, environment), tmp_path, clock)
    assert source.authority_pem() is None
    assert len(source.current()) == 1
