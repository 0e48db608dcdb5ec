"""A certificate authority of our own, for servers that no public authority can certify.

It lives as long as the data folder, since every phone has to trust it by hand. What it signs is renewed by itself:
when less than 30 days are left, or when the machine got a name or an address that is not yet covered.
"""

import asyncio
import contextlib
import ipaddress
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sightline.config.checks import is_address
from sightline.errors import CertificateError
from sightline.server.certificates import pem
from sightline.server.certificates.names import IpAddress, MachineNames, machine_names
from sightline.server.certificates.source import Chains, Door

log = structlog.get_logger()

AUTHORITY_DAYS: Final = 3650
SERVER_DAYS: Final = 397
"""iOS refuses more than 825 days even below an authority that the user added (support.apple.com/103769); 398 is its
limit for the public ones, and the one that other browsers may come to share. A day of it is spent on `BACKDATED`."""
RENEW_BELOW: Final = timedelta(days=30)
BACKDATED: Final = timedelta(days=1)
"""Phones whose clock is slow must not see a certificate from the future."""
LOOK_EVERY_S: Final = 60.0
"""For new addresses: a laptop that changed its network should be reachable within the minute."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority's certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def permits(self, name: str | IpAddress) -> bool:
        """Do the authority's name constraints allow it to sign for this name?"""
        try:
            permitted = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        except x509.ExtensionNotFound:
            return True
        for each in permitted.permitted_subtrees or []:
            match each:
                case x509.DNSName() if isinstance(name, str):
                    if name == each.value or name.endswith(f".{each.value}"):
                        return True
                case x509.IPAddress() if not isinstance(name, str):
                    if isinstance(each.value, ipaddress.IPv4Network | ipaddress.IPv6Network) and name in each.value:
                        return True
        return False


class LocalSource:
    """Certificates from the authority in `folder`, which is made on first use."""

    def __init__(
        self,
        folder: Path,
        further: Iterable[str],
        now: Callable[[], float],
        machine: Callable[[], MachineNames] = machine_names,
    ) -> None:
        """`further`: host names and addresses that the machine does not know of itself."""
        self._folder, self._further, self._now, self._machine = folder, tuple(further), now, machine
        self._wake = asyncio.Event()
        self._refused: frozenset[str] = frozenset()
        self._last: Chains = []
        self._authority = self._open_authority()

    def current(self) -> Chains:
        """The server's certificate, made or renewed if need be."""
        self._last = self._current()
        return self._last

    async def watch(self, door: Door) -> None:
        """Renew when the time has come or the machine has moved."""
        served = self._last
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY_S)
            self._wake.clear()
            try:
                newer = await asyncio.to_thread(self.current)
                if newer != served:
                    await asyncio.to_thread(door.set_certificates, newer)
                    served = newer
            except (CertificateError, ValueError, OSError) as error:
                log.warning("certificate_kept", reason=str(error))

    def check_now(self) -> None:
        """Look for new addresses at once."""
        self._wake.set()

    def authority_pem(self) -> bytes:
        """What devices have to trust."""
        return pem.of(self._authority.certificate)

    def _current(self) -> Chains:
        if self._is_over(self._authority.certificate):
            log.warning("authority_expired", hint="every device has to trust the new one: see /trust")
            self._authority = self._make_authority()
        names = self._names()
        kept = self._kept()
        if kept and not self._is_over(kept[0]) and names <= set(_covered(kept[0])):
            return [(pem.of(kept[0]), pem.of_key(kept[1]))]
        certificate, key = server_certificate(self._authority, sorted(names, key=str), self._moment())
        # One file, so that certificate and key can never be of two different days.
        pem.write(self._folder / SERVER_FILE, pem.of_key(key) + pem.of(certificate))
        log.info(
            "server_certificate_made", names=len(names), expires=certificate.not_valid_after_utc.date().isoformat()
        )
        return [(pem.of(certificate), pem.of_key(key))]

    def _names(self) -> set[str | IpAddress]:
        machine = self._machine()
        further = {ipaddress.ip_address(each) if is_address(each) else each for each in self._further}
        wanted = {*machine.hosts, *machine.addresses, *further}
        permitted = {each for each in wanted if self._authority.permits(each)}
        # The machine's own come and go with its network; only what was asked for by name is worth a warning.
        if refused := frozenset(str(each) for each in further - permitted) - self._refused:
            self._refused |= refused
            log.warning(
                "names_not_covered",
                names=sorted(refused),
                hint=f"remove {self._folder / AUTHORITY_FILE} to make a new authority; devices have to trust it again",
            )
        return permitted

    def _open_authority(self) -> Authority:
        path, key_path = self._folder / AUTHORITY_FILE, self._folder / AUTHORITY_KEY_FILE
        if not os.path.exists(path):  # also after a crash between the two files: nobody can have trusted it yet
            return self._make_authority()
        again = f"Restore both from a backup, or remove {path} to make a new one; devices have to trust it again."
        try:
            certificate, key = pem.chain(path)[0], pem.private_key(key_path)
        except CertificateError as error:
            raise CertificateError(str(error), hint=again) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise CertificateError(f"{key_path} is not the key of {path}.", hint=again)
        return Authority(certificate, key)

    def _make_authority(self) -> Authority:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CertificateError(
                f"{self._folder} cannot be made: {error.strerror}.", hint="Check who owns the data folder."
            ) from error
        authority = new_authority(self._machine(), self._further, self._moment())
        pem.write(self._folder / AUTHORITY_KEY_FILE, pem.of_key(authority.key))
        pem.write(self._folder / AUTHORITY_FILE, pem.of(authority.certificate), mode=0o644)
        return authority

    def _kept(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
        """What is on disk, if it is whole and of this authority."""
        path = self._folder / SERVER_FILE
        try:
            certificate, key = pem.chain(path)[0], pem.private_key(path)
            certificate.verify_directly_issued_by(self._authority.certificate)
        except (CertificateError, ValueError, TypeError, InvalidSignature):  # none yet, or of an authority before
            return None
        if isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key():
            return certificate, key
        return None

    def _is_over(self, certificate: x509.Certificate) -> bool:
        return certificate.not_valid_after_utc - self._moment() < RENEW_BELOW

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


def new_authority(machine: MachineNames, further: Iterable[str], moment: datetime) -> Authority:
    """An authority that can sign for this deployment and nothing else.

    The name constraints are critical, as RFC 5280 §4.2.1.10 demands. They are there because phones and laptops of a
    whole plant trust this key: whoever steals it may impersonate this server, and must not be able to impersonate a
    bank. The RFC leaves it open whether they count in a root. Tried: OpenSSL 3.0 and Chromium 156 refuse a forged
    name; Firefox does, and Chrome since 112 (alexsci.com/blog/name-non-constraint). A client that does not heed them
    accepts what is right all the same. Apple's systems of before 2018 refuse the extension itself; they are too old
    for the field page anyway. An intermediate below a discarded root key would be heeded by a few clients more, but
    then nobody could see from the authority what it may do.

    The price: a public name or address that is configured later needs a new authority. So the ranges are as wide as
    is harmless: all private and link-local addresses, and the names that no public authority may sign."""
    key = ec.generate_private_key(ec.SECP256R1())
    asked = [each for each in further if not is_address(each)]
    names = dict.fromkeys([*machine.hosts, *asked, *PRIVATE_NAMES])
    own = [*machine.addresses, *(ipaddress.ip_address(each) for each in further if is_address(each))]
    private = [ipaddress.ip_network(each) for each in PRIVATE_ADDRESSES]
    public = [ipaddress.ip_network(each) for each in own if not any(each in block for block in private)]
    permitted = [
        *(x509.DNSName(each) for each in names),
        *(x509.IPAddress(each) for each in dict.fromkeys(private + public)),
    ]
    title = f"Sightline local authority ({machine.hosts[0][:24]}, {moment:%Y-%m-%d})"  # at most 64 characters
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    certificate = (
        _builder(name, name, key, moment, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def server_certificate(
    authority: Authority, names: Iterable[str | IpAddress], moment: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate for these names, and its fresh key."""
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = [x509.DNSName(each) if isinstance(each, str) else x509.IPAddress(each) for each in names]
    # Not a host name: some clients hold a common name that looks like one against the name constraints as well.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sightline server")])
    certificate = (
        _builder(subject, authority.certificate.subject, key, moment, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return certificate, key


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the whole certificate, as phones and browsers show it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, moment: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - BACKDATED)
        .not_valid_after(moment + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _covered(certificate: x509.Certificate) -> list[str | IpAddress]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    hosts = names.get_values_for_type(x509.DNSName)
    return [*hosts, *(each for each in addresses if isinstance(each, ipaddress.IPv4Address | ipaddress.IPv6Address))]


AUTHORITY_FILE = "authority.crt"
AUTHORITY_KEY_FILE = "authority.key"
SERVER_FILE = "server.pem"
# RFC 6762, RFC 8375, RFC 6761, and what ICANN reserved for private use in 2024
PRIVATE_NAMES = ("localhost", "local", "home.arpa", "internal", "test")
# RFC 1122, RFC 1918, RFC 3927, RFC 6598 (carrier-grade NAT, and what overlay networks use), RFC 4193, RFC 4291
PRIVATE_ADDRESSES = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
