"""A certificate and a key that somebody else puts into files, such as certbot or the company's own authority."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

import structlog
from cryptography import x509

from sightline.errors import CertificateError
from sightline.server.certificates import pem
from sightline.server.certificates.source import Chains, Door

log = structlog.get_logger()

LOOK_EVERY_S: Final = 5.0
"""Two calls of stat; soon enough for whoever watches the browser after copying the files."""
WARN_BELOW: Final = timedelta(days=14)
"""Whoever renews by machine does it at 30 days or at a third of the lifetime: below this it has failed."""

Seen: TypeAlias = tuple[tuple[int, int, int] | None, ...]


class FilesSource:
    """Serves what the two files hold, and again when they change."""

    def __init__(
        self, certificate: Path, key: Path, now: Callable[[], float], look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._certificate, self._key, self._now, self._look_every_s = certificate, key, now, look_every_s
        self._wake = asyncio.Event()
        self._read: Seen = ()

    def current(self) -> Chains:
        """What the files hold now."""
        self._read = self._seen()  # before reading: what changes meanwhile is noticed by `watch`
        chain, key = pem.chain(self._certificate), pem.private_key(self._key)
        if key.public_key() != chain[0].public_key():
            is_later = any(key.public_key() == each.public_key() for each in chain)
            hint = (
                "Put the server's own certificate first in the file, the intermediate ones after it."
                if is_later
                else "They come as a pair: look whether one of them is older."
            )
            raise CertificateError(f"{self._key} is not the key of {self._certificate}.", hint=hint)
        self._warn_of_dates(chain[0])
        return [(pem.of(*chain), pem.of_key(key))]

    async def watch(self, door: Door) -> None:
        """Take newer files over; keep the old ones when the new are broken."""
        served = acted_on = before = self._read or self._seen()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._look_every_s)
            seen = self._seen()
            # The two files are not replaced at the same moment: wait until nothing has moved for one round.
            has_settled = seen == before and seen != acted_on
            before = seen
            if has_settled or self._wake.is_set():
                self._wake.clear()
                acted_on = seen
                if await self._take_over(door):
                    served = seen
            elif seen == served:
                acted_on = served  # put back as it was

    def check_now(self) -> None:
        """Read the files at once."""
        self._wake.set()

    def authority_pem(self) -> None:
        """Somebody else vouches."""

    async def _take_over(self, door: Door) -> bool:
        try:
            chains = await asyncio.to_thread(self.current)
            await asyncio.to_thread(door.set_certificates, chains)
        except (CertificateError, ValueError) as error:
            log.warning("certificate_kept", reason=str(error), hint=getattr(error, "hint", ""))
            return False
        log.info("certificate_taken_over")
        return True

    def _seen(self) -> Seen:
        return tuple(_identity(path) for path in (self._certificate, self._key))

    def _warn_of_dates(self, certificate: x509.Certificate) -> None:
        moment = datetime.fromtimestamp(self._now(), UTC)
        ends = certificate.not_valid_after_utc
        if certificate.not_valid_before_utc > moment:
            log.warning("certificate_not_yet_valid", starts=certificate.not_valid_before_utc.isoformat())
        elif ends < moment:
            log.warning("certificate_expired", ended=ends.isoformat(), hint="browsers refuse it; renew it")
        elif ends - moment < WARN_BELOW:
            log.warning("certificate_expires_soon", ends=ends.isoformat())


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file does; None while it is missing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
