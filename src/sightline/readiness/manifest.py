"""What a service needs of a network, as frozen values. The descriptions here are the schema's and the reference's.

Every field that is set is covered by a `Source`, which quotes its line and says whether the line states it.
"""

import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from sightline.readiness.names import Match

Id = Annotated[str, Meta(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
Text = Annotated[str, Meta(min_length=1, max_length=2000)]
State = Literal["stated", "inferred", "contradictory", "damaged", "missing"]
Necessity = Literal["required", "recommended", "optional", "fallback", "redundant"]
Platform = Literal["browser", "ios", "android", "glasses", "desktop"]
Protocol = Literal[
    "https", "http", "wss", "stun", "turn", "turns", "sip", "rtp", "webrtc", "registration", "push", "tiles", "dns",
    "not_said",
]  # fmt: skip
Tolerance = Literal["tolerated", "with_websocket", "must_bypass", "not_said"]
EndpointKind = Literal[
    "name", "wildcard", "address", "prefix", "published", "peers", "unconfirmed", "damaged", "missing"
]
Transport = Literal["tcp", "udp", "not_said"]


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where fields come from."""

    fields: Annotated[
        tuple[str, ...],
        Meta(description="The fields that the quote is the source of; `ports[1]` is their second item.", min_length=1),
    ]
    quote: Annotated[Text, Meta(description="The line, verbatim, damage included.")]
    state: Annotated[
        State,
        Meta(
            description="stated: the line says so. inferred: it follows, but is not said. contradictory: another line "
            "says otherwise. damaged: the line is torn. missing: the line promises it, and it is not there."
        ),
    ] = "stated"
    document: Annotated[Id, Meta(description="Which document.")] = "article"
    note: Annotated[str, Meta(description="Why the state is not `stated`.", max_length=2000)] = ""


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """What was read."""

    id: Annotated[Id, Meta(description="What sources call it.")]
    title: Annotated[Text, Meta(description="Its title.")]
    publisher: Annotated[Text, Meta(description="Who published it.")]
    modified: Annotated[datetime.date | None, Meta(description="When it was last changed, if it says so.")] = None
    sha256: Annotated[
        str, Meta(description="Of the text that the quotes were taken from.", pattern=r"^([0-9a-f]{64})?$")
    ] = ""


class Party(Struct, frozen=True, forbid_unknown_fields=True):
    """Who owns something."""

    id: Annotated[Id, Meta(description="What requirements call it.")]
    name: Annotated[Text, Meta(description="Its name.")]
    kind: Annotated[Literal["customer", "vendor", "third_party"], Meta(description="What it is to the customer.")]
    quote: Annotated[str, Meta(description="The line that names it.", max_length=2000)] = ""
    state: Annotated[State, Meta(description="As in sources.")] = "stated"


class Zone(Struct, frozen=True, forbid_unknown_fields=True):
    """A place in the network that flows join."""

    id: Annotated[Id, Meta(description="What flows call it.")]
    title: Annotated[Text, Meta(description="What is there.")]
    party: Annotated[Id, Meta(description="Whose it is.")]


class Variable(Struct, frozen=True, forbid_unknown_fields=True):
    """What each customer fills in, written `${name}` in endpoints and ports."""

    name: Annotated[str, Meta(description="Its name.", pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    kind: Annotated[
        Literal["label", "port", "ports"], Meta(description="A label of a host name, one port, or a set of ports.")
    ]
    title: Annotated[Text, Meta(description="What it means.")]
    quote: Annotated[Text, Meta(description="The line, verbatim.")]
    where: Annotated[str, Meta(description="Where the customer finds it.", max_length=2000)] = ""
    allowed: Annotated[tuple[str, ...], Meta(description="The values that it may take; empty: any of its kind.")] = ()
    example: Annotated[str, Meta(description="An example; never a default.", max_length=200)] = ""
    state: Annotated[State, Meta(description="As in sources.")] = "stated"


class Flow(Struct, frozen=True, forbid_unknown_fields=True, rename={"from_role": "from", "to_role": "to"}):
    """Who sends to whom, and who opens the conversation."""

    from_role: Annotated[Id, Meta(description="The zone that sends.")]
    to_role: Annotated[Id, Meta(description="The zone that receives.")]
    initiator: Annotated[
        Literal["from", "to", "not_said"],
        Meta(description="Which of the two sends first: it decides whether a rule must be opened inbound."),
    ]
    stateful_return: Annotated[
        bool | None, Meta(description="Whether answers come back through the state that the first packet made.")
    ] = None


class Believed(Struct, frozen=True, forbid_unknown_fields=True):
    """One reading of a damaged or unconfirmed text. Nothing uses it until a person confirms it."""

    kind: Annotated[EndpointKind, Meta(description="As in endpoints.")]
    text: Annotated[Text, Meta(description="As in endpoints.")]
    match: Annotated[Match | None, Meta(description="As in endpoints.")] = None


class Endpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """What is reached."""

    kind: Annotated[
        EndpointKind,
        Meta(
            description="name: one host. wildcard: `*.example.com` or `.example.com`, with `match`. address, prefix: "
            "IP. published: a provider's own list, by address of the list. peers: the other clients. unconfirmed: a "
            "program read it, and no person has looked yet; usable by nobody. damaged: kept as quoted, usable by "
            "nobody. missing: the article has none."
        ),
    ]
    text: Annotated[Text, Meta(description="The name, wildcard, address, prefix, address of the list, or quotation.")]
    match: Annotated[
        Match | None,
        Meta(
            description="What a wildcard covers. one_label: a.example.com. subtree: also a.b.example.com. "
            "subtree_and_apex: also example.com itself."
        ),
    ] = None
    believed: Annotated[
        tuple[Believed, ...],
        Meta(description="What a damaged or unconfirmed text is believed to mean; inferred, not used."),
    ] = ()
    confirmed: Annotated[bool, Meta(description="A person confirmed what is believed; it is used.")] = False
    recovery: Annotated[
        Literal["primary", "disaster_recovery", "not_said"],
        Meta(description="Whether it serves after a disaster."),
    ] = "not_said"
    stability: Annotated[
        Literal["static", "rotating", "cdn", "not_said"], Meta(description="Whether its addresses stay.")
    ] = "not_said"


class Ports(Struct, frozen=True, forbid_unknown_fields=True):
    """A set of ports of one transport."""

    transport: Annotated[Transport, Meta(description="TCP or UDP.")]
    set: Annotated[
        str,
        Meta(description='"80, 443, 4700-5000", or one variable; empty: the article has none.', max_length=2000),
    ]
    note: Annotated[str, Meta(description="What these are for, if the article says.", max_length=2000)] = ""
    protocol: Annotated[Protocol, Meta(description="If it differs from the requirement's.")] = "not_said"


class Timer(Struct, frozen=True, forbid_unknown_fields=True):
    """A time that the network must respect."""

    kind: Annotated[
        Literal["registration", "keep_alive", "udp_binding", "tcp_idle"], Meta(description="What repeats or lasts.")
    ]
    transport: Annotated[Literal["tcp", "udp"], Meta(description="TCP or UDP.")]
    seconds: Annotated[int, Meta(description="How long.", ge=1, le=604800)]


class Capacity(Struct, frozen=True, forbid_unknown_fields=True):
    """What the number of ports bounds."""

    bounds: Annotated[Text, Meta(description="What there can only be so many of.")]
    ports_each: Annotated[int, Meta(description="Ports that each takes; absent: not said.", ge=1)] | None = None


class Translation(Struct, frozen=True, forbid_unknown_fields=True):
    """A symptom in another language."""

    language: Annotated[str, Meta(description="BCP 47.", pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
    text: Annotated[Text, Meta(description="The text.")]


class Symptom(Struct, frozen=True, forbid_unknown_fields=True):
    """What is noticed when the requirement is not met."""

    feature: Annotated[Id, Meta(description="What fails.")]
    text: Annotated[Text, Meta(description="As the article says it, in its own language.")]
    roles: Annotated[tuple[str, ...], Meta(description="Who notices; empty: not said.")] = ()
    translations: Annotated[tuple[Translation, ...], Meta(description="The text in other languages.")] = ()


class Requirement(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that the network must allow."""

    id: Annotated[Id, Meta(description="Stable; rules and findings are named after it.")]
    purpose: Annotated[Text, Meta(description="What it is for.")]
    necessity: Annotated[
        Necessity,
        Meta(
            description="required. recommended. optional: see `lost`. fallback: used when a better one of its group "
            "fails. redundant: stands in when another service is down."
        ),
    ]
    flows: Annotated[tuple[Flow, ...], Meta(description="Who sends to whom.", min_length=1)]
    endpoints: Annotated[tuple[Endpoint, ...], Meta(description="What is reached.", min_length=1)]
    ports: Annotated[tuple[Ports, ...], Meta(description="Through which ports.", min_length=1)]
    sources: Annotated[tuple[Source, ...], Meta(description="Where each field comes from.", min_length=1)]
    protocol: Annotated[Protocol, Meta(description="What is spoken.")] = "not_said"
    lost: Annotated[str, Meta(description="What is lost without it, if it is optional.", max_length=2000)] = ""
    any_of: Annotated[str, Meta(description="The group of which one is enough.", max_length=63)] = ""
    preference: Annotated[int, Meta(description="Its place in the group; 1 is tried first.", ge=1, le=99)] | None = None
    platforms: Annotated[tuple[Platform, ...], Meta(description="Which clients need it; empty: not said, so all.")] = ()
    regions: Annotated[tuple[str, ...], Meta(description="Where; empty: everywhere.")] = ()
    data_centre: Annotated[str, Meta(description="Which data centre it belongs to.", max_length=200)] = ""
    owner: Annotated[str, Meta(description="The party that runs what is reached.", max_length=63)] = ""
    interception: Annotated[Tolerance, Meta(description="Whether TLS may be opened on the way.")] = "not_said"
    http_proxies: Annotated[Tolerance, Meta(description="Whether an HTTP proxy may stand in between.")] = "not_said"
    timers: Annotated[tuple[Timer, ...], Meta(description="Times that the network must respect.")] = ()
    capacity: Annotated[Capacity | None, Meta(description="What the number of ports bounds.")] = None
    symptoms: Annotated[tuple[Symptom, ...], Meta(description="What is noticed without it.")] = ()


class Note(Struct, frozen=True, forbid_unknown_fields=True):
    """What the article says beside its requirements."""

    id: Annotated[Id, Meta(description="Its name.")]
    quote: Annotated[Text, Meta(description="The line, verbatim.")]
    requirements: Annotated[tuple[str, ...], Meta(description="What it is about; empty: all.")] = ()
    document: Annotated[Id, Meta(description="Which document.")] = "article"


class Defect(Struct, frozen=True, forbid_unknown_fields=True):
    """A fault of the document that a person found; what a program can see, lint finds by itself."""

    code: Annotated[Id, Meta(description="Its kind; as in findings.")]
    quote: Annotated[Text, Meta(description="The line, verbatim.")]
    why: Annotated[Text, Meta(description="What is wrong with it.")]
    advice: Annotated[Text, Meta(description="What to do, or whom to ask.")]
    severity: Annotated[
        Literal["error", "warning", "note"], Meta(description="error: a rule made from it would be wrong.")
    ] = "warning"
    requirement: Annotated[str, Meta(description="Which requirement it touches.", max_length=63)] = ""
    field: Annotated[str, Meta(description="Which field.", max_length=63)] = ""


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """What became different between two versions."""

    version: Annotated[Text, Meta(description="The version that brought it.")]
    quote: Annotated[Text, Meta(description="The line, verbatim.")]
    effective: Annotated[datetime.date | None, Meta(description="From which day; absent: not said.")] = None
    requirements: Annotated[tuple[str, ...], Meta(description="What it touches; empty: not said.")] = ()
    state: Annotated[State, Meta(description="As in sources.")] = "stated"


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What one service needs of a network."""

    format: Annotated[Literal[1], Meta(description="Of this file.")]
    service: Annotated[Id, Meta(description="The profile's name.")]
    title: Annotated[Text, Meta(description="The service's name.")]
    version: Annotated[str, Meta(description="Of the service; empty: not said.", max_length=100)]
    documents: Annotated[tuple[Document, ...], Meta(description="What was read.", min_length=1)]
    parties: Annotated[tuple[Party, ...], Meta(description="Who owns what.", min_length=1)]
    zones: Annotated[tuple[Zone, ...], Meta(description="Places that flows join.", min_length=1)]
    requirements: Annotated[tuple[Requirement, ...], Meta(description="What the network must allow.", min_length=1)]
    sources: Annotated[tuple[Source, ...], Meta(description="Where title and version come from.", min_length=1)]
    effective: Annotated[datetime.date | None, Meta(description="From which day; absent: not said.")] = None
    variables: Annotated[tuple[Variable, ...], Meta(description="What each customer fills in.")] = ()
    notes: Annotated[tuple[Note, ...], Meta(description="What the article says beside.")] = ()
    defects: Annotated[tuple[Defect, ...], Meta(description="Faults of the document that a person found.")] = ()
    changes: Annotated[tuple[Change, ...], Meta(description="What became different.")] = ()


def client_zones(manifest: Manifest) -> tuple[str, ...]:
    """The zones on the customer's side. Of two that a flow joins, the first in the file has the clients."""
    customers = {party.id for party in manifest.parties if party.kind == "customer"}
    return tuple(zone.id for zone in manifest.zones if zone.party in customers)


def near_end(flow: Flow, ours: tuple[str, ...]) -> str | None:
    """The end of a flow that is behind the clients' firewall. None: neither."""
    return next((zone for zone in ours if zone in (flow.from_role, flow.to_role)), None)
