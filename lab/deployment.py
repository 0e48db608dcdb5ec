"""What is installed on the public machine: Sightline as it comes, or what people install otherwise."""

from dataclasses import dataclass

from lab.addresses import SERVER_IPV4, SERVER_IPV6, SERVER_NAME

TURN_SECRET = "a secret of the laboratory"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Settings, and whether a coturn stands beside."""

    title: str
    about: str
    settings: str = ""
    has_coturn: bool = False


SIGHTLINE = Deployment(
    "Sightline",
    "As it comes: one server, one name, port 443 for everything, and the classic ports of a relay beside it.",
)

COTURN = Deployment(
    "A page on 443 and coturn on the usual two ports",
    "The same pages, with Sightline's relay turned off, and Debian's coturn on the same machine, as it is usually set "
    "up: STUN and TURN on UDP and TCP 3478, TURN over TLS on TCP 5349, with the same certificate.",
    f"""
[relay]
enabled = false

[[relays]]
name = "coturn"
kind = "shared_secret"
urls = [
  "stun:{SERVER_NAME}:3478",
  "turn:{SERVER_NAME}:3478?transport=udp",
  "turn:{SERVER_NAME}:3478?transport=tcp",
  "turns:{SERVER_NAME}:5349?transport=tcp",
]
secret = "{TURN_SECRET}"
""",
    has_coturn=True,
)


def coturn_settings(certificate: str, folder: str) -> str:
    """turnserver.conf."""
    return f"""
listening-ip={SERVER_IPV4}
listening-ip={SERVER_IPV6}
relay-ip={SERVER_IPV4}
relay-ip={SERVER_IPV6}
listening-port=3478
tls-listening-port=5349
realm={SERVER_NAME}
use-auth-secret
static-auth-secret={TURN_SECRET}
cert={certificate}
pkey={certificate}
fingerprint
no-cli
userdb={folder}/turndb
pidfile={folder}/turnserver.pid
log-file={folder}/log
simple-log
"""
