"""`/.well-known/network-requirements.json`: what this server needs of a network, for programs and firewall teams.

It is computed once, from the settings and what was bound: neither changes while the server runs.
"""

import hashlib
import json
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from sightline import __version__
from sightline.config import Config, OtherRelay, Relay
from sightline.config.ice_url import ice_url
from sightline.media.front_door import Bound
from sightline.readiness.exchange import as_json
from sightline.readiness.names import address_fault, host_fault
from sightline.readiness.own import Deployment, OtherServer, own_manifest
from sightline.readiness.schema import json_schema
from sightline.server.certificates.names import MachineNames
from sightline.server.listener import WEBSOCKET_PING_S
from sightline.server.places import Places, places
from sightline.server.relays.own import classic_ports

PATH: Final = "/.well-known/network-requirements.json"
SCHEMA_PATH: Final = "/.well-known/network-requirements.schema.json"
MAX_AGE_S: Final = 300
"""Guess: a firewall team that reads it again after a change should not have to wait for longer than a coffee."""


class RequirementsFiles:
    """An ASGI application for the two paths."""

    def __init__(self, deployment: Deployment) -> None:
        manifest = as_json.write(own_manifest(deployment), SCHEMA_PATH.rpartition("/")[2])
        schema = json.dumps(json_schema(), indent=2) + "\n"
        self._files = {PATH: manifest.encode(), SCHEMA_PATH: schema.encode()}
        self.paths = frozenset(self._files)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        body = self._files[scope["path"]]
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'.encode()
        headers = [(b"etag", etag), (b"cache-control", f"public, max-age={MAX_AGE_S}".encode())]
        if scope["method"] not in ("GET", "HEAD"):
            status, body, headers = 405, b"", [(b"allow", b"GET, HEAD")]
        elif _knows(scope, etag):
            status, body = 304, b""
        else:
            status = 200
            headers.append((b"content-type", b"application/json"))
        if status != 304:
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _knows(scope: Any, etag: bytes) -> bool:
    """RFC 9110 §13.1.2: weak comparison, as a proxy on the way may have compressed it."""
    asked = b",".join(value for name, value in scope["headers"] if name == b"if-none-match")
    return any(each.strip().removeprefix(b"W/") in (etag, b"*") for each in asked.split(b","))


def deployment(config: Config, where: Places) -> Deployment:
    """The facts that clients' networks need, and no others: where one name leads here, no address is told."""
    hosts, hosts_from = _hosts(config, where)
    public = config.listen.public_url
    classic = classic_ports(config)
    # As pages are told (`relays/reached.py`): a mapping of ports holds for UDP too, a proxy is for TCP alone.
    mapped = where.port if config.proxy.behind else where.https_port
    return Deployment(
        organisation=config.organisation.name,
        version=__version__,
        hosts=hosts,
        hosts_from=hosts_from,
        https_port=where.https_port,
        https_port_from="[listen] public_url" if public else "[listen] port",
        udp_port=mapped if config.listen.udp else None,
        udp_port_from="[listen] port" if config.proxy.behind or not public else "[listen] public_url",
        turn_port=where.port if config.proxy.ends_tls else where.https_port,
        turns_port=None if config.proxy.ends_tls else where.https_port,
        tcp_port_from="[listen] port" if config.proxy.ends_tls or not public else "[listen] public_url",
        has_own_authority=config.tls.source == "local" and not config.proxy.ends_tls,
        has_acme=config.tls.source == "acme",
        is_relay=config.relay.enabled,
        is_relay_only=config.relay.only,
        relay_hosts=_relay_hosts(config.relay),
        relay_ports=(config.relay.first_port, config.relay.last_port),
        classic_port=config.relay.classic_port if config.relay.classic_port in classic else None,
        classic_tls_port=config.relay.classic_tls_port if config.relay.classic_tls_port in classic else None,
        websocket_ping_s=round(WEBSOCKET_PING_S),
        region=config.relay.region,
        others=tuple(server for relay in config.relays for server in _servers(relay)),
    )


def places_by_settings(config: Config, machine: MachineNames) -> Places:
    """Where the server will be reached, while none runs."""
    scheme = "[{}]:{}", "{}:{}"
    bound = [
        Bound("tcp", scheme[":" not in address].format(address, config.listen.port), is_local=False)
        for address in config.listen.addresses
    ]
    return places(config, bound, machine)


def _hosts(config: Config, where: Places) -> tuple[tuple[str, ...], str]:
    """What the operator says people type; else names; else addresses that the internet knows; else any address."""
    if config.listen.public_url and (host := urlsplit(config.listen.public_url).hostname):
        return (host,), "[listen] public_url"
    if names := [name for name in config.listen.names if not host_fault(name)]:
        return tuple(names), "[listen] names"
    found = [host for url in where.urls if (host := urlsplit(url).hostname)]
    names = [host for host in found if address_fault(host)]
    public = [host for host in found if not address_fault(host) and ip_address(host).is_global]
    return tuple(names or public or found), "[listen] addresses"


def _relay_hosts(relay: Relay) -> tuple[str, ...]:
    """What others see of relayed addresses, if it is said and not private."""
    mapped = [each.rpartition("=")[2] for each in relay.public_addresses]
    return tuple(dict.fromkeys(mapped or [each for each in relay.addresses if ip_address(each).is_global]))


def _servers(relay: OtherRelay) -> Iterator[OtherServer]:
    if not relay.urls:
        yield OtherServer(relay.name, relay.kind, "", 0, "udp", is_turn=True, region=relay.region)
    for text in relay.urls:
        url = ice_url(text)
        yield OtherServer(relay.name, relay.kind, url.host, url.port, url.transport, url.is_turn, relay.region)
