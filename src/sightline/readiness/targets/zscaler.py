"""A table as cloud proxies take it: a destination, its kind, protocol and ports, a row each."""

from collections.abc import Iterator

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.targets.bundles import Bundle, Member, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.objects import text_of
from sightline.readiness.targets.proxied import anybody, for_every_client
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(names=True, wildcards=frozenset({"subtree_and_apex"}), wider="subtree_and_apex", inbound=False)
COLUMNS = ("Name", "Direction", "Destination type", "Destination", "Protocol", "Ports", "Description")


def render(order: Order) -> Rules:
    """The table of one order."""
    found = bundled(anybody(order), NAMING, _NAME_MOST)
    losses = (*found.losses, *for_every_client(order))
    rows = [row for bundle in found.bundles for row in _rows(bundle)]
    if not rows:
        return Rules((), losses, found.too_wide)
    text = "".join(",".join(map(_cell, row)) + "\r\n" for row in (COLUMNS, *rows)).replace("\r\n", "\n")
    purpose = "One row for each destination; make destination groups and a rule of each name."
    return Rules((File(f"{order.service}-destinations.csv", text, purpose),), losses, found.too_wide)


def _rows(bundle: Bundle) -> Iterator[tuple[str, ...]]:
    about = comment(bundle.requirement.purpose, _COMMENT_MOST)
    for each in bundle.members:
        kind, text = _destination(each)
        yield (
            bundle.name, bundle.direction, kind, text, bundle.transport.upper(), str(bundle.ports).replace(", ", ";"),
            about,
        )  # fmt: skip


def _destination(member: Member) -> tuple[str, str]:
    match member:
        case Name(text):
            return "FQDN", text
        case Wildcard(base, _):
            return "Domain", f".{base}"
        case network:
            return "IP", text_of(network)


def _cell(text: str) -> str:
    """No cell begins as a formula: names, addresses and comments begin with a letter, a digit or a dot."""
    return f'"{text}"' if "," in text else text


_NAME_MOST = 60
_COMMENT_MOST = 120

TARGET = Target(
    "zscaler",
    "Cloud proxy table (CSV, as Zscaler takes it)",
    render,
    "Destination groups for the cloud firewall. `.example.com` covers the name itself and everything below it.",
    has_clients=False,
)
