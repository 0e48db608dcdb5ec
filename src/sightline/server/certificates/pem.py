"""Certificates and keys as files."""

import os
import secrets
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sightline.errors import CertificateError

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def of(*certificates: x509.Certificate) -> bytes:
    """The certificates as PEM, in this order."""
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def of_key(key: Key) -> bytes:
    """The key as PEM, PKCS #8, without a passphrase."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def chain(path: Path) -> list[x509.Certificate]:
    """The certificates in a file, at least one. Raises CertificateError."""
    try:
        return x509.load_pem_x509_certificates(_read(path))
    except ValueError as error:
        raise CertificateError(
            f"{path} holds no certificate in PEM form.", hint="It begins with -----BEGIN CERTIFICATE-----."
        ) from error


def private_key(path: Path) -> Key:
    """The private key in a file. Raises CertificateError."""
    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except TypeError as error:  # how cryptography says that it wants a passphrase
        raise CertificateError(
            f"{path} is protected by a passphrase.",
            hint=f"Write it without one: openssl pkey -in {path} -out unprotected.key, and keep that file to yourself.",
        ) from error
    except ValueError as error:
        raise CertificateError(
            f"{path} holds no private key in PEM form.", hint="It begins with -----BEGIN PRIVATE KEY-----."
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise CertificateError(f"{path} is of a kind that browsers do not take.", hint="Use an ECDSA or RSA key.")
    return key


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """All or nothing, also when the power fails. Raises CertificateError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CertificateError(
            f"{path} cannot be written: {error.strerror}.",
            hint="Check who owns the folder, and that the disk is not full.",
        ) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(
            f"{path} cannot be read: {error.strerror}.", hint="Check the path, and that this user may read it."
        ) from error
