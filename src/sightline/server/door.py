"""Opens the front door as the settings say, and says what is wrong when it cannot be opened."""

import asyncio
import errno
import resource
import socket
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec
import structlog

from sightline.config import Config
from sightline.errors import OperatorError, PortInUseError
from sightline.media import front_door
from sightline.media.front_door import FrontDoor
from sightline.server.relays.own import classic_ports, joined

LOOPBACK: Final = ("127.0.0.1", "::1")

EVENT_WAIT_S: Final = 1.0
"""How long a thread waits for an event of the front door; closing the door ends the wait."""

_log = structlog.get_logger()


def raise_file_limit() -> None:
    """A connection takes three descriptors; most systems allow a process 1,024 until it asks for more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def open_front_door(config: Config, socket_path: Path, relay: front_door.Relay | None) -> tuple[FrontDoor, list[str]]:
    """Bind every address, or none, and name the classic ones that another program has. Raises PortInUseError."""
    listen, proxy = config.listen, config.proxy
    addresses = [address for address in listen.addresses if ":" not in address or _has_ipv6()]
    listeners = [front_door.Listener(joined(address, listen.port), has_udp=listen.udp) for address in addresses]
    if listen.local_port:
        hosts = LOOPBACK if _has_ipv6() else LOOPBACK[:1]
        listeners += [front_door.Listener(joined(host, listen.local_port), is_local=True) for host in hosts]
    classic = {joined(address, port): port for port in classic_ports(config) for address in addresses}
    expects_header = proxy.behind and proxy.protocol == "proxy_protocol"
    settings = front_door.Settings(
        listeners=listeners,
        upstream=str(socket_path),
        trusted_proxies=list(proxy.trusted) if expects_header else [],
        unbounded_addresses=list(proxy.trusted) if proxy.ends_tls else [],
        limits=front_door.Limits(**asdict(config.limits)),
        relay=relay,
    )
    absent: list[str] = []
    while True:
        further = [
            # DTLS is not served, so nothing is to be had by UDP on the port for TLS.
            front_door.Listener(address, has_udp=listen.udp and port == config.relay.classic_port, has_http=False)
            for address, port in classic.items()
            if address not in absent
        ]
        try:
            return FrontDoor.open(msgspec.structs.replace(settings, listeners=[*listeners, *further])), absent
        except OSError as error:
            if error.filename not in [each.address for each in further] or config.relay.classic_ports == "on":
                raise _binding_failed(error) from error
            absent.append(error.filename)


async def log_events(door: FrontDoor) -> None:
    """What happens in the front door, in the log, for ever."""
    while True:
        event = await asyncio.to_thread(door.next_event, EVENT_WAIT_S)
        if event is not None:
            _log.info(**event)


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _binding_failed(error: OSError) -> OperatorError:
    where = error.filename or "an address"
    match error.errno:
        case errno.EADDRINUSE:
            hint = (
                "Stop that program, or choose another port: `--listen-port`, `--local-port`, or [listen] in the file."
            )
            return PortInUseError(f"Another program listens on {where}.", hint=hint)
        case errno.EACCES | errno.EPERM:
            hint = "Ports below 1024 need the right to bind them: see [listen] port in docs/reference/settings.md."
            return PortInUseError(f"This user may not listen on {where}.", hint=hint)
        case errno.EADDRNOTAVAIL:
            hint = "Use an address that `ip address` lists, or 0.0.0.0 and :: for all."
            return PortInUseError(f"This machine has no address {where}.", hint=hint)
        case _:
            return PortInUseError(f"Cannot listen on {where}: {error.strerror}.")
