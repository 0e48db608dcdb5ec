"""The manifest of our own, from facts about the deployment. Start at `own_manifest`."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from sightline.readiness.manifest import (
    Capacity,
    Document,
    Endpoint,
    Flow,
    Manifest,
    Necessity,
    Note,
    Party,
    Ports,
    Requirement,
    Source,
    Symptom,
    Timer,
    Zone,
)
from sightline.readiness.names import address_fault, host_fault
from sightline.readiness.own.deployment import Deployment, OtherServer
from sightline.readiness.own.words import symptom


def own_manifest(of: Deployment) -> Manifest:
    """Everything that a client's network must allow, the ladder of paths as one group."""
    requirements = (*_web(of), *_ladder(of), *_others(of), *_classic(of), *_peers(of))
    relays = {_party(of, one.relay): one.relay for one in of.others}
    return Manifest(
        format=1,
        service="sightline",
        title=of.organisation if "sightline" in of.organisation.lower() else f"{of.organisation} (Sightline)",
        version=of.version,
        documents=(
            Document(_SETTINGS, "The settings in effect", of.organisation),
            Document(_PROGRAM, f"Sightline {of.version}", "Sightline"),
        ),
        parties=(
            Party("customer", "Whoever takes part in calls", "customer"),
            Party("operator", of.organisation, "vendor"),
            *(Party(party, name, "third_party") for party, name in sorted(relays.items())),
        ),
        zones=(
            Zone("client", "Browsers of those who take part in calls", "customer"),
            Zone("server", "This server: pages, signalling and relay on one port", "operator"),
            *(Zone(party, f"STUN and TURN servers of {name}", party) for party, name in sorted(relays.items())),
        ),
        requirements=requirements,
        sources=(
            Source(("title",), "computed from [organisation] name", document=_SETTINGS),
            Source(("service", "version"), f"Sightline {of.version}", document=_PROGRAM),
        ),
        notes=tuple(_notes(of)),
    )


def _web(of: Deployment) -> Iterator[Requirement]:
    yield _requirement(
        of,
        "web",
        "Pages and signalling: HTTPS, and a WebSocket that stays open",
        "required",
        {"endpoints": of.hosts_from, "ports": of.https_port_from},
        endpoints=_hosts(of.hosts),
        ports=(Ports("tcp", str(of.https_port)),),
        protocol="wss",
        interception="with_websocket",
        http_proxies="with_websocket",
        timers=(Timer("keep_alive", "tcp", of.websocket_ping_s),),
        symptoms=(symptom("pages"),),
    )


def _ladder(of: Deployment) -> Iterator[Requirement]:
    """The paths in order of preference: UDP carries a picture best, TLS gets through nearly everywhere."""
    steps: list[tuple[str, str, int, str, str]] = []  # id, transport, port, protocol, the setting that decides it
    if of.udp_port is not None:
        steps.append(("media-udp", "udp", of.udp_port, "turn", of.udp_port_from))
    if of.is_relay and of.turn_port is not None:
        steps.append(("media-tcp", "tcp", of.turn_port, "turn", of.tcp_port_from))
    if of.is_relay and of.turns_port is not None:
        steps.append(("media-tls", "tcp", of.turns_port, "turns", of.tcp_port_from))
    if not of.is_relay:
        steps = [(name, transport, port, "stun", setting) for name, transport, port, _, setting in steps]
    for preference, (name, transport, port, protocol, setting) in enumerate(steps, 1):
        yield _requirement(
            of,
            name,
            _PURPOSES[name] if of.is_relay else "STUN: how browsers find the way to each other",
            "recommended" if name == "media-udp" else "fallback",
            {"endpoints": of.hosts_from, "ports": setting},
            endpoints=_hosts(of.hosts),
            ports=(Ports("udp" if transport == "udp" else "tcp", str(port)),),
            protocol=protocol,
            any_of="media",
            preference=preference,
            data_centre=of.region,
            **_on(transport, protocol),
            symptoms=_symptoms(name),
        )


def _classic(of: Deployment) -> Iterator[Requirement]:
    """Where other programs expect STUN and TURN."""
    if not of.is_relay:
        return
    steps = [("udp", of.classic_port if of.udp_port is not None else None, "turn", "[relay] classic_port")]
    steps += [("tcp", of.classic_port, "turn", "[relay] classic_port")]
    steps += [("tls", of.classic_tls_port, "turns", "[relay] classic_tls_port")]
    for transport, port, protocol, setting in steps:
        if port:
            yield _requirement(
                of,
                f"classic-{transport}",
                f"The relay on its classic port over {transport.upper()}, for other programs",
                "optional",
                {"endpoints": of.hosts_from, "ports": setting},
                endpoints=_hosts(of.hosts),
                ports=(Ports("udp" if transport == "udp" else "tcp", str(port)),),
                protocol=protocol,
                lost=symptom("other-programs").text,
                symptoms=(symptom("other-programs"),),
                data_centre=of.region,
                **_on(transport, protocol),
            )


def _others(of: Deployment) -> Iterator[Requirement]:
    """Relays of others: they stand in when ours cannot be reached."""
    for number, ((relay, transport, is_turn), servers) in enumerate(groupby(sorted(of.others, key=_way), _way)):
        found = list(servers)
        protocol = "turns" if transport == "tls" else "turn" if is_turn else "stun"
        setting = f'[[relays]] name = "{relay}"'
        owner, in_group = _party(of, relay), _AFTER_OURS + number <= _LAST_PREFERENCE
        yield _requirement(
            of,
            f"{owner}-{transport}" if is_turn else f"{owner}-stun",
            f"Media through {relay}, another relay" if is_turn else f"STUN of {relay}",
            "redundant" if of.is_relay else "recommended",
            {"endpoints": setting, "ports": setting},
            endpoints=tuple(dict.fromkeys(_other_host(one) for one in found)),
            ports=_ports(found),
            flows=(Flow("client", owner, "from", stateful_return=True),),
            owner=owner,
            protocol=protocol,
            any_of="media" if in_group else "",
            preference=_AFTER_OURS + number if in_group else None,
            data_centre=found[0].region,
            **_on(transport, protocol),
            symptoms=(symptom("calls"),),
        )


def _way(one: OtherServer) -> tuple[str, str, bool]:
    return one.relay, one.transport, one.is_turn


def _party(of: Deployment, relay: str) -> str:
    """An id for a relay, which nothing else has."""
    names = sorted({one.relay for one in of.others})
    is_short = all(len(name) <= _LONGEST_NAME for name in names)
    return f"relay-{relay if is_short else names.index(relay) + 1}"


def _peers(of: Deployment) -> Iterator[Requirement]:
    if of.is_relay:
        first, last = of.relay_ports
        yield _requirement(
            of,
            "relayed-peers",
            "Media to the relayed address of somebody who uses this relay, from somebody who does not",
            "optional",
            {"endpoints": "[relay] public_addresses" if of.relay_hosts else of.hosts_from, "ports": _RELAY_RANGE},
            endpoints=_hosts(of.relay_hosts or of.hosts),
            ports=(Ports("udp", f"{first}-{last}"),),
            protocol="rtp",
            lost=symptom("relayed-peers").text,
            symptoms=(symptom("relayed-peers"),),
            capacity=Capacity("Relayed addresses at the same time; a call uses two to six", 1),
        )
    if of.is_relay_only:
        return
    has_relays = of.is_relay or bool(of.others)
    yield _requirement(
        of,
        "direct",
        "Media directly between browsers",
        "optional" if has_relays else "required",
        {"necessity": "[relay] enabled, [[relays]]"},
        endpoints=(Endpoint("peers", "client"),),
        ports=(Ports("udp", "1024-65535", note="Browsers take any port that the system gives to programs."),),
        flows=(Flow("client", "client", "from", stateful_return=True),),
        owner="",
        protocol="webrtc",
        lost=symptom("direct").text if has_relays else "",
        symptoms=(symptom("direct" if has_relays else "direct-calls"),),
        **_on("udp", "webrtc"),
    )


def _requirement(
    of: Deployment, name: str, purpose: str, necessity: Necessity, computed: Mapping[str, str], **fields: Any
) -> Requirement:
    """Every field that no setting decides is how the program works."""
    fields = {"flows": _TO_SERVER, "owner": "operator", "purpose": purpose, "necessity": necessity, **fields}
    is_set = [field for field, value in fields.items() if value not in ("", (), None)]
    sources = [
        Source(tuple(field for field in is_set if computed.get(field) == setting), f"computed from {setting}",
               document=_SETTINGS)
        for setting in dict.fromkeys(computed.values())
    ]  # fmt: skip
    rest = tuple(field for field in is_set if field not in computed)
    sources.append(Source(rest, f"how Sightline {of.version} works", document=_PROGRAM))
    return Requirement(id=name, sources=tuple(sources), **fields)


def _on(transport: str, protocol: str) -> dict[str, Any]:
    if transport == "udp":
        # RFC 8445 §11: something every 15 s; RFC 7675 §5.1: a path that is silent for 30 s is given up.
        timers = (Timer("keep_alive", "udp", 15), Timer("udp_binding", "udp", 30))
        return {"timers": timers, "http_proxies": "must_bypass"}
    # Whoever opens TLS finds no HTTP in it. A proxy that is asked with CONNECT may pass it on.
    return {"interception": "must_bypass", "http_proxies": "tolerated" if protocol == "turns" else "not_said"}


def _symptoms(name: str) -> tuple[Symptom, ...]:
    return (symptom("picture" if name == "media-udp" else "calls"),)


def _hosts(hosts: Iterable[str]) -> tuple[Endpoint, ...]:
    return tuple(map(_host, hosts)) or (Endpoint("missing", "this server knows neither its name nor its address"),)


def _host(host: str) -> Endpoint:
    if not address_fault(host):
        return Endpoint("address", host)
    if not host_fault(host):
        return Endpoint("name", host.lower())
    return Endpoint("missing", f"{host}, a name that only this network knows")


def _other_host(one: OtherServer) -> Endpoint:
    return _host(one.host) if one.host else Endpoint("missing", f"named by {one.kind} when a call begins")


def _ports(servers: list[OtherServer]) -> tuple[Ports, ...]:
    if not servers[0].host:
        return (Ports("not_said", ""),)
    numbers = sorted({one.port for one in servers})
    return (Ports("udp" if servers[0].transport == "udp" else "tcp", ", ".join(map(str, numbers))),)


def _notes(of: Deployment) -> Iterator[Note]:
    if of.has_own_authority:
        text = (
            "The certificate is from an authority of this server's own. Each device has to trust it once; the page "
            "/trust on the same port, over plain HTTP, shows how."
        )
        yield Note("authority", text, ("web",), _SETTINGS)
    if of.has_acme:
        text = (
            "The network of the server, not that of its clients: the certificate authority connects to TCP 443 from "
            "addresses that it does not tell, and the server to the authority's HTTPS."
        )
        yield Note("acme", text, ("web",), _SETTINGS)
    text = (
        "Nothing has to be let in towards clients: all flows are begun by them, but for media directly between two of "
        "them."
    )
    yield Note("outbound", text, (), _PROGRAM)


_SETTINGS, _PROGRAM = "settings", "program"
_RELAY_RANGE = "[relay] first_port, last_port"
_TO_SERVER = (Flow("client", "server", "from", stateful_return=True),)
_AFTER_OURS = 4  # ours has three at most
_LAST_PREFERENCE = 99
_LONGEST_NAME = 40  # with what stands around it, an id has 64
_PURPOSES = {
    "media-udp": "Media through the relay over UDP, and STUN: how browsers find the way to each other",
    "media-tcp": "Media through the relay over TCP, where UDP is blocked",
    "media-tls": "Media through the relay over TLS, where only HTTPS passes",
}
