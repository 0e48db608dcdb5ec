"""A certificate from Pebble, Let's Encrypt's own test server, by TLS-ALPN-01 on the front door's port, and renewed."""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from sightline import clock
from sightline.config import load
from sightline.media.front_door import FrontDoor, Listener, Settings
from sightline.server.certificates.acme import AcmeSource
from sightline.server.certificates.authority import LocalSource

REPOSITORY = Path(__file__).parents[3]
PROGRAMS = REPOSITORY / ".build" / "bin"
NAMES = ("assist.sightline.test", "second.sightline.test")
LIFETIME_S = 9
"""Pebble backdates nothing, so the certificate is renewed six seconds after it came."""


def missing() -> str:
    """What to do before this test can run; empty when it can."""
    if (PROGRAMS / "pebble").exists() and (PROGRAMS / "pebble-challtestsrv").exists():
        return ""
    install = "" if shutil.which("go") else "sudo apt-get install golang-go && "
    return f"Pebble is not built: {install}tools/build_pebble.sh"


@pytest.fixture(autouse=True)
def _is_built() -> None:
    """Under `make`, which builds it, a test that cannot run is a failure."""
    if reason := missing():
        (pytest.fail if os.environ.get("TESTS_NEED_PEBBLE") else pytest.skip)(reason)


@dataclass(frozen=True)
class Pebble:
    """A running one."""

    directory: str
    roots: str
    directory_ca: Path
    log: Path

    def root(self) -> str:
        """The authority that signs what it gives out; made anew at each start."""
        trusted = ssl.create_default_context(cafile=str(self.directory_ca))
        with urllib.request.urlopen(self.roots, context=trusted, timeout=5) as answer:
            return str(answer.read().decode())


@pytest.fixture
def door(tmp_path: Path) -> Iterator[FrontDoor]:
    opened = FrontDoor.open(Settings([Listener("127.0.0.1:0")], upstream=str(tmp_path / "none.sock")))
    yield opened
    opened.close(0.1)


@pytest.fixture
def pebble(tmp_path: Path, door: FrontDoor) -> Iterator[Pebble]:
    # Its directory is served by TLS with a certificate of our own authority: two birds with one stone.
    own = LocalSource(tmp_path / "pebble", (), clock.now)
    chain, key = own.current()[0]
    for name, content in {"chain.pem": chain, "key.pem": key, "ca.pem": own.authority_pem()}.items():
        (tmp_path / name).write_bytes(content)
    listening, managing, dns, dns_managing = free_ports(4)
    settings = {
        "listenAddress": f"127.0.0.1:{listening}",
        "managementListenAddress": f"127.0.0.1:{managing}",
        "certificate": str(tmp_path / "chain.pem"),
        "privateKey": str(tmp_path / "key.pem"),
        "httpPort": 1,
        "tlsPort": port_of(door),
        "ocspResponderURL": "",
        "certificateValidityPeriod": LIFETIME_S,
        "retryAfter": {"authz": 1, "order": 1},
    }
    (tmp_path / "pebble.json").write_text(json.dumps({"pebble": settings}))
    with (
        running(tmp_path / "dns.log", PROGRAMS / "pebble-challtestsrv", *dns_flags(dns, dns_managing)),
        running(
            tmp_path / "pebble.log",
            PROGRAMS / "pebble",
            *("-config", tmp_path / "pebble.json", "-strict", "-dnsserver", f"127.0.0.1:{dns}"),
        ),
    ):
        wait_for(listening)
        wait_for(dns_managing)
        yield Pebble(
            f"https://127.0.0.1:{listening}/dir",
            f"https://127.0.0.1:{managing}/roots/0",
            tmp_path / "ca.pem",
            tmp_path / "pebble.log",
        )


async def test_a_certificate_is_obtained_served_and_renewed(tmp_path: Path, door: FrontDoor, pebble: Pebble) -> None:
    environment = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "SIGHTLINE_TLS_SOURCE": "acme",
        "SIGHTLINE_ACME_NAMES": ",".join(NAMES),
        "SIGHTLINE_ACME_DIRECTORY": pebble.directory,
        "SIGHTLINE_ACME_DIRECTORY_CA": str(pebble.directory_ca),
        "SIGHTLINE_ACME_CONTACT": "it@sightline.test",
    }
    fallback = LocalSource(tmp_path / "certificates", (), clock.now)
    source = AcmeSource(load(None, environment), tmp_path / "certificates" / "acme", fallback, clock.now, lambda: 0.0)
    door.set_certificates(source.current())
    assert served(door).issuer == x509.load_pem_x509_certificate(fallback.authority_pem()).subject

    watching = asyncio.create_task(source.watch(door))
    try:
        first = await newer(door, served(door), pebble)
        account = (tmp_path / "certificates" / "acme" / "account.json").read_text()
        names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert set(names.get_values_for_type(x509.DNSName)) == set(NAMES)
        assert shakes_hands(door, pebble, NAMES[1])

        second = await newer(door, first, pebble)
        assert second.not_valid_after_utc > first.not_valid_after_utc
        assert second.public_key() != first.public_key()
        assert shakes_hands(door, pebble, NAMES[0])
        assert (tmp_path / "certificates" / "acme" / "account.json").read_text() == account
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def newer(door: FrontDoor, than: x509.Certificate, pebble: Pebble) -> x509.Certificate:
    """Wait until another certificate is served."""
    deadline = time.monotonic() + 30
    while (found := await asyncio.to_thread(served, door)) == than:
        assert time.monotonic() < deadline, pebble.log.read_text()[-3000:]
        await asyncio.sleep(0.1)
    return found


def served(door: FrontDoor) -> x509.Certificate:
    """What a client gets to see, whether it trusts it or not."""
    careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port_of(door)), timeout=5) as plain,
        careless.wrap_socket(plain, server_hostname=NAMES[0]) as connected,
    ):
        return x509.load_der_x509_certificate(connected.getpeercert(binary_form=True) or b"")


def shakes_hands(door: FrontDoor, pebble: Pebble, name: str) -> bool:
    """A client that trusts Pebble's root and nothing else accepts the whole chain for the name."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(cadata=pebble.root())
    with (
        socket.create_connection(("127.0.0.1", port_of(door)), timeout=5) as plain,
        trusting.wrap_socket(plain, server_hostname=name) as connected,
    ):
        return connected.version() == "TLSv1.3"


def port_of(door: FrontDoor) -> int:
    return int(door.addresses()[0].address.rpartition(":")[2])


def dns_flags(dns: int, managing: int) -> list[str]:
    """It answers every name with 127.0.0.1. What else it can do is turned off, so far as this version has it."""
    known = subprocess.run([PROGRAMS / "pebble-challtestsrv", "-h"], capture_output=True, text=True, check=False).stderr
    off = [f"-{name}=" for name in ("http01", "https01", "tlsalpn01", "doh", "defaultIPv6") if f"-{name} " in known]
    return [*off, f"-dns01=127.0.0.1:{dns}", f"-management=127.0.0.1:{managing}"]


@contextlib.contextmanager
def running(log: Path, *command: str | Path) -> Iterator[None]:
    # It would pause up to 5 s before each validation. That it refuses 5 % of nonces stays: real authorities do it too.
    environment = {**os.environ, "PEBBLE_VA_NOSLEEP": "1"}
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file, env=environment) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=5)


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, for programs that cannot choose one themselves."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert time.monotonic() < deadline, f"nothing listens on {port}"
        time.sleep(0.05)
