"""Other people's programs on a box: proxies, a TLS interceptor, a translator. Started and waited for; they end with the
room.
"""

import shutil
import subprocess
import time
from pathlib import Path

from lab.deployment import coturn_settings
from lab.room import INSIDE, NotHereError, Room
from lab.topology import Program

PROXY_USER, PROXY_PASSWORD = "worker", "opens the proxy"
PROXY_PORT = 3128
PATIENCE_S = 20

BINARY = {
    Program.PROXY: ("squid", "squid"),
    Program.PROXY_WITH_PASSWORD: ("squid", "squid"),
    Program.INTERCEPTION: ("mitmdump", "mitmproxy"),
    Program.NAT64: ("tayga", "tayga"),
}
"""What each is called on the PATH and in Debian."""


def start_program(room: Room, network: str, program: Program) -> None:
    binary, package = BINARY[program]
    if not shutil.which(binary):
        raise NotHereError(f"{binary} is not on this machine; Debian: apt-get install {package}")
    match program:
        case Program.PROXY | Program.PROXY_WITH_PASSWORD:
            _start_squid(room, network, with_password=program is Program.PROXY_WITH_PASSWORD)
        case Program.INTERCEPTION:
            _start_interception(room, network)
        case Program.NAT64:
            _start_nat64(room, network)


def _start_squid(room: Room, network: str, *, with_password: bool) -> None:
    folder = room.folder / f"{network}.squid"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)  # squid gives up root and writes as its own user
    inside = INSIDE / folder.name
    authentication = ""
    if with_password:
        # Plain text is what the helper also takes, and nobody else is in the room.
        hashed = room.run(["openssl", "passwd", "-apr1", PROXY_PASSWORD]).strip()
        (folder / "passwords").write_text(f"{PROXY_USER}:{hashed}\n")
        (folder / "passwords").chmod(0o644)
        authentication = f"""
auth_param basic program /usr/lib/squid/basic_ncsa_auth {inside}/passwords
auth_param basic realm Plant
acl known proxy_auth REQUIRED
http_access deny !known
"""
    (folder / "squid.conf").write_text(f"""
http_port {PROXY_PORT}
acl web port 80 443
acl tunnel method CONNECT
acl tls port 443
http_access deny !web
http_access deny tunnel !tls
{authentication}
http_access allow all
cache deny all
cache_mem 8 MB
access_log stdio:{inside}/access.log
cache_log {inside}/cache.log
pid_filename {inside}/squid.pid
coredump_dir {inside}
shutdown_lifetime 0 seconds
visible_hostname proxy
max_filedescriptors 1024
pinger_enable off
""")
    room.start(["squid", "-N", "-f", f"{inside}/squid.conf"], network, stderr=subprocess.DEVNULL)
    _wait_for_port(room, network, PROXY_PORT)


def _start_interception(room: Room, network: str) -> None:
    """All TLS from inside to port 443 ends here and begins anew, with a certificate of mitmproxy's own authority."""
    folder = room.folder / f"{network}.mitmproxy"
    folder.mkdir()
    inside = INSIDE / folder.name
    options = ["--set", f"confdir={inside}", "--set", "ssl_insecure=true", "--listen-port", "8080"]
    log = (folder / "log").open("w")
    room.start(["mitmdump", "--mode", "transparent", *options], network, stdout=log, stderr=subprocess.STDOUT)
    log.close()
    _wait_for_port(room, network, 8080)
    room.load_rules(network, 'add rule inet box arriving iifname "inside" tcp dport 443 redirect to :8080\n')


def _start_nat64(room: Room, network: str) -> None:
    """The translator takes IPv4 addresses of its own for the IPv6 ones behind it; the box masks them as its own."""
    folder = room.folder / f"{network}.tayga"
    folder.mkdir()
    (folder / "tayga.conf").write_text(f"""
tun-device nat64
ipv4-addr 192.168.255.1
ipv6-addr 2a0a:64::1
prefix 64:ff9b::/96
dynamic-pool 192.168.255.0/24
data-dir {INSIDE / folder.name}
""")
    config = ["--config", f"{INSIDE / folder.name}/tayga.conf"]
    room.run(["tayga", *config, "--mktun"], network)
    routes = ["link set nat64 up", "addr add 192.168.255.1 dev nat64", "route add 192.168.255.0/24 dev nat64"]
    room.configure(network, [*routes, "route add 64:ff9b::/96 dev nat64"])
    room.start(["tayga", *config, "--nodetach"], network, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_coturn(room: Room, network: str, certificate: str) -> None:
    """Beside a web server, on the ports where it usually is."""
    if not shutil.which("turnserver"):
        raise NotHereError("turnserver is not on this machine; Debian: apt-get install coturn")
    folder = room.folder / "coturn"
    folder.mkdir()
    inside = INSIDE / folder.name
    (folder / "turnserver.conf").write_text(coturn_settings(certificate, str(inside)))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    room.start(["turnserver", "-c", f"{inside}/turnserver.conf"], network, **quiet)
    for port in (3478, 5349):
        _wait_for_port(room, network, port)


def trusted_authority(room: Room, network: str) -> Path:
    """The certificate that an administrator would have put on every machine behind the interceptor."""
    return room.folder / f"{network}.mitmproxy" / "mitmproxy-ca-cert.pem"


def _wait_for_port(room: Room, network: str, port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while f":{port} " not in room.run(["ss", "-Hltn"], network):
        if time.monotonic() > until:
            raise RuntimeError(f"nobody listens on port {port} in {network} after {PATIENCE_S} s")
        time.sleep(0.05)
