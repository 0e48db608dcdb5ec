"""The one process: everything is made here, joined, started in order and stopped in the opposite order.

    front door (Rust) ──Unix socket──► listener ─► forwarded? ─► gate ─► headers ─► router ─┬─ /signal…   signalling
                                                                                            ├─ /api/…     HTTP API
                                                                                            ├─ /trust…    trust pages
                                                                                            ├─ /metrics   metrics
                                                                                            ├─ /.well-known/…
                                                                                            └─ the rest   web files
Start reading at `_serve`.
"""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
import uvloop
from cryptography import x509

from sightline import clock
from sightline.config import Config
from sightline.media.front_door import FrontDoor
from sightline.readiness.own import own_manifest
from sightline.server.archive import CallArchive, PeopleDirectory
from sightline.server.certificates import CertificateSource, certificate_source
from sightline.server.certificates.authority import fingerprint
from sightline.server.certificates.names import machine_names
from sightline.server.door import log_events, open_front_door, raise_file_limit
from sightline.server.first_start import FirstStart, first_start, keep_organisation_name
from sightline.server.forwarded import Forwarded
from sightline.server.gate import Application, Gate
from sightline.server.http.application import http_application
from sightline.server.http.requirements import RequirementsFiles, deployment
from sightline.server.http.services import HttpSettings
from sightline.server.invitations import first_invite
from sightline.server.listener import AppListener
from sightline.server.log import set_up_logging
from sightline.server.metrics import Metrics
from sightline.server.network import NetworkNeeds
from sightline.server.passwords import Passwords
from sightline.server.places import Places, places
from sightline.server.ready import Ready, keep_origin
from sightline.server.relays.desk import RelayDesk
from sightline.server.relays.own import relay_settings
from sightline.server.relays.providers import provider
from sightline.server.relays.reached import reached
from sightline.server.relays.secrets import relay_secrets
from sightline.server.relays.status import RelayStatusDesk
from sightline.server.security_headers import SecurityHeaders
from sightline.server.sessions import GuestIdentity, PersonIdentity, Sessions
from sightline.server.side_door import SideDoor
from sightline.server.signalling import PATHS, SignallingEndpoint, Who
from sightline.server.switchboard import Switchboard
from sightline.server.trust import TrustPages
from sightline.server.upkeep import put_right, sweep_daily
from sightline.server.web_files import WebFiles
from sightline.store.database import Database
from sightline.store.folder import open_data_folder
from sightline.wire.relay_status import QUESTION

WEB_FOLDER: Final = Path(__file__).parents[3] / "web" / "dist"

ANSWER_GRACE_S: Final = 0.5
"""For requests that are being answered when the server is told to stop; with the rest it makes less than 2 s."""

FRONT_DOOR_GRACE_S: Final = 0.3
"""For bytes that are on their way out after that."""

LONGEST_SOCKET_PATH: Final = 107
"""Linux: sockaddr_un has 108 bytes with the final zero."""

_log = structlog.get_logger()


def run(config: Config, *, on_ready: Callable[[Ready], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises OperatorError when it cannot start."""
    set_up_logging(config.log)
    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, on_ready))


async def _serve(config: Config, on_ready: Callable[[Ready], None]) -> None:
    stop = _stop_event()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(open_data_folder(config.data))
        database = await Database.open(folder.database_url)
        stack.push_async_callback(database.close)
        passwords = Passwords()
        stack.callback(passwords.close)
        await keep_organisation_name(database, config.organisation.name)
        await put_right(database)
        secrets = relay_secrets(folder.path, clock.now())
        relays = RelayDesk(config.relay, secrets[0], [provider(relay) for relay in config.relays])
        switchboard = Switchboard(CallArchive(database), PeopleDirectory(database), relays)
        await switchboard.open()
        stack.push_async_callback(switchboard.close)

        machine = await asyncio.to_thread(machine_names)
        source = await asyncio.to_thread(certificate_source, config, folder.path, clock.now)
        socket_path = _socket_path(folder.run, stack)
        own_relay = relay_settings(config, machine, secrets)
        door, absent = await asyncio.to_thread(open_front_door, config, socket_path, own_relay)
        stack.push_async_callback(asyncio.to_thread, door.close, FRONT_DOOR_GRACE_S)
        door.set_certificates(source.current())

        relays.revoke = door.revoke_relay
        reached_at = places(config, door.addresses(), machine)
        relay_status = RelayStatusDesk(door, relays.watch, switchboard.handed_out, is_enabled=config.relay.enabled)
        parts = Parts(config, reached_at, database, passwords, switchboard, door, source, relay_status)
        side_door = SideDoor(folder.run, {QUESTION: relay_status.answer})
        await side_door.open()
        stack.push_async_callback(side_door.close)
        listener = AppListener(application(parts), socket_path)
        await listener.open()
        stack.push_async_callback(listener.close, ANSWER_GRACE_S)
        await stack.enter_async_context(_running("keeping calls", switchboard.keep_calls()))
        await stack.enter_async_context(_running("time", switchboard.let_time_pass()))
        await stack.enter_async_context(_running("certificates", source.watch(door)))
        await stack.enter_async_context(_running("sweeping", sweep_daily(database)))
        await stack.enter_async_context(_running("front door events", log_events(door)))
        for name, work in relays.tasks().items():
            await stack.enter_async_context(_running(name, work))
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, source.check_now)

        keep_origin(folder.run, reached_at.guest_origin)
        # Last: whatever fails before this must not leave an administrator whose password was never shown.
        first = await first_start(database, clock.now(), config.organisation.name, passwords=passwords)
        on_ready(await _ready(parts, first, absent))
        _log.info("ready")
        await stop.wait()
        _log.info("stopping")


def _socket_path(run: Path, stack: AsyncExitStack) -> Path:
    """Always the same, so that a server that is killed leaves nothing that piles up."""
    path = run / "app.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sightline-"))) / path.name


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application is made of."""

    config: Config
    places: Places
    database: Database
    passwords: Passwords
    switchboard: Switchboard
    door: FrontDoor
    certificates: CertificateSource
    relay_status: RelayStatusDesk


def application(parts: Parts) -> Application:
    """The ASGI application, from the gate inwards."""
    config, where = parts.config, parts.places
    local_port = urlsplit(where.local_url).port or where.port  # port 80 stands in no address
    sessions = Sessions(parts.database, local_port)

    async def identify(cookies: dict[str, str], scheme: str, who: Who) -> PersonIdentity | GuestIdentity | None:
        identity = await sessions.identify(cookies, scheme, who, clock.now())
        has_first_password = isinstance(identity, PersonIdentity) and identity.must_change_password
        return None if has_first_password else identity

    signalling = SignallingEndpoint(parts.switchboard, identify, lambda scope: reached(scope, config, where))
    settings = HttpSettings(where.public_origin, origin_for_guests=where.guest_origin, local_port=local_port)
    facts = deployment(config, where)
    needs = NetworkNeeds(own_manifest(facts), config.network.public)
    api = http_application(parts.database, parts.switchboard, settings, passwords=parts.passwords, needs=needs)
    authority = parts.certificates.authority_pem()
    trust = TrustPages(
        authority, WEB_FOLDER, public_url=config.listen.public_url.rstrip("/"), https_port=where.https_port
    )
    metrics = Metrics(parts.door.counters, parts.switchboard.gauges, parts.relay_status.metrics)
    requirements = RequirementsFiles(facts) if config.network.public else None
    web = WebFiles.read(WEB_FOLDER)

    async def router(scope: Any, receive: Any, send: Any) -> None:
        path: str = scope["path"]
        if scope["type"] == "websocket":
            await (signalling if path in PATHS else _no_such_socket)(scope, receive, send)
        elif path.startswith("/api/"):
            await api(scope, receive, send)
        elif path == "/trust" or path.startswith("/trust/"):
            await trust(scope, receive, send)
        elif path == "/metrics":
            await metrics(scope, receive, send)
        elif requirements and path in requirements.paths:
            await requirements(scope, receive, send)
        else:
            await web(scope, receive, send)

    # What a proxy's certificate is worth is for the proxy to say.
    is_https_only = authority is None and not config.proxy.ends_tls
    outermost: Application = Gate(SecurityHeaders(router, is_https_only=is_https_only), where.https_port)
    return Forwarded(outermost, config.proxy.trusted) if config.proxy.ends_tls else outermost


async def _no_such_socket(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008, "reason": "no such path"})


@asynccontextmanager
async def _running(name: str, work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """A task for as long as the block runs. If it fails the failure is logged: the server goes on without it."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("background_task_failed", task=task.get_name(), exc_info=error)


async def _ready(parts: Parts, first: FirstStart | None, absent: list[str]) -> Ready:
    where = parts.places
    authority = None if parts.config.proxy.behind else parts.certificates.authority_pem()
    return Ready(
        local_url=where.local_url,
        urls=where.urls,
        trust_url=_trust_url(where) if authority else None,
        authority_fingerprint=fingerprint(x509.load_pem_x509_certificate(authority)) if authority else None,
        admin_login=first.login if first else None,
        admin_password=first.password if first else None,
        guest_link=await first_invite(parts.database, first.login, where.guest_origin, clock.now()) if first else None,
        warnings=tuple(_warnings(parts.config, absent)),
    )


def _trust_url(where: Places) -> str | None:
    """Over plain HTTP, as it is for browsers that do not trust our certificate yet."""
    return f"http://{where.urls[0].partition('://')[2]}/trust" if where.urls else None


def _warnings(config: Config, absent: list[str]) -> Iterator[str]:
    if absent:
        yield (
            f"another program listens on {', '.join(absent)}: the relay is not reached there, only on the one port. "
            'Stop that program, or set [relay] classic_ports = "off".'
        )
    if config.proxy.behind and not config.listen.public_url:
        yield "a proxy stands in front, but [listen] public_url is not set: links will name this machine instead."
    for prefix in config.proxy.too_wide():
        yield f"[proxy] trusted names {prefix}: whoever comes from there may claim any address. Name the proxy's alone."
    if not config.listen.udp:
        yield "UDP is turned off: media goes over TCP, and the picture lags where packets get lost."
