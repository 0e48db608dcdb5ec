"""A machine, a clock and a door that stand still, and OpenSSL to judge what comes out."""

import subprocess
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from sightline.server.certificates.names import LOOPBACK, MachineNames
from sightline.server.certificates.source import Chains

if TYPE_CHECKING:
    from sightline.media.front_door import AcmeCertificate, AcmeRequest

DAY = 86_400.0
MACHINE = MachineNames(
    ("plant7.corp.example", "plant7", "plant7.local", "localhost"),
    (ip_address("10.1.2.3"), ip_address("198.51.100.4"), ip_address("fd00::7"), *LOOPBACK),
)


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        # Near the present, as `openssl verify` asks the real clock.
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class Door:
    """Keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[Chains] = []
        self.refuses = ""
        self.obtain: Callable[[AcmeRequest], AcmeCertificate] | None = None

    def set_certificates(self, chains: Chains) -> None:
        if self.refuses:
            raise ValueError(self.refuses)
        self.given.append(chains)

    def obtain_certificate(self, request: "AcmeRequest") -> "AcmeCertificate":
        assert self.obtain, "the test says how"
        return self.obtain(request)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def logged() -> Any:
    with capture_logs() as events:
        yield events


def openssl_accepts(authority: Path, chain: bytes, folder: Path, *, name: str = "", address: str = "") -> bool:
    """Whether OpenSSL takes the chain for this name, as a phone would that trusts the authority."""
    leaf = folder / "leaf.pem"
    leaf.write_bytes(chain)
    asked = ["-verify_hostname", name] if name else ["-verify_ip", address]
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-CAfile",
        str(authority),
        "-purpose",
        "sslserver",
        *asked,
        str(leaf),
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
