"""When an ACME authority is asked, and what is served meanwhile. The authority itself is in tests/interop/acme."""

import asyncio
import contextlib
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sightline.config import Config, load
from sightline.media.front_door import AcmeCertificate, AcmeRequest
from sightline.server.certificates import certificate_source, pem
from sightline.server.certificates.acme import AcmeSource
from sightline.server.certificates.authority import LocalSource
from tests.service.certificates.conftest import DAY, MACHINE, Clock, Door

NAME = "assist.example.com"
LIFETIME = 90 * DAY


def issue(clock: Clock, names: tuple[str, ...] = (NAME,)) -> AcmeCertificate:
    """What a public authority would give."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    begins = datetime.fromtimestamp(clock.now, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(seconds=LIFETIME))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return AcmeCertificate('{"key": "of the account"}', pem.of(certificate).decode(), pem.of_key(key).decode())


class Authority:
    """Answers, or fails as often as it is told to."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.requests, self.failures = clock, list[AcmeRequest](), list[Exception]()
        self.asked_at: list[float] = []
        self.names = (NAME,)

    def __call__(self, request: AcmeRequest) -> AcmeCertificate:
        self.requests.append(request)
        self.asked_at.append(self.clock.now)
        if self.failures:
            raise self.failures.pop(0)
        return issue(self.clock, self.names)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    environment = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "SIGHTLINE_TLS_SOURCE": "acme",
        "SIGHTLINE_ACME_NAMES": NAME,
        "SIGHTLINE_ACME_CONTACT": "it@example.com",
    }
    return load(None, environment)


@pytest.fixture
def make(tmp_path: Path, clock: Clock, config: Config) -> Callable[[], AcmeSource]:
    fallback = LocalSource(tmp_path / "certificates", (), clock, lambda: MACHINE)
    return lambda: AcmeSource(config, tmp_path / "certificates" / "acme", fallback, clock, lambda: 0.0)


@pytest.fixture
async def sleeps(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time passes only while the source waits, and then at once."""
    slept: list[float] = []

    async def wait_for(waiting: Any, seconds: float) -> Any:
        waiting.close()
        slept.append(seconds)
        clock.now += seconds
        await asyncio.sleep(0)
        raise TimeoutError

    monkeypatch.setattr("sightline.server.certificates.acme.asyncio.wait_for", wait_for)
    return slept


async def watch(source: AcmeSource, door: Door, until: Callable[[], bool]) -> None:
    task = asyncio.create_task(source.watch(door))
    async with asyncio.timeout(20):
        while not until():
            await asyncio.sleep(0.001)
            assert not task.done(), task.exception()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def names_in(chain: bytes) -> list[str]:
    certificate = x509.load_pem_x509_certificate(chain)
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )


async def test_until_the_first_success_our_own_authority_serves(
    make: Callable[[], AcmeSource], clock: Clock, door: Door, sleeps: list[float], tmp_path: Path
) -> None:
    source = make()
    (ours,) = source.current()
    assert "localhost" in names_in(ours[0])
    door.obtain = authority = Authority(clock)
    await watch(source, door, lambda: bool(door.given))
    assert [names_in(chain) for chain, _ in door.given[0]] == [[NAME], names_in(ours[0])]
    assert authority.requests[0] == AcmeRequest(
        "https://acme-v02.api.letsencrypt.org/directory", [NAME], ["mailto:it@example.com"]
    )
    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "certificates" / "acme").iterdir()}
    assert kept == {"account.json": 0o600, "certificate.pem": 0o600}


async def test_after_a_restart_the_kept_certificate_serves_and_nobody_is_asked(
    make: Callable[[], AcmeSource], clock: Clock, door: Door, sleeps: list[float]
) -> None:
    door.obtain = authority = Authority(clock)
    await watch(make(), door, lambda: bool(door.given))
    again = make()
    assert again.current() == door.given[0]
    sleeps.clear()
    await watch(again, door, lambda: len(sleeps) > 20)
    assert len(authority.requests) == 1
    assert set(sleeps) == {3600.0}


async def test_it_is_renewed_at_two_thirds_of_its_lifetime_with_the_same_account(
    make: Callable[[], AcmeSource], clock: Clock, door: Door, sleeps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.server.certificates.acme.LOOK_EVERY_S", 5 * DAY)  # fewer steps of the same way
    door.obtain = authority = Authority(clock)
    await watch(make(), door, lambda: len(door.given) == 3)
    first, second, third = authority.asked_at[:3]
    assert second - first == pytest.approx(LIFETIME * 2 / 3, abs=5)
    assert third - second == pytest.approx(LIFETIME * 2 / 3, abs=5)
    assert [request.account for request in authority.requests[:3]] == [None] + ['{"key": "of the account"}'] * 2


async def test_failures_are_told_and_spaced_out_below_five_an_hour(
    make: Callable[[], AcmeSource], clock: Clock, door: Door, sleeps: list[float], logged: list[Any]
) -> None:
    door.obtain = authority = Authority(clock)
    authority.failures = [OSError("not reached"), *(ValueError("urn:ietf:params:acme:error:dns") for _ in range(7))]
    await watch(make(), door, lambda: bool(door.given))
    begin = authority.asked_at[0]
    assert [round((at - begin) / 60) for at in authority.asked_at] == [0, 1, 5, 21, 85, 341, 701, 1061, 1421]
    warnings = [event for event in logged if event["log_level"] == "warning"]
    assert [event["event"] for event in warnings] == ["certificate_not_obtained"] * 8
    assert warnings[1]["reason"] == "urn:ietf:params:acme:error:dns"


async def test_an_authority_that_gives_what_is_of_no_use_is_not_hammered(
    make: Callable[[], AcmeSource], clock: Clock, door: Door, sleeps: list[float], logged: list[Any]
) -> None:
    door.obtain = authority = Authority(clock)
    authority.names = ("other.example.com",)
    await watch(make(), door, lambda: len(authority.requests) == 4)
    assert [round((at - authority.asked_at[0]) / 60) for at in authority.asked_at] == [0, 1, 5, 21]
    assert "clock right" in logged[-1]["reason"] or "clock right" in logged[0]["reason"]
    assert door.given == []


async def test_sighup_ends_a_pause_and_renews_nothing_that_is_good(
    make: Callable[[], AcmeSource], clock: Clock, door: Door
) -> None:
    door.obtain = authority = Authority(clock)
    authority.failures = [OSError("not reached")]
    source = make()
    task = asyncio.create_task(source.watch(door))
    async with asyncio.timeout(20):
        while len(authority.requests) < 1 or not door.given:
            await asyncio.sleep(0.01)
            source.check_now()
    for _ in range(5):
        source.check_now()
        await asyncio.sleep(0.02)
    task.cancel()
    assert len(authority.requests) == 2


async def test_a_certificate_for_other_names_is_not_kept_in_use(
    make: Callable[[], AcmeSource], clock: Clock, door: Door, tmp_path: Path
) -> None:
    source = make()
    source._keep(issue(clock, ("old.example.com",)))
    assert len(source.current()) == 1
    source._keep(issue(clock, (NAME, "more.example.com")))
    assert len(source.current()) == 2
    clock.now += LIFETIME + 1
    assert len(source.current()) == 1


async def test_a_certificate_that_the_door_refuses_is_not_asked_for_again_and_again(
    make: Callable[[], AcmeSource], clock: Clock, door: Door, sleeps: list[float], logged: list[Any]
) -> None:
    door.obtain = authority = Authority(clock)
    door.refuses = "chain 0: unsupported curve"
    await watch(make(), door, lambda: len(sleeps) > 20)
    assert any(event.get("reason") == "chain 0: unsupported curve" for event in logged)
    assert len(authority.requests) == 1, "asking again would use up the authority's limits and change nothing"


def test_the_settings_choose_acme(config: Config, tmp_path: Path, clock: Clock) -> None:
    assert isinstance(certificate_source(config, tmp_path, clock), AcmeSource)
