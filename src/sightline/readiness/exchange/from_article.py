"""A vendor's article, as text, to a draft. It finds what a reader finds at first sight and says what it doubts;
everything else stays in the draft as a note, so that no line about the network is lost."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from sightline.readiness.exchange.blocks import LINE_MOST, Block, blocks, is_heading
from sightline.readiness.exchange.draft import Found, Read, cut
from sightline.readiness.exchange.found_hosts import FoundHost, found_hosts, readings_of
from sightline.readiness.exchange.found_ports import FoundPorts, found_ports
from sightline.readiness.manifest import Believed, Defect, Endpoint, Platform, Ports, State, Variable
from sightline.readiness.names import wildcard_base


def read(text: str, title: str = "") -> Read:
    """Everything in it."""
    found: list[Found] = []
    notes: list[str] = []
    defects: list[Defect] = []
    variables: dict[str, Variable] = {}
    cut_up = list(blocks(text))
    outbound = next((cut(each.text) for each in cut_up if _OUTBOUND.search(each.text)), "")
    reader = _Reader(_known_hosts(cut_up), outbound)
    for number, block in enumerate(cut_up):
        after = cut_up[number + 1] if number + 1 < len(cut_up) else None
        if len(block.text) == LINE_MOST:
            defects.append(
                _defect("line-cut", block.text[:80], "The line is too long to have been typed.", "Look at it.")
            )
        one = reader.block(block, found[-1] if found else None)
        if one is None and _is_lost_list(block, after):
            one = _lost_list(block)
        if one is None:
            notes += [block.text] if _NETWORK.search(block.text) else []
            continue
        if block.kind == "list" and found and _stands_before(found[-1], block, one):
            before = found.pop()
            one = replace(one, ports=before.ports, ports_quote=before.quote)
        found.append(one)
        for host in found_hosts(block.text):
            for name in host.variables:
                quote = cut(block.text)
                variables[name] = Variable(name, "label", f"What stands for {host.text}"[:200], quote, state="inferred")
    used = {name for one in found for end in one.endpoints for each in end.believed
            for name in re.findall(r"\$\{(\w+)\}", each.text)}  # fmt: skip
    first = next((each.text for each in cut_up), "")
    return Read(
        title or cut(first, 200), tuple(found), notes=tuple(notes), defects=tuple(defects),
        variables=tuple(each for each in variables.values() if each.name in used),
    )  # fmt: skip


class _Reader:
    def __init__(self, known: frozenset[str], outbound: str) -> None:
        self.known = known
        self.outbound = outbound

    def block(self, block: Block, before: Found | None) -> Found | None:
        """What the block asks for, if it asks for something."""
        hosts = found_hosts(block.text)
        ports = found_ports(_blanked(block.text, hosts))
        if not hosts and not ports.ports and not ports.examples:
            return None
        endpoints, doubts = self.endpoints(block, hosts)
        origin = ""
        if not hosts and _DITTO.match(block.text) and before:
            endpoints = before.endpoints
            origin = "Ditto marks: taken for the hosts of the row above."
            doubts = tuple((number, "inferred", origin) for number in range(len(endpoints)))
        one = Found(
            quote=block.text,
            purpose=before.purpose if origin and before else _purpose(block, hosts),
            endpoints=endpoints,
            ports=ports.ports or (Ports("not_said", ""),),
            endpoints_from=origin,
            doubts=doubts,
            symptoms=_symptoms(block),
            platforms=_platforms(block.text),
            defects=tuple(_defects(block, hosts, ports, is_ditto=bool(origin))),
        )
        return _direction(_necessity(one), self.outbound)

    def endpoints(
        self, block: Block, hosts: tuple[FoundHost, ...]
    ) -> tuple[tuple[Endpoint, ...], tuple[tuple[int, State, str], ...]]:
        found: dict[Endpoint, tuple[State, str] | None] = {}
        for host in hosts:
            readings = readings_of(host, self.known)
            meant = "; or ".join(
                " and ".join(each.text for each in reading) + (f" port {host.ports[number]}" if host.ports else "")
                for number, reading in enumerate(readings)
            )
            note = f"{_FAULTS.get(host.fault, '')} It may mean {meant}.".strip() if meant else "Nobody can tell."
            if len(readings) == 1 and host.fault in ("", "cells-glued"):
                recovery = _recovery(block.text[: host.start])
                found.setdefault(Endpoint("unconfirmed", host.text, believed=readings[0], recovery=recovery), None)
            else:
                believed = readings[0] if len(readings) == 1 else ()
                found.setdefault(Endpoint("damaged", host.text, believed=believed), ("damaged", note))
        if not found and _PEERS.search(block.text):
            peers = _PEERS.search(block.text)
            assert peers is not None, "it was just found"
            found[Endpoint("unconfirmed", peers[0], believed=(Believed("peers", "client"),))] = None
        if not found:
            text = cut(block.text) or "not said"
            return (Endpoint("missing", text),), ((0, "missing", "No host stands with these ports."),)
        doubts = tuple((number, *doubt) for number, doubt in enumerate(found.values()) if doubt)
        return tuple(found), doubts


def _known_hosts(cut_up: list[Block]) -> frozenset[str]:
    """Names that stand somewhere without any damage."""
    found = (host for block in cut_up for host in found_hosts(block.text))
    return frozenset(
        host.text.lower()
        for host in found
        if host.fault in ("", "cells-glued") and host.readings and host.readings[0][0].kind == "name"
        and host.text[:1].islower() and "<" not in host.text
    )  # fmt: skip


def _blanked(text: str, hosts: tuple[FoundHost, ...]) -> str:
    """Without hosts, whose digits are no ports."""
    for host in reversed(hosts):
        text = f"{text[: host.start]}¦{text[host.end :]}"
    return text


def _purpose(block: Block, hosts: tuple[FoundHost, ...]) -> str:
    first = block.cells[0] if block.kind == "row" and block.cells else ""
    if first and not found_hosts(first) and re.search("[A-Za-z]{3}", first):
        return first
    if block.kind == "line":
        before = block.text[: hosts[0].start] if hosts else block.text
        return cut(before, 80).strip(" :,-–(/") or block.heading or cut(block.text, 60)
    return block.follows if block.kind == "list" and block.follows else block.heading or cut(block.text, 60)


def _symptoms(block: Block) -> tuple[str, ...]:
    for number, name in enumerate(block.header):
        if re.search("symptom|failure|effect", name, re.IGNORECASE) and number < len(block.cells):
            texts = re.split(r"(?:^|(?<=[.\s\w]))- ", block.cells[number])
            return tuple(text for each in texts if (text := each.strip()))
    return ()


def _necessity(one: Found) -> Found:
    if disabled := re.search(r"(?:TCP|UDP|\|)\s*Yes \(([^()]{3,300})\)", one.quote):
        return replace(one, necessity="optional", lost=disabled[1])
    if "redundan" in one.purpose.lower():
        return replace(one, necessity="redundant")
    return replace(one, necessity="recommended") if "recommended" in one.quote.lower() else one


def _recovery(before: str) -> Literal["primary", "disaster_recovery", "not_said"]:
    """By the nearest of the two words before it."""
    primary, disaster = before.lower().rfind("primary:"), before.lower().rfind("disaster recovery:")
    return "not_said" if primary == disaster else "primary" if primary > disaster else "disaster_recovery"


def _platforms(text: str) -> tuple[Platform, ...]:
    only = re.search(r"\b(ios|android) only\b", text, re.IGNORECASE)
    return () if not only else ("ios",) if only[1].lower() == "ios" else ("android",)


def _direction(one: Found, outbound: str) -> Found:
    if re.search(r"client to server|outbound|outgoing", one.quote, re.IGNORECASE):
        return replace(one, initiator="from")
    return replace(one, initiator="from", initiator_quote=outbound) if outbound else one


def _stands_before(before: Found, block: Block, one: Found) -> bool:
    """Whether the line above a list of hosts holds their ports."""
    has_hosts = any(end.kind != "missing" for end in before.endpoints)
    lacks = all(not ports.set for ports in one.ports)
    return not has_hosts and lacks and before.quote == block.follows


def _is_lost_list(block: Block, after: Block | None) -> bool:
    """A heading that promises hosts, and another heading follows."""
    if block.kind != "line" or not is_heading(block.text) or not _PROMISE.search(block.text):
        return False
    return after is None or (after.kind == "line" and is_heading(after.text) and not found_hosts(after.text))


def _lost_list(block: Block) -> Found:
    why = "The heading promises hosts, and nothing stands under it."
    defect = _defect("lost-list", block.text, why, "Ask the vendor for the list.", "error")
    return Found(
        block.text, block.text, (Endpoint("missing", cut(block.text)),), (Ports("not_said", ""),),
        doubts=((0, "missing", why),), defects=(defect,),
    )  # fmt: skip


def _defects(block: Block, hosts: tuple[FoundHost, ...], ports: FoundPorts, *, is_ditto: bool) -> Iterator[Defect]:
    for host in hosts:
        if host.fault in _FAULTS:
            severity = "note" if host.fault == "cells-glued" else "error"
            yield _defect(host.fault, host.text, _FAULTS[host.fault], "Compare with the document.", severity)
        if re.search(r"example:?\s*$", block.text[: host.start], re.IGNORECASE):
            yield _defect("example-only", host.text, "It is given as an example.", "Ask for the customer's own.")
        if wildcard_base(host.text) != host.text:
            why = "What the wildcard covers is not said; one label is taken, the narrowest."
            yield _defect("wildcard-undefined", host.text, why, "Ask the vendor.")
    for text in dict.fromkeys(ports.torn):
        yield _defect("damaged-ports", text, "The range has a gap in it.", "Compare with the document.")
    for text in ports.examples:
        yield _defect("example-only", text, "The port is given as an example.", "Ask for the customer's own.", "error")
    if is_ditto:
        yield _defect("ditto-marks", block.text, "Ditto marks stand for what is in the row above.", "Compare.")
    if block.kind == "row" and block.header and (len(block.cells) < len(block.header) or not all(block.cells)):
        yield _defect("lost-cell", block.text, "A cell is empty or missing.", "Ask the vendor what was in it.")


def _defect(code: str, quote: str, why: str, advice: str, severity: str = "warning") -> Defect:
    kind = {"error": "error", "note": "note"}.get(severity, "warning")
    return Defect(code, cut(quote) or "not said", why, advice, kind)  # type: ignore[arg-type]


_OUTBOUND = re.compile(
    r"outbound (?:only|direction|rules only)|all ports are outbound|initiated in the outbound", re.IGNORECASE
)
_PEERS = re.compile(r"client to client|peer[- ]to[- ]peer", re.IGNORECASE)
_PROMISE = re.compile(r"\b(?:endpoints?|hosts?|addresses|domains?|servers)\b", re.IGNORECASE)
_DITTO = re.compile(r"[“”\"〃]\s*[“”\"〃]")
_NETWORK = re.compile(
    r"\b(?:ports?|tcp|udp|firewalls?|prox(?:y|ies)|whitelist\w*|allow\w*|ip address\w*|ips|dns|timers?|outbound|"
    r"inbound|bidirectional|netcat|websocket\w*|relay\w*|turn|stun|urls?|endpoints?|hosts?)\b",
    re.IGNORECASE,
)
_FAULTS = {
    "address-glued": "An address and a port stand together with nothing between them.",
    "name-glued": "A word runs into a host.",
    "names-glued": "A host is torn, or two run together.",
    "cells-glued": "What follows the host runs into it.",
    "damaged-host": "It looks like a host, and is none.",
    "url-as-host": "It is a URL: its host may be needed, or the list that it leads to, or neither.",
}
