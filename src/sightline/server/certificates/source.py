"""What every source of certificates does, and which one the settings ask for."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from sightline.config import Config

if TYPE_CHECKING:
    from sightline.media.front_door import AcmeCertificate, AcmeRequest

Chains: TypeAlias = list[tuple[bytes, bytes]]
"""(certificate chain PEM, private key PEM); the first is served when no name matches."""


class Door(Protocol):
    """The part of the front door that a source needs."""

    def set_certificates(self, chains: Chains) -> None:
        """Serve these from the next handshake on. Raises ValueError; then the old ones stay in use."""

    def obtain_certificate(self, request: "AcmeRequest") -> "AcmeCertificate":
        """Blocks; see `media.front_door`."""


class CertificateSource(Protocol):
    """Something to serve at once, and something newer later."""

    def current(self) -> Chains:
        """What to serve from the start. Raises CertificateError."""

    async def watch(self, door: Door) -> None:
        """Give the door every newer certificate. Runs until cancelled; does not raise for what may pass."""

    def check_now(self) -> None:
        """Look for something newer at once (SIGHUP)."""

    def authority_pem(self) -> bytes | None:
        """The certificate of our own authority, which devices have to trust; None when another vouches."""


def certificate_source(config: Config, folder: Path, now: Callable[[], float]) -> CertificateSource:
    """The source that `[tls] source` names. `folder` is the data folder; `now` gives seconds since the epoch.

    Reads and writes files. Raises CertificateError."""
    from sightline.server.certificates.authority import LocalSource

    match config.tls.source:
        case "local" if config.proxy.ends_tls:
            return NoSource()
        case "local":
            return LocalSource(folder / "certificates", config.further_names(), now)
        case "files":
            from sightline.server.certificates.files import FilesSource

            assert config.tls.certificate, "config.load has checked it"
            assert config.tls.key, "config.load has checked it"
            return FilesSource(config.tls.certificate, config.tls.key, now)
        case "acme":
            from sightline.server.certificates.acme import AcmeSource

            fallback = LocalSource(folder / "certificates", config.further_names(), now)
            chance = random.SystemRandom().random
            return AcmeSource(config, folder / "certificates" / "acme", fallback, now, chance)


class NoSource:
    """None at all, behind a proxy that ends TLS: nobody asked for a certificate, and none is made."""

    def current(self) -> Chains:
        """Nothing."""
        return []

    async def watch(self, door: Door) -> None:
        """Nothing will come."""
        await asyncio.Event().wait()

    def check_now(self) -> None:
        """There is nothing to look for."""

    def authority_pem(self) -> None:
        """The proxy's certificate is vouched for by whomever its operator chose."""
