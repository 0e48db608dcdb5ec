"""Squid: lists of hosts and ports, and a line that allows each together.

A leading dot in `dstdomain` covers the name itself too, so wildcards that do not are anchored expressions. `-n` keeps
Squid from asking the DNS: a name is compared with names, an address with addresses.
"""

import re
from collections.abc import Iterable, Iterator

from sightline.readiness.names import Match
from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.targets.bundles import Bundle, Member, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.names import RuleNames
from sightline.readiness.targets.proxied import carried
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(names=True, wildcards=frozenset({"one_label", "subtree", "subtree_and_apex"}))


def render(order: Order) -> Rules:
    """The file of one order."""
    asked, losses = carried(order)
    found = bundled(asked, NAMING, _NAME_MOST)
    if not found.bundles:
        return Rules((), (*losses, *found.losses), found.too_wide)
    text = "\n".join((*_header(order), *(line for one in found.bundles for line in _rules(one, order)))) + "\n"
    purpose = (
        "Include it in squid.conf above the line that denies CONNECT to other ports than 443; squid -k reconfigure."
    )
    return Rules((File(f"{order.service}-squid.conf", text, purpose),), (*losses, *found.losses), found.too_wide)


def _header(order: Order) -> Iterator[str]:
    yield f"# {comment(order.title, 60)}: what it needs. Nothing is denied here; your other lines decide what is left."
    yield "# Include it above 'http_access deny CONNECT !SSL_ports': some ports are not 443. To undo, take it out."
    if order.site.clients:
        for each in order.site.clients:
            yield f"acl {_clients(order)} src {each}"


def _rules(bundle: Bundle, order: Order) -> Iterator[str]:
    name = bundle.name
    yield ""
    yield f"# {bundle.requirement.id}: {comment(bundle.requirement.purpose, _COMMENT_MOST)}"
    kinds = dict.fromkeys(kind for kind, _ in _hosts(bundle.members))
    for first, last in bundle.ports.ranges:
        yield f"acl {name}-ports port {first if first == last else f'{first}-{last}'}"
    for kind, value in _hosts(bundle.members):
        yield f"acl {name}-{_SUFFIX[kind]} {kind} {value}"
    clients = f"{_clients(order)} " if order.site.clients else ""
    for kind in kinds:
        yield f"http_access allow {clients}{name}-ports {name}-{_SUFFIX[kind]}"


def _hosts(members: Iterable[Member]) -> Iterator[tuple[str, str]]:
    for each in members:
        match each:
            case Name(text):
                yield "dstdomain -n", text
            case Wildcard(base, match):
                yield "dstdom_regex -n -i", _BEFORE[match] + re.escape(base).replace(r"\-", "-") + "$"
            case network:
                yield "dst -n", str(network)


def _clients(order: Order) -> str:
    return RuleNames(_NAME_MOST + 10).of(order.service, "clients")


_BEFORE: dict[Match, str] = {
    "one_label": r"^[^.]+\.",
    "subtree": r"^[^.].*\.",
    "subtree_and_apex": r"^([^.].*\.)?",
}
_SUFFIX = {"dstdomain -n": "names", "dstdom_regex -n -i": "wildcards", "dst -n": "addresses"}
_NAME_MOST = 20  # Squid takes 31 for the name of a list, and the longest suffix has 10
_COMMENT_MOST = 100  # Guess: fits on a line of a terminal

TARGET = Target(
    "squid",
    "Squid (HTTP proxy)",
    render,
    "Squid 4 or newer. It allows CONNECT and plain HTTP to the hosts and ports; media over UDP does not go through a "
    "proxy and needs a rule on the firewall. Exempt the same hosts from ssl_bump where TLS must not be opened.",
)
