"""From what a reader found to a draft: a manifest in which nothing is used until a person has confirmed it."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sightline.errors import RefusedError
from sightline.readiness.manifest import (
    Believed,
    Defect,
    Document,
    Endpoint,
    Flow,
    Manifest,
    Necessity,
    Note,
    Party,
    Platform,
    Ports,
    Protocol,
    Requirement,
    Source,
    State,
    Symptom,
    Timer,
    Variable,
    Zone,
)
from sightline.readiness.names import Match
from sightline.readiness.shape import FORBIDDEN

MOST_ENDPOINTS = 100_000
"""The largest published list has some 80,000 prefixes, and a draft must stay within what a manifest may be."""


@dataclass(frozen=True, slots=True)
class Found:
    """One requirement to be."""

    quote: str
    purpose: str
    endpoints: tuple[Endpoint, ...]
    ports: tuple[Ports, ...]
    name: str = ""
    necessity: Necessity = "required"
    lost: str = ""
    initiator: Literal["from", "to", "not_said"] = "not_said"
    initiator_quote: str = ""
    ports_quote: str = ""
    """If the ports stand elsewhere."""
    endpoints_from: str = ""
    """Why the endpoints are not those of the quote itself."""
    doubts: tuple[tuple[int, State, str], ...] = ()
    """Endpoints by number, with what is doubtful about them."""
    is_stated: bool = False
    """The format has fields for what is read, so that nothing is inferred but what it has none for."""
    protocol: Protocol = "not_said"
    platforms: tuple[Platform, ...] = ()
    regions: tuple[str, ...] = ()
    timers: tuple[Timer, ...] = ()
    symptoms: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """One document."""

    title: str
    found: tuple[Found, ...]
    version: str = ""
    notes: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()
    variables: tuple[Variable, ...] = ()


def unconfirmed(kind: Literal["name", "wildcard", "address", "prefix", "published", "peers"], text: str,
                quoted: str = "", match: Match | None = None) -> Endpoint:  # fmt: skip
    """What was read as a host, and waits for a person."""
    return Endpoint("unconfirmed", quoted or text, believed=(Believed(kind, text, match),))


def drafted(read: Read, service: str, text: str) -> Manifest:
    """The draft. `text` is what the quotes were taken from. Raises RefusedError if there is nothing in it."""
    if not read.found:
        raise RefusedError(
            "nothing-found",
            "No host and no port was found in it.",
            hint="Is it the right file? --format names what it is.",
        )
    count = sum(len(one.endpoints) for one in read.found)
    if count > MOST_ENDPOINTS:
        raise RefusedError(
            "too-many",
            f"It has {count} endpoints; a manifest holds {MOST_ENDPOINTS}.",
            hint="Take a part: --pick NAME.",
        )
    title = cut(read.title, 200) or service
    names = _Names()
    requirements = tuple(_requirement(one, names) for one in read.found)
    ids = {id(one): each.id for one, each in zip(read.found, requirements, strict=True)}
    defects = [*read.defects]
    for one in read.found:
        defects += [_of(each, ids[id(one)]) for each in one.defects]
    return Manifest(
        format=1,
        service=service,
        title=title,
        version=cut(read.version, 100),
        documents=(Document("article", title, "not said", sha256=hashlib.sha256(text.encode()).hexdigest()),),
        parties=(Party("customer", "The customer", "customer"), Party("vendor", "The vendor", "vendor")),
        zones=(Zone("client", "The client", "customer"), Zone("server", "The service", "vendor")),
        requirements=requirements,
        sources=(
            Source(("title", "service", *(("version",) if read.version else ())), title, "inferred",
                   note="Taken from the beginning of the document or the name of the file."),
        ),
        variables=read.variables,
        notes=tuple(Note(f"line-{number}", cut(each)) for number, each in enumerate(read.notes, 1)),
        defects=tuple(dict.fromkeys(defects)),
    )  # fmt: skip


def cut(text: str, most: int = 2000) -> str:
    """On one line, no longer than a field may be, and nothing in it that steers a terminal: JSON hides that behind
    escapes."""
    return FORBIDDEN.sub("�", " ".join(text[: 4 * most].split()))[:most].strip()


def slug(text: str, most: int = 40) -> str:
    """As an id may be written."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:most].strip("-")


class _Names:
    """Ids, none of them twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def of(self, text: str) -> str:
        plain = slug(text) or "row"
        name = plain
        while name in self._taken:
            self._next[plain] = self._next.get(plain, 1) + 1
            name = f"{plain}-{self._next[plain]}"
        self._taken.add(name)
        return name


def _requirement(one: Found, names: _Names) -> Requirement:
    peers = any(each.kind == "peers" for end in one.endpoints for each in end.believed)
    return Requirement(
        id=names.of(one.name or one.purpose),
        purpose=cut(one.purpose, 200) or "not said",
        necessity=one.necessity,
        flows=(Flow("client", "client" if peers else "server", one.initiator),),
        endpoints=one.endpoints,
        ports=one.ports,
        sources=tuple(_sources(one)),
        protocol=one.protocol,
        lost=cut(one.lost) if one.necessity == "optional" else "",
        platforms=one.platforms,
        regions=one.regions,
        timers=one.timers,
        symptoms=tuple(Symptom("service", cut(text)) for text in one.symptoms if cut(text)),
    )


def _sources(one: Found) -> Iterator[Source]:
    quote = cut(one.quote) or "not said"
    sets = {
        "protocol": one.protocol != "not_said", "platforms": one.platforms, "regions": one.regions,
            "timers": one.timers, "symptoms": one.symptoms, "lost": one.lost and one.necessity == "optional",
    }  # fmt: skip
    stated = ["endpoints"] if not one.endpoints_from else []
    stated += ["ports"] if not one.ports_quote else []
    stated += [field for field, value in sets.items() if value]
    inferred = ["purpose", "necessity"] + (["flows"] if not one.initiator_quote else [])
    if one.is_stated:
        stated, inferred = [*stated, "purpose", "necessity"], [each for each in inferred if each == "flows"]
    if stated:
        yield Source(tuple(stated), quote)
    if inferred:
        yield Source(tuple(inferred), quote, "inferred", note="Not said in so many words; a program took it so.")
    if one.endpoints_from:
        yield Source(("endpoints",), quote, "inferred", note=one.endpoints_from)
    if one.ports_quote:
        note = "The ports stand in the text before the hosts."
        yield Source(("ports",), cut(one.ports_quote), "inferred", note=note)
    if one.initiator_quote:
        yield Source(("flows",), cut(one.initiator_quote), "inferred", note="Said of all, not of this one.")
    for number, state, note in one.doubts:
        yield Source((f"endpoints[{number}]",), cut(one.endpoints[number].text), state, note=cut(note))


def _of(defect: Defect, requirement: str) -> Defect:
    return Defect(defect.code, defect.quote, defect.why, defect.advice, defect.severity, requirement, defect.field)
