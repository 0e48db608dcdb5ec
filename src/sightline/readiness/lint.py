"""What is doubtful about a manifest: findings that a person should read before a rule is made from it."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sightline.readiness.consistency import source_field
from sightline.readiness.manifest import Endpoint, Manifest, Ports, Requirement, Source
from sightline.readiness.names import address_fault, host_fault, wildcard_fault
from sightline.readiness.overlap import overlaps
from sightline.readiness.ports import parse_ports

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt. An error means that a rule made from it would be wrong or cannot be made."""

    code: str
    severity: Severity
    place: str
    quote: str
    why: str
    advice: str


def findings(manifest: Manifest) -> tuple[Finding, ...]:
    """Everything found, the worst first, then in the order of the file."""
    found = [*_declared(manifest), *_found(manifest)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: _ORDER.index(one.severity)))


def _found(manifest: Manifest) -> Iterator[Finding]:
    for one in manifest.requirements:
        yield from _doubted_fields(one)
        for number, endpoint in enumerate(one.endpoints):
            yield from _endpoint(one, endpoint, f"requirement {one.id}: endpoints[{number}]")
        for number, ports in enumerate(one.ports):
            yield from _ports(one, ports, f"requirement {one.id}: ports[{number}]")
        yield from _timers(one)
        yield from _direction(one)
    yield from _variables(manifest)
    yield from _overlaps(manifest)


def _overlaps(manifest: Manifest) -> Iterator[Finding]:
    for one in overlaps(manifest):
        why = f"It shares {one.transport} {one.ports} to {', '.join(one.hosts[:3])} with {one.second.id}."
        advice = "One rule serves both; removing one requirement must not close the other."
        quote = f"{one.first.purpose} / {one.second.purpose}"
        code = "duplicate" if one.is_whole else "overlap"
        yield Finding(code, "note", f"requirement {one.first.id}", quote, why, advice)


def _declared(manifest: Manifest) -> Iterator[Finding]:
    for one in manifest.defects:
        place = f"requirement {one.requirement}: {one.field}" if one.requirement else one.field
        yield Finding(one.code, one.severity, place.removesuffix(": "), one.quote, one.why, one.advice)


def _doubted_fields(one: Requirement) -> Iterator[Finding]:
    """Fields whose source is not plainly stated."""
    for source in one.sources:
        if source.state != "stated" and not _has_its_own(one, source):
            place = f"requirement {one.id}: {', '.join(source.fields)}"
            severity: Severity = "error" if source.state == "damaged" else "warning"
            severity = "note" if source.state == "inferred" else severity
            why = source.note or _STATES[source.state]
            yield Finding(source.state, severity, place, source.quote, why, _CONFIRM)


def _has_its_own(one: Requirement, source: Source) -> bool:
    """Whether a damaged or missing item says the same of itself, and better."""
    items: list[Endpoint | Ports] = []
    for field, index in map(source_field, source.fields):
        if field not in ("endpoints", "ports"):
            return False
        whole: tuple[Endpoint | Ports, ...] = one.endpoints if field == "endpoints" else one.ports
        items += whole if index is None else [whole[index]]
    return source.state in ("damaged", "missing") and all(
        item.kind in ("damaged", "missing") if isinstance(item, Endpoint) else not item.set for item in items
    )


def _endpoint(one: Requirement, endpoint: Endpoint, place: str) -> Iterator[Finding]:
    match endpoint.kind:
        case "damaged":
            if not endpoint.confirmed:
                yield _damaged(one, endpoint, place)
        case "unconfirmed":
            if not endpoint.confirmed:
                readings = " or ".join(believed.text for believed in endpoint.believed)
                why = f"A program read {readings} in it, and no person has looked yet."
                yield Finding("unconfirmed", "error", place, endpoint.text, why, _LOOK)
        case "missing":
            why = "The article has no destination, so a rule would have to allow every address."
            yield Finding("missing-destination", "error", place, endpoint.text, why, "Ask the vendor for the hosts.")
        case "wildcard":
            yield from _wildcard(one, endpoint, place)
        case "prefix":
            network = ipaddress.ip_network(endpoint.text)
            if network.prefixlen < _WIDE_PREFIX[network.version]:
                why = f"{endpoint.text} is {network.num_addresses:,} addresses."
                yield Finding("wide-prefix", "warning", place, endpoint.text, why, "Allow it only on the ports named.")
        case "published":
            why = "The addresses stand in the provider's own list, which changes without notice here."
            yield Finding(
                "published-elsewhere", "note", place, endpoint.text, why, "Fetch the list when rules are made."
            )
        case _:
            pass


def _damaged(one: Requirement, endpoint: Endpoint, place: str) -> Finding:
    first = endpoint.text[:1]
    judge = address_fault if first.isdigit() else wildcard_fault if first in (".", "*") else host_fault
    fault = judge(endpoint.text)
    code, why = (fault.code, f"{fault.why}.") if fault else ("damaged-host", f'"{endpoint.text}" is kept as quoted.')
    noted = next((source.note for source in one.sources if source.state == "damaged"), "")
    readings = " and ".join(believed.text for believed in endpoint.believed)
    meant = f"It may mean {readings}. " if readings else ""
    return Finding(code, "error", place, endpoint.text, noted or why, f"{meant}{_CONFIRM_IT}")


def _wildcard(one: Requirement, endpoint: Endpoint, place: str) -> Iterator[Finding]:
    udp = any(ports.transport == "udp" for ports in one.ports)
    why = "Packet filters hold addresses, so they cannot enforce a wildcard; " + (
        "proxies and TLS inspection see no UDP, so nothing can on UDP." if udp else "a proxy or TLS inspection can."
    )
    advice = "Use a firewall that learns addresses from DNS answers, or ask the vendor for names or addresses."
    yield Finding("wildcard-unenforceable", "warning", place, endpoint.text, why, advice)


def _ports(one: Requirement, ports: Ports, place: str) -> Iterator[Finding]:
    quote = f"{ports.transport} {ports.set}"
    if not ports.set:
        transport = "any transport" if ports.transport == "not_said" else ports.transport.upper()
        why = f"The article has no port for {transport}."
        yield Finding("missing-ports", "error", place, one.purpose, why, "Ask the vendor.")
    elif not ports.set.startswith("$"):
        for first, last in parse_ports(ports.set).ranges:
            if last - first + 1 >= _WIDE_RANGE:
                why = f"{first}-{last} is {last - first + 1:,} ports."
                advice = "Allow it only to the hosts named; many firewall teams will ask why."
                yield Finding("wide-range", "warning", place, quote, why, advice)


def _timers(one: Requirement) -> Iterator[Finding]:
    for number, timer in enumerate(one.timers):
        # A keep-alive that comes often is what keeps state; the others may be taken for a time to end it.
        if timer.kind != "keep_alive" and timer.seconds < (least := _SHORTEST_S[timer.transport]):
            why = (
                f"{timer.transport.upper()} {timer.kind.replace('_', ' ')} {timer.seconds} s is shorter than the "
                f"{least} s that {_SHORTEST_SOURCE[timer.transport]} asks of a NAT."
            )
            advice = (
                f"Leave the firewall's own {timer.transport.upper()} timeout above {timer.seconds} s; never lower it."
            )
            place = f"requirement {one.id}: timers[{number}]"
            yield Finding("short-timer", "warning", place, f"{timer.seconds} s", why, advice)


def _direction(one: Requirement) -> Iterator[Finding]:
    for number, flow in enumerate(one.flows):
        if flow.initiator == "not_said":
            quote = next((s.quote for s in one.sources if ("flows", None) in map(source_field, s.fields)), one.purpose)
            why = f"The article does not say who begins between {flow.from_role} and {flow.to_role}."
            advice = "Open nothing inbound for it until the vendor says that the far side begins."
            yield Finding("initiator-not-said", "warning", f"requirement {one.id}: flows[{number}]", quote, why, advice)


def _variables(manifest: Manifest) -> Iterator[Finding]:
    for one in manifest.variables:
        advice = one.where or "Ask the vendor."
        if not one.allowed:
            why = f"${{{one.name}}} is the customer's own; the article lists no values."
        else:
            why = f"${{{one.name}}} must be filled in."
        yield Finding("unresolved-variable", "warning", f"variable {one.name}", one.quote, why, advice)


_ORDER: tuple[Severity, ...] = ("error", "warning", "note")
_STATES = {
    "inferred": "It follows from the line, which does not say it.",
    "contradictory": "Another line says otherwise.",
    "damaged": "The line is torn.",
    "missing": "The line promises it, and it is not there.",
}
_CONFIRM = "Ask the vendor."
_LOOK = "`sightline profile import` asks; or compare with the document, then set confirmed = true."
_CONFIRM_IT = "Ask the vendor, then set confirmed = true."
_WIDE_RANGE = 1000  # a guess: above the 301 ports of Agora's range, below the 16,384 of the dynamic ports
_WIDE_PREFIX = {4: 16, 6: 32}  # a guess: what one organisation is commonly given at once
# RFC 4787 REQ-5 and RFC 5382 REQ-5: a NAT keeps a binding at least so long.
_SHORTEST_S = {"udp": 120, "tcp": 7440}
_SHORTEST_SOURCE = {"udp": "RFC 4787 REQ-5", "tcp": "RFC 5382 REQ-5"}
