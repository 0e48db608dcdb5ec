"""Certificates from an ACME authority (RFC 8555), such as Let's Encrypt.

The front door speaks ACME and answers the challenge; here is decided when to ask, and what is kept. Until the first
certificate has come, our own authority's is served, so that the server can be reached at all.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509

from sightline.config import Config
from sightline.errors import CertificateError
from sightline.media.front_door import AcmeCertificate, AcmeRequest
from sightline.server.certificates import pem
from sightline.server.certificates.authority import LocalSource
from sightline.server.certificates.source import Chains, Door

log = structlog.get_logger()

RENEW_AT: Final = 2 / 3
"""Of its lifetime: what Let's Encrypt advises (letsencrypt.org/docs/integration-guide)."""
FIRST_PAUSE_S: Final = 60.0
PAUSE_GROWS: Final = 4
"""0, 1, 5, 21, 85 minutes: Let's Encrypt allows five failures an hour for each name."""
LONGEST_PAUSE_S: Final = 6 * 3600.0
LOOK_EVERY_S: Final = 3600.0
"""A machine that slept, or whose clock was set, finds out this late that it is time to renew."""


class AcmeSource:
    """A certificate from the authority named in the settings, kept in `folder`."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        fallback: LocalSource,
        now: Callable[[], float],
        chance: Callable[[], float],
    ) -> None:
        """`chance` gives numbers from 0 up to 1; they keep a thousand servers from asking in the same second."""
        self._settings, self._names, self._folder = config.acme, config.certified_names(), folder
        self._fallback, self._now, self._chance = fallback, now, chance
        self._wake = asyncio.Event()
        self._directory_ca = pem.of(*pem.chain(config.acme.directory_ca)).decode() if config.acme.directory_ca else None

    def current(self) -> Chains:
        """The kept certificate, if it is of use, and our own authority's for all other names."""
        kept = self._kept()
        ours = [(pem.of(*kept[0]), pem.of_key(kept[1]))] if kept else []
        return [*ours, *self._fallback.current()]

    async def watch(self, door: Door) -> None:
        """Obtain and renew, with patience."""
        served = await asyncio.to_thread(self.current)
        failures, due = 0, self._due()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.0, min(due - self._now(), LOOK_EVERY_S)))
                due = min(due, self._due())
            self._wake.clear()
            if self._now() >= due:
                try:
                    await self._obtain(door)
                    failures, due = 0, self._due()
                except (OSError, ValueError, CertificateError) as error:
                    pause = min(FIRST_PAUSE_S * PAUSE_GROWS**failures, LONGEST_PAUSE_S) * (1 + self._chance() / 4)
                    failures, due = failures + 1, self._now() + pause
                    log.warning("certificate_not_obtained", reason=str(error), next_try_in_s=round(pause))
            served = await self._served(door, served)

    def check_now(self) -> None:
        """Do not wait longer after a failure. A certificate that is good is not renewed: whoever sends SIGHUP when
        logs are rotated must not use up the authority's limits."""
        self._wake.set()

    def authority_pem(self) -> None:
        """A public authority vouches."""

    async def _obtain(self, door: Door) -> None:
        account = self._folder / ACCOUNT_FILE
        request = AcmeRequest(
            directory=self._settings.directory,
            names=list(self._names),
            contact=list(self._settings.contact),
            directory_ca_pem=self._directory_ca,
            account=account.read_text() if account.exists() else None,
        )
        answer = await _in_daemon(lambda: door.obtain_certificate(request))
        self._keep(answer)
        if self._due() <= self._now():
            # Asking again at once would give the same, a thousand times an hour.
            raise CertificateError("What the authority gave is of no use now. Is this machine's clock right?")
        log.info("certificate_obtained", directory=self._settings.directory)

    async def _served(self, door: Door, before: Chains) -> Chains:
        """Give the door what is now current, and say what it serves then."""
        try:
            chains = await asyncio.to_thread(self.current)
            if chains != before:
                await asyncio.to_thread(door.set_certificates, chains)
        except (ValueError, CertificateError) as error:
            log.warning("certificate_kept", reason=str(error))
            return before
        return chains

    def _keep(self, answer: AcmeCertificate) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CertificateError(f"{self._folder} cannot be made: {error.strerror}.") from error
        pem.write(self._folder / ACCOUNT_FILE, answer.account.encode())
        # One file, so that certificate and key can never be of two different days.
        pem.write(self._folder / CERTIFICATE_FILE, f"{answer.key_pem.rstrip()}\n{answer.chain_pem}".encode())

    def _kept(self) -> tuple[list[x509.Certificate], pem.Key] | None:
        """What is on disk, if it fits the settings and has not expired."""
        path = self._folder / CERTIFICATE_FILE
        try:
            chain, key = pem.chain(path), pem.private_key(path)
            names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (CertificateError, x509.ExtensionNotFound):
            return None
        covers = set(self._names) <= {name.lower() for name in names.get_values_for_type(x509.DNSName)}
        fits = key.public_key() == chain[0].public_key()
        return (chain, key) if covers and fits and chain[0].not_valid_after_utc > self._moment() else None

    def _due(self) -> float:
        """When to ask: at two thirds of the lifetime, up to a thirtieth of it earlier."""
        kept = self._kept()
        if kept is None:
            return self._now()
        begins, ends = kept[0][0].not_valid_before_utc, kept[0][0].not_valid_after_utc
        lifetime: timedelta = ends - begins
        return (begins + lifetime * (RENEW_AT - self._chance() / 30)).timestamp()

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


async def _in_daemon(call: Callable[[], AcmeCertificate]) -> AcmeCertificate:
    """Like asyncio.to_thread, whose threads are waited for when the server ends; this may block for a minute."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[AcmeCertificate] = loop.create_future()

    def settle(answer: AcmeCertificate | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error or answer is None:
            done.set_exception(error or RuntimeError("no answer"))
        else:
            done.set_result(answer)

    def run() -> None:
        answer, error = None, None
        try:
            answer = call()
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, answer, error)

    threading.Thread(target=run, name="acme", daemon=True).start()
    return await done


ACCOUNT_FILE = "account.json"
CERTIFICATE_FILE = "certificate.pem"
