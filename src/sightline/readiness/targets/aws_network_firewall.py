"""An AWS Network Firewall rule group: Suricata's rules, which see the name that a TLS client asks for.

A domain list of AWS covers the name itself and all below it; these rules say exactly what is asked for. Names are seen
in TLS alone, so nothing that is not TLS passes by name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sightline.readiness.names import Match
from sightline.readiness.permit import Loss, Name, Permit, Wildcard
from sightline.readiness.targets.addresses import clients_of
from sightline.readiness.targets.bundles import Bundle, Member, Naming, bundled
from sightline.readiness.targets.clouds import networks_of
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.losses import lost
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(
    names=True, wildcards=frozenset({"one_label", "subtree", "subtree_and_apex"}), inbound=False,
    inbound_wildcards=False,
)  # fmt: skip


def render(order: Order) -> Rules:
    """The rules of one order."""
    by_name = tuple(one for one in order.permits if _is_seen(one))
    rest = tuple(one for one in order.permits if not _is_seen(one))
    named = bundled(replace(order, permits=by_name), NAMING, _NAME_MOST)
    addressed = bundled(replace(order, permits=rest), Naming(), _NAME_MOST)
    losses = (*named.losses, *(_tls_only(one) for one in by_name), *addressed.losses)
    lines = [line for one in (*named.bundles, *addressed.bundles) for line in _lines(one, order)]
    if not lines:
        return Rules((), losses, named.too_wide + addressed.too_wide)
    numbered = [line.replace("SID", str(_FIRST_ID + number)) for number, line in enumerate(lines)]
    head = (
        f"# {comment(order.title, 60)}: what it needs. A stateful rule group; strict order, your drop rules after it."
    )
    text = "\n".join((head, *numbered)) + "\n"
    purpose = (
        "aws network-firewall create-rule-group --type STATEFUL --rules file://… ; the group's deletion undoes it."
    )
    name = f"{order.service}-aws-network-firewall.rules"
    return Rules((File(name, text, purpose.replace("…", name)),), losses, named.too_wide + addressed.too_wide)


def _is_seen(permit: Permit) -> bool:
    return (
        isinstance(permit.remote, Name | Wildcard) and permit.transport == "tcp" and permit.direction == "outbound"
    )  # fmt: skip


def _tls_only(permit: Permit) -> Loss:
    return lost(
        permit,
        "not_enforced" if permit.requirement.protocol in _TLS else "narrowed",
        "tls-only",
        "The firewall sees a name in TLS alone: what is not TLS, or hides the name (ECH), does not pass. It believes "
        "the name: a client that lies about it gets to any address on these ports.",
        "Write addresses into the site file for what is not TLS, or where clients are not trusted.",
    )


def _lines(bundle: Bundle, order: Order) -> Iterator[str]:
    about = f'msg:"{bundle.name}"; sid:SID; rev:1;'
    ports = "[" + ",".join(str(a) if a == b else f"{a}:{b}" for a, b in bundle.ports.ranges) + "]"
    for version in (4, 6):
        if theirs := networks_of(bundle.members, version):
            ours = _group(map(str, clients_of(order, version)))
            others = _group(map(str, theirs))
            source, destination = (ours, others) if bundle.direction == "outbound" else (others, ours)
            yield f"pass {bundle.transport} {source} any -> {destination} {ports} (flow:to_server; {about})"
    clients = [str(each) for version in (4, 6) for each in clients_of(order, version)]
    for each in bundle.members:
        if isinstance(each, Name | Wildcard):
            yield f"pass tls {_group(clients)} any -> any {ports} (flow:to_server; tls.sni; {_sni(each)} {about})"


def _group(networks: Iterable[str]) -> str:
    return "[" + ",".join(networks) + "]"


def _sni(member: Member) -> str:
    if isinstance(member, Name):
        return f'content:"{member.text}"; startswith; endswith; nocase;'
    assert isinstance(member, Wildcard)
    escaped = member.base.replace(".", r"\.")
    return f'content:"{member.base}"; endswith; nocase; pcre:"/{_BEFORE[member.match]}{escaped}$/i";'


_BEFORE: dict[Match, str] = {
    "one_label": r"^[^.]+\.",
    "subtree": r"^[^.].*\.",
    "subtree_and_apex": r"^([^.].*\.)?",
}
_TLS = ("https", "wss", "turns")
_FIRST_ID = 7_300_001  # Guess: far from the numbers of public rule sets, which lie from 2,000,000
_NAME_MOST = 60

TARGET = Target(
    "aws-network-firewall",
    "AWS Network Firewall (stateful rules)",
    render,
    "Suricata-compatible rules for a stateful rule group with strict order. Names are matched in TLS; UDP and what is "
    "not TLS goes by address.",
)
