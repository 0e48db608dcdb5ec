"""What only a person can say of a draft, one question at a time, and the draft with their answer in it.

Nothing is guessed: who skips a question leaves the draft as it is, and what is unconfirmed is used by nobody.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from sightline.readiness.exchange.fields import host, ports
from sightline.readiness.exchange.found_hosts import Readings, found_hosts, readings_of
from sightline.readiness.manifest import Believed, Endpoint, Manifest, Ports, Requirement, Source
from sightline.readiness.names import Match

Kind = Literal["hosts", "torn", "missing", "ports", "match", "begins"]


@dataclass(frozen=True, slots=True)
class Question:
    """One of them."""

    kind: Kind
    requirement: str
    endpoint: int | None
    quote: str
    """The line of the document."""
    text: str
    options: tuple[str, ...]
    """What may be answered, each as `key: what it means`; an empty answer skips."""


def questions(manifest: Manifest) -> Iterator[Question]:
    """All that are open, in the order of the file."""
    known = _known(manifest)
    for one in manifest.requirements:
        waiting = [end for end in one.endpoints if end.kind == "unconfirmed" and not end.confirmed]
        if waiting:
            yield _hosts(one, waiting)
        for number, end in enumerate(one.endpoints):
            if end.kind == "damaged" and not end.confirmed:
                yield _torn(one, number, end, known)
            if end.kind == "missing":
                text = "No host stands with it. Which is it?"
                yield Question("missing", one.id, number, _quote(one), text, ("hosts: names, wildcards or addresses",))
        if any(not each.set or each.transport == "not_said" for each in one.ports):
            said = "; ".join(
                f"{each.transport} {each.set}".replace("not_said", "transport not said") for each in one.ports
            )
            text = f"Ports: {said.strip() or 'none'}. Which are they?"
            yield Question("ports", one.id, None, _quote(one), text, ("ports: such as tcp 80, 443; udp 3478",))
        for number, end in enumerate(one.endpoints):
            if end.kind == "wildcard" and end.match == "one_label" and _is_inferred(one, number):
                text = f"What does {end.text} cover?"
                yield Question("match", one.id, number, _quote(one), text, _MATCHES)
        if any(flow.initiator == "not_said" for flow in one.flows):
            text = "Who begins?"
            yield Question("begins", one.id, None, _quote(one), text, ("c: the client", "s: the server"))


def answered(manifest: Manifest, question: Question, answer: str) -> Manifest:
    """The draft with the answer. Raises ValueError, whose text says what may be answered."""
    one = next(each for each in manifest.requirements if each.id == question.requirement)
    changed = _ANSWERS[question.kind](one, question, answer.strip(), _known(manifest))
    requirements = tuple(changed if each.id == one.id else each for each in manifest.requirements)
    return msgspec.structs.replace(manifest, requirements=requirements)


def _hosts(one: Requirement, waiting: list[Endpoint]) -> Question:
    named = [f"{n} {' and '.join(each.text for each in end.believed)}" for n, end in enumerate(waiting[:_LISTED], 1)]
    listed = ", ".join(named) + (f" and {len(waiting) - _LISTED} more, as in the file" if waiting[_LISTED:] else "")
    opened = "; ".join(f"{each.transport} {each.set or '?'}".replace("not_said", "?") for each in one.ports)
    text = f"{one.purpose} ({one.necessity}): {listed}. Ports: {opened}. Is that right?"
    options = ("y: all of it", "numbers: only these, such as 1, 3")
    return Question("hosts", one.id, None, _quote(one), text, options)


def _torn(one: Requirement, number: int, end: Endpoint, known: frozenset[str]) -> Question:
    readings, glued = _readings(end, known)
    options = [
        f"{n}: {' and '.join(map(_called, reading))}" + (f", port {glued[n - 1]}" if glued else "")
        for n, reading in enumerate(readings, 1)
    ]
    text = f"“{end.text}” is damaged, or is no host. What is meant?"
    return Question("torn", one.id, number, _quote(one), text, (*options, "hosts: what it is instead"))


def _answer_hosts(one: Requirement, question: Question, answer: str, known: frozenset[str]) -> Requirement:
    waiting = [n for n, end in enumerate(one.endpoints) if end.kind == "unconfirmed" and not end.confirmed]
    if answer.lower() in ("y", "yes"):
        chosen = waiting
    else:
        numbers = [part.strip() for part in answer.split(",")]
        if not all(part.isdecimal() and 1 <= int(part) <= len(waiting) for part in numbers):
            raise ValueError(f"Answer y, or numbers from 1 to {len(waiting)}, or nothing.")
        chosen = [waiting[int(part) - 1] for part in numbers]
    ends: list[Endpoint] = []
    for number, end in enumerate(one.endpoints):
        plain = number in chosen and len(end.believed) == 1
        ends.append(_plain(end) if plain else msgspec.structs.replace(end, confirmed=end.confirmed or number in chosen))
    return _with(one, tuple(ends), question)


def _answer_torn(one: Requirement, question: Question, answer: str, known: frozenset[str]) -> Requirement:
    assert question.endpoint is not None, "it is about one endpoint"
    end = one.endpoints[question.endpoint]
    readings, glued = _readings(end, known)
    opened = one.ports
    if answer.isdecimal() and len(answer) < 3:
        if not 1 <= int(answer) <= len(readings):
            raise ValueError(f"Answer a number from 1 to {len(readings)}, or hosts, or nothing.")
        believed = readings[int(answer) - 1]
        if glued and (lacking := next((each for each in opened if not each.set), None)):
            port = msgspec.structs.replace(lacking, set=glued[int(answer) - 1])
            opened = tuple(port if each is lacking else each for each in opened)
    else:
        believed = tuple(each.believed[0] for each in _typed(answer))
    changed = msgspec.structs.replace(end, believed=believed, confirmed=True)
    ends = tuple(changed if n == question.endpoint else each for n, each in enumerate(one.endpoints))
    return msgspec.structs.replace(_with(one, ends, question), ports=opened)


def _answer_missing(one: Requirement, question: Question, answer: str, known: frozenset[str]) -> Requirement:
    kept = tuple(each for n, each in enumerate(one.endpoints) if n != question.endpoint)
    changed = _with(one, (*kept, *map(_plain, _typed(answer))), question)
    # What was said of an endpoint by its number no longer is.
    sources = tuple(each for each in changed.sources if not any(name.startswith("endpoints[") for name in each.fields))
    return msgspec.structs.replace(changed, sources=sources)


def _answer_ports(one: Requirement, question: Question, answer: str, known: frozenset[str]) -> Requirement:
    found: list[Ports] = []
    for part in filter(None, (each.strip() for each in answer.split(";"))):
        word, _, numbers = part.partition(" ")
        if word.lower() not in ("tcp", "udp") or not (
            opened := ports("tcp" if word.lower() == "tcp" else "udp", numbers)
        ):
            raise ValueError("Answer such as: tcp 80, 443; udp 3478.")
        if not opened[0].set:
            raise ValueError(f"{numbers} is no set of ports. Answer such as: tcp 80, 443; udp 3478.")
        found += opened
    sound = tuple(each for each in one.ports if each.set and each.transport != "not_said")
    sources = tuple(each for each in one.sources if not any(name.startswith("ports[") for name in each.fields))
    changed = msgspec.structs.replace(one, ports=tuple(dict.fromkeys((*sound, *found))), sources=sources)
    return _noted(changed, "ports", question)


def _answer_match(one: Requirement, question: Question, answer: str, known: frozenset[str]) -> Requirement:
    matches: dict[str, Match] = {"1": "one_label", "2": "subtree", "3": "subtree_and_apex"}
    if answer not in matches:
        raise ValueError("Answer 1, 2 or 3, or nothing.")
    ends = tuple(
        msgspec.structs.replace(each, match=matches[answer]) if n == question.endpoint else each
        for n, each in enumerate(one.endpoints)
    )
    return _with(one, ends, question)


def _answer_begins(one: Requirement, question: Question, answer: str, known: frozenset[str]) -> Requirement:
    if answer.lower() not in ("c", "s"):
        raise ValueError("Answer c or s, or nothing.")
    begins: Literal["from", "to"] = "from" if answer.lower() == "c" else "to"
    flows = tuple(
        msgspec.structs.replace(each, initiator=begins) if each.initiator == "not_said" else each for each in one.flows
    )
    return _noted(msgspec.structs.replace(one, flows=flows), "flows", question)


def _typed(answer: str) -> tuple[Endpoint, ...]:
    found = tuple(host(text) for text in answer.replace(",", " ").split())
    if not found or any(each.kind == "damaged" for each in found):
        bad = next((each.text for each in found if each.kind == "damaged"), answer)
        raise ValueError(f"{bad or 'That'} is no host. Answer names, wildcards, addresses or prefixes, or nothing.")
    return found


def _plain(end: Endpoint) -> Endpoint:
    """A host that a person confirmed, as profiles have it."""
    (believed,) = end.believed
    return Endpoint(believed.kind, believed.text, believed.match, recovery=end.recovery, stability=end.stability)


def _with(one: Requirement, ends: tuple[Endpoint, ...], question: Question) -> Requirement:
    return _noted(msgspec.structs.replace(one, endpoints=ends), "endpoints", question)


def _noted(one: Requirement, field: str, question: Question) -> Requirement:
    said = Source((field,), question.quote, "inferred", note=_CONFIRMED)
    return one if said in one.sources else msgspec.structs.replace(one, sources=(*one.sources, said))


def _readings(end: Endpoint, known: frozenset[str]) -> tuple[Readings, tuple[str, ...]]:
    if end.believed:
        return (end.believed,), ()
    # As in the article: after a word, so that one which ran into the host is seen.
    found = found_hosts(f"a {end.text}")
    if len(found) != 1 or found[0].text != end.text:
        return (), ()
    return readings_of(found[0], known), found[0].ports


def _called(one: Believed) -> str:
    return f"the list at {one.text}" if one.kind == "published" else one.text


def _known(manifest: Manifest) -> frozenset[str]:
    ends = [end for one in manifest.requirements for end in one.endpoints]
    believed = [each for end in ends if end.kind == "unconfirmed" for each in end.believed]
    named: list[Endpoint | Believed] = [*ends, *believed]
    return frozenset(each.text for each in named if each.kind == "name")


def _quote(one: Requirement) -> str:
    return one.sources[0].quote


def _is_inferred(one: Requirement, number: int) -> bool:
    """Whether a program took the narrowest: then nobody has been asked, or they did not know."""
    is_read = any(each.note == _CONFIRMED and "endpoints" in each.fields for each in one.sources)
    return is_read and not any(f"endpoints[{number}]" in each.fields for each in one.sources)


_Answer = Callable[[Requirement, Question, str, frozenset[str]], Requirement]
_ANSWERS: dict[Kind, _Answer] = {
    "hosts": _answer_hosts, "torn": _answer_torn, "missing": _answer_missing, "ports": _answer_ports,
    "match": _answer_match, "begins": _answer_begins,
}  # fmt: skip
_LISTED = 40  # a guess: what a person still reads; a provider's ranges are thousands
_CONFIRMED = "A person confirmed it at the import."
_MATCHES = ("1: one label (a.example.com)", "2: all below (a.b.example.com too)", "3: all below, and the name itself")
