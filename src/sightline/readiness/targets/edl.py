"""Lists that firewalls fetch by themselves (external dynamic lists): names, wildcards and addresses, a line each.

Such a list has no ports. So there is one for each set of ports, and a table says which list belongs in a rule with
which ports: put into another rule it would open more.
"""

from collections.abc import Iterable, Iterator

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.ports import PortSet
from sightline.readiness.targets.bundles import Bundle, Member, Naming, bundled
from sightline.readiness.targets.names import RuleNames
from sightline.readiness.targets.objects import text_of
from sightline.readiness.targets.proxied import anybody, for_every_client
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(names=True, wildcards=frozenset({"subtree", "subtree_and_apex"}), wider="subtree")


def render(order: Order) -> Rules:
    """The lists of one order, the table first."""
    found = bundled(anybody(order), NAMING, _NAME_MOST)
    losses = (*found.losses, *for_every_client(order))
    grouped: dict[tuple[str, str, PortSet], dict[Member, None]] = {}
    for bundle in found.bundles:
        grouped.setdefault(_key(bundle), {}).update(dict.fromkeys(bundle.members))
    if not grouped:
        return Rules((), losses, found.too_wide)
    names = RuleNames(_NAME_MOST)
    rows = ["list,direction,transport,ports"]
    lists = []
    for (direction, transport, ports), members in grouped.items():
        for kind, lines in _lists(members):
            name = names.of(order.service, direction, transport, str(ports), kind) + ".txt"
            rows.append(f'{name},{direction},{transport},"{ports}"')
            purpose = f"For a rule that lets {transport.upper()} {_short(ports)} pass {direction}, and no other."
            lists.append(File(name, "".join(f"{line}\n" for line in lines), purpose))
    table = File(f"{order.service}-lists.csv", "\n".join(rows) + "\n", "Which list belongs in a rule with which ports.")
    return Rules((table, *lists), losses, found.too_wide)


def _key(bundle: Bundle) -> tuple[str, str, PortSet]:
    return bundle.direction, bundle.transport, bundle.ports


def _lists(members: Iterable[Member]) -> Iterator[tuple[str, list[str]]]:
    names = [line for each in members for line in _names(each)]
    addresses = [text_of(each) for each in members if not isinstance(each, Name | Wildcard)]
    if names:
        yield "names", names
    if addresses:
        yield "addresses", addresses


def _names(member: Member) -> Iterator[str]:
    match member:
        case Name(text):
            yield text
        case Wildcard(base, match):
            yield f"*.{base}"
            if match == "subtree_and_apex":
                yield base


def _short(ports: PortSet) -> str:
    text = str(ports)
    return text if len(text) <= _PORTS_MOST else f"{text[:_PORTS_MOST]} and more"


_NAME_MOST = 90  # with its ending below the 100 that file servers of old take
_PORTS_MOST = 60

TARGET = Target(
    "edl",
    "External dynamic lists (text)",
    render,
    "For firewalls that fetch lists, such as Palo Alto and FortiGate: a file for names and one for addresses. "
    "`*.example.com` covers names of any depth there, and not example.com itself.",
    has_clients=False,
)
