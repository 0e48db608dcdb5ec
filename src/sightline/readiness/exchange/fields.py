"""What a file of fields says, checked piece by piece: nothing is taken for sound because of where it stands."""

import json
import re
from typing import Any

from sightline.errors import RefusedError
from sightline.readiness.exchange.draft import cut, unconfirmed
from sightline.readiness.manifest import Endpoint, Ports, State, Transport
from sightline.readiness.names import Match, address_fault, host_fault, prefix_fault, wildcard_base, wildcard_fault
from sightline.readiness.ports import parse_ports
from sightline.readiness.problem import shown

Doubt = tuple[int, State, str]


def json_value(text: str) -> Any:
    """Raises RefusedError for what is no JSON, or nested without end."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else shown(str(error))
        raise RefusedError("not-json", f"It is not JSON: {reason}.", hint="Is it the right file?") from error


def records(value: object) -> list[dict[str, Any]]:
    """The tables in a list; what is none is left to whoever counts them."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text_of(record: dict[str, Any], name: str) -> str:
    """A text, or a number as text; else nothing."""
    value = record.get(name)
    is_plain = isinstance(value, (str, int)) and not isinstance(value, bool)
    return cut(str(value)) if is_plain and abs(value if isinstance(value, int) else 0) < 10**18 else ""


def texts_of(record: dict[str, Any], name: str) -> list[str]:
    """A list of texts; anything else in it as JSON, so that it is seen."""
    value = record.get(name)
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [cut(each if isinstance(each, str) else json.dumps(each)) or "not said" for each in items]


def hosts(texts: list[str], match: Match = "one_label") -> tuple[tuple[Endpoint, ...], tuple[Doubt, ...]]:
    """Each as an endpoint that waits for a person; what is no host is kept as damaged."""
    found: dict[Endpoint, None] = {}
    for text in texts:
        found[host(text, match)] = None
    why = "It is neither a host nor a wildcard, an address or a prefix."
    doubts: list[Doubt] = [(number, "damaged", why) for number, one in enumerate(found) if one.kind == "damaged"]
    return tuple(found), tuple(doubts)


def host(text: str, match: Match = "one_label") -> Endpoint:
    """One of them."""
    if "/" in text and not prefix_fault(text):
        return unconfirmed("prefix", text)
    if not address_fault(text):
        return unconfirmed("address", text)
    if wildcard_base(text) != text and not wildcard_fault(text):
        return unconfirmed("wildcard", text.lower(), text, match)
    if not host_fault(text):
        return unconfirmed("name", text.lower(), text)
    return Endpoint("damaged", text)


def ports(transport: Transport, text: str) -> tuple[Ports, ...]:
    """A set as other formats write it: `80,443,4700-5000`. What is none comes out empty, which lint complains of."""
    plain = re.sub(r"\s*([,-])\s*", r"\1", text.strip())
    if not plain:
        return ()
    try:
        return (Ports(transport, str(parse_ports(plain))),)
    except ValueError:
        return (Ports(transport, "", note=cut(f"as written: {text}")),)
