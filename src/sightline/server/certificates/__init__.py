"""Where the server's certificates come from: our own authority, files, or an ACME authority.

Each is a `CertificateSource`: something to serve at once, and a task that watches for something newer. A source
never leaves the server without a certificate that it had before. Start at `source.py`.
"""

from sightline.server.certificates.source import CertificateSource, Chains, certificate_source

__all__ = ["CertificateSource", "Chains", "certificate_source"]
