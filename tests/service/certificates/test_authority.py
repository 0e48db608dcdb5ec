"""Our own authority, judged by OpenSSL and by Python's ssl."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import stat
import threading
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from sightline.config import load
from sightline.errors import CertificateError
from sightline.server.certificates import certificate_source, pem
from sightline.server.certificates.authority import LocalSource, server_certificate
from sightline.server.certificates.names import machine_names
from tests.service.certificates.conftest import DAY, MACHINE, Clock, Door, openssl_accepts

NAMES = ["plant7.corp.example", "plant7", "plant7.local", "localhost", "assist.example.com"]
ADDRESSES = ["10.1.2.3", "198.51.100.4", "fd00::7", "127.0.0.1", "::1", "203.0.113.9"]


def source(folder: Path, clock: Clock, further: tuple[str, ...] = ("assist.example.com", "203.0.113.9")) -> LocalSource:
    return LocalSource(folder / "certificates", further, clock, lambda: MACHINE)


def leaf(chains: list[tuple[bytes, bytes]]) -> x509.Certificate:
    return x509.load_pem_x509_certificate(chains[0][0])


def test_openssl_accepts_every_name_and_address_and_no_other(tmp_path: Path, clock: Clock) -> None:
    chain = source(tmp_path, clock).current()[0][0]
    trusted = tmp_path / "certificates" / "authority.crt"
    for name in NAMES:
        assert openssl_accepts(trusted, chain, tmp_path, name=name), name
    for address in ADDRESSES:
        assert openssl_accepts(trusted, chain, tmp_path, address=address), address
    assert not openssl_accepts(trusted, chain, tmp_path, name="bank.example")


def test_a_stolen_key_cannot_speak_for_others(tmp_path: Path, clock: Clock) -> None:
    ours = source(tmp_path, clock)
    trusted = tmp_path / "certificates" / "authority.crt"
    for name in ("bank.example", "corp.example", "com"):
        forged, _ = server_certificate(ours._authority, [name], ours._moment())
        assert not openssl_accepts(trusted, pem.of(forged), tmp_path, name=name)
    forged, _ = server_certificate(ours._authority, [ip_address("1.1.1.1")], ours._moment())
    assert not openssl_accepts(trusted, pem.of(forged), tmp_path, address="1.1.1.1")


def test_permits_says_the_same_as_openssl(tmp_path: Path, clock: Clock) -> None:
    ours = source(tmp_path, clock)
    trusted = tmp_path / "certificates" / "authority.crt"
    for name in (
        "x.plant7.local",
        "other.local",
        "local",
        "notlocal",
        "example.com",
        "a.assist.example.com",
        "corp.example",
    ):
        made, _ = server_certificate(ours._authority, [name], ours._moment())
        accepted = openssl_accepts(trusted, pem.of(made), tmp_path, name=name)
        assert ours._authority.permits(name) is accepted, name
    for address in ("192.168.255.255", "172.32.0.1", "172.31.0.1", "100.64.0.1", "2001:db8::1", "fe80::1"):
        made, _ = server_certificate(ours._authority, [ip_address(address)], ours._moment())
        accepted = openssl_accepts(trusted, pem.of(made), tmp_path, address=address)
        assert ours._authority.permits(ip_address(address)) is accepted, address


def test_python_shakes_hands_and_sees_the_server(tmp_path: Path, clock: Clock) -> None:
    chain, key = source(tmp_path, clock).current()[0]
    (tmp_path / "both.pem").write_bytes(key + chain)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(tmp_path / "both.pem")
    theirs = ssl.create_default_context(cafile=str(tmp_path / "certificates" / "authority.crt"))
    left, right = socket.socketpair()

    def serve() -> None:
        with ours.wrap_socket(left, server_side=True) as accepted:
            accepted.recv(1)

    serving = threading.Thread(target=serve)
    serving.start()
    with theirs.wrap_socket(right, server_hostname="127.0.0.1") as connected:
        assert connected.version() == "TLSv1.3"
        connected.send(b".")
    serving.join()


def test_what_phones_demand_of_a_certificate(tmp_path: Path, clock: Clock) -> None:
    ours = source(tmp_path, clock)
    server = leaf(ours.current())
    root = x509.load_pem_x509_certificate(ours.authority_pem())
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=398)
    assert ours._moment() - server.not_valid_before_utc >= timedelta(hours=23)
    assert root.not_valid_after_utc - root.not_valid_before_utc > timedelta(days=3650)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert root.extensions.get_extension_for_class(x509.NameConstraints).critical
    assert "Sightline local authority (plant7.corp.example, 20" in root.subject.rfc4514_string().replace("\\", "")


def test_keys_are_for_the_owner_alone(tmp_path: Path, clock: Clock) -> None:
    source(tmp_path, clock).current()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "certificates").iterdir()}
    assert modes == {"authority.key": 0o600, "authority.crt": 0o644, "server.pem": 0o600}
    assert stat.S_IMODE((tmp_path / "certificates").stat().st_mode) == 0o700


def test_a_restart_serves_the_same_certificate(tmp_path: Path, clock: Clock) -> None:
    first = source(tmp_path, clock)
    again = source(tmp_path, clock)
    assert again.current() == first.current()
    assert again.authority_pem() == first.authority_pem()


def test_the_server_certificate_is_renewed_30_days_before_its_end_and_the_authority_stays(
    tmp_path: Path, clock: Clock
) -> None:
    ours = source(tmp_path, clock)
    first, root = ours.current(), ours.authority_pem()
    clock.now += (397 - 30.1) * DAY
    assert ours.current() == first
    clock.now += 0.2 * DAY
    assert leaf(ours.current()).not_valid_after_utc - leaf(first).not_valid_after_utc > timedelta(days=360)
    assert ours.authority_pem() == root


def test_a_new_address_is_covered_and_a_gone_one_changes_nothing(tmp_path: Path, clock: Clock) -> None:
    machine = MACHINE
    ours = LocalSource(tmp_path, (), clock, lambda: machine)
    first = ours.current()
    machine = replace(MACHINE, addresses=(ip_address("192.168.1.9"), *MACHINE.addresses))
    second = ours.current()
    assert second != first
    alternatives = leaf(second).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ip_address("192.168.1.9") in alternatives.get_values_for_type(x509.IPAddress)
    machine = MACHINE
    assert ours.current() == second


def test_a_name_outside_of_the_constraints_is_left_out_and_told_once(
    tmp_path: Path, clock: Clock, logged: list[Any]
) -> None:
    source(tmp_path, clock).current()
    ours = source(tmp_path, clock, ("new.example.org", "assist.example.com"))
    alternatives = leaf(ours.current()).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ours.current()
    assert "new.example.org" not in alternatives.get_values_for_type(x509.DNSName)
    (warning,) = [event for event in logged if event["log_level"] == "warning"]
    assert warning["event"] == "names_not_covered"
    assert warning["names"] == ["new.example.org"]
    assert "authority.crt" in warning["hint"]


def test_a_new_public_address_of_the_machine_is_no_reason_to_warn(
    tmp_path: Path, clock: Clock, logged: list[Any]
) -> None:
    LocalSource(tmp_path, (), clock, lambda: MACHINE).current()
    moved = replace(MACHINE, addresses=(ip_address("203.0.113.200"), *MACHINE.addresses))
    LocalSource(tmp_path, (), clock, lambda: moved).current()
    assert not [event for event in logged if event["log_level"] == "warning"]


def test_an_authority_at_its_end_is_replaced_and_told(tmp_path: Path, clock: Clock, logged: list[Any]) -> None:
    ours = source(tmp_path, clock)
    first, root = ours.current(), ours.authority_pem()
    clock.now += 3640 * DAY
    assert leaf(ours.current()) != leaf(first)
    assert ours.authority_pem() != root
    assert "authority_expired" in {event["event"] for event in logged}


@pytest.mark.parametrize("broken", ["authority.key", "authority.crt"])
@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None])
def test_a_broken_authority_is_never_replaced_silently(
    tmp_path: Path, clock: Clock, broken: str, content: bytes | None
) -> None:
    source(tmp_path, clock).current()
    path = tmp_path / "certificates" / broken
    if content is not None:
        path.write_bytes(content)
    elif broken == "authority.key":
        path.unlink()
    else:
        other = LocalSource(tmp_path / "other", (), clock, lambda: MACHINE)
        path.write_bytes(other.authority_pem())
    with pytest.raises(CertificateError) as caught:
        source(tmp_path, clock)
    assert "backup" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"junk", None])
def test_a_broken_server_certificate_is_made_anew(tmp_path: Path, clock: Clock, content: bytes | None) -> None:
    first = source(tmp_path, clock).current()
    path = tmp_path / "certificates" / "server.pem"
    if content is None:
        other = LocalSource(tmp_path / "other", (), clock, lambda: MACHINE)
        content = other.current()[0][1] + other.current()[0][0]
    path.write_bytes(content)
    again = source(tmp_path, clock).current()
    assert again != first
    assert openssl_accepts(tmp_path / "certificates" / "authority.crt", again[0][0], tmp_path, name="localhost")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CertificateError, match="cannot be made: Not a directory"):
        source(tmp_path / "file", clock)


async def test_watching_gives_the_door_what_is_new(tmp_path: Path, clock: Clock, door: Door) -> None:
    machine = MACHINE
    ours = LocalSource(tmp_path, (), clock, lambda: machine)
    ours.current()
    watching = asyncio.create_task(ours.watch(door))
    await asyncio.sleep(0.05)
    ours.check_now()
    await asyncio.sleep(0.05)
    assert door.given == []
    machine = replace(MACHINE, hosts=("renamed.local", *MACHINE.hosts))
    ours.check_now()
    await asyncio.sleep(0.1)
    assert door.given == [ours.current()]
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


def test_this_machine_knows_itself() -> None:
    names = machine_names()
    assert "localhost" in names.hosts
    assert ip_address("127.0.0.1") in names.addresses
    assert ip_address("::1") in names.addresses
    assert not any(isinstance(each, ipaddress.IPv6Address) and each.is_link_local for each in names.addresses)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("198.51.100.1", 9))
        assert names.addresses[0] == ip_address(probe.getsockname()[0])


def test_our_own_authority_is_the_default_and_covers_the_public_url(tmp_path: Path, clock: Clock) -> None:
    url = "https://assist.example.com:8443"
    config = load(None, {"XDG_CONFIG_HOME": str(tmp_path), "SIGHTLINE_LISTEN_PUBLIC_URL": url})
    ours = certificate_source(config, tmp_path, clock)
    assert openssl_accepts(
        tmp_path / "certificates" / "authority.crt", ours.current()[0][0], tmp_path, name="assist.example.com"
    )
    assert ours.authority_pem() == (tmp_path / "certificates" / "authority.crt").read_bytes()
