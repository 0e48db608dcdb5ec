"""FortiGate, FortiOS 6.4 or newer: address and service objects, and a policy for each rule and family.

A policy is edited by its number, and `edit 0` makes a new one each time. Ours come from the rule's name, so that the
same policy is found again. Families stand apart, as `set nat enable` would otherwise translate IPv6 as well.
"""

import hashlib
from collections.abc import Iterator

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.targets.addresses import VERSIONS, Version
from sightline.readiness.targets.bundles import Bundle, Bundled, Member, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.objects import Caveat, ObjectNames, chunks, ends, resolved, zones
from sightline.readiness.targets.target import File, Order, Rules, Target
from sightline.readiness.targets.timers import Keeping

# Fortinet does not say whether the asterisk stands for dots, too. The wider reading is taken: nothing that might open
# more is called exact.
NAMING = Naming(names=True, wildcards=frozenset({"subtree", "subtree_and_apex"}), wider="subtree")


def render(order: Order) -> Rules:
    """The objects and policies of one order."""
    found = bundled(order, NAMING, _NAME_MOST)
    if not found.bundles:
        return Rules((), found.losses, found.too_wide)
    making = _Making(order, found)
    return Rules(
        (
            File(f"{order.service}-fortigate.conf", making.text(), "Paste into the CLI; says what to set first."),
            File(f"{order.service}-fortigate-undo.conf", making.undo(), "Takes it all away again."),
        ),
        (
            *found.losses,
            *resolved(found.bundles, "Let the clients ask the resolver that the FortiGate asks."),
            *_LEARNED.of(found.bundles, Wildcard),
        ),
        found.too_wide,
        found.timed(_KEEPING),
    )


class _Making:
    """The configuration as it grows: its tables, each with its entries, each with its settings."""

    def __init__(self, order: Order, found: Bundled) -> None:
        self.order = order
        self.names = ObjectNames(order.service, _OBJECT_MOST)
        self.addresses: dict[Version, dict[str, list[str]]] = {4: {}, 6: {}}
        self.services: dict[str, list[str]] = {}
        self.policies: dict[str, list[str]] = {}
        for bundle in found.bundles:
            for version in VERSIONS:
                self.add(bundle, version)

    def text(self) -> str:
        return "\n".join((*_header(self.order), *(line for table in self.tables() for line in _table(*table)), ""))

    def undo(self) -> str:
        taken = [(kind, [f"    delete {_quoted(each)}" for each in held]) for kind, held in self.tables() if held]
        # An object in use cannot be deleted, so policies go first.
        return "\n".join(line for kind, held in reversed(taken) for line in (f"config {kind}", *held, "end")) + "\n"

    def tables(self) -> Iterator[tuple[str, dict[str, list[str]]]]:
        yield "firewall address", self.addresses[4]
        yield "firewall address6", self.addresses[6]
        yield "firewall service custom", self.services
        yield "firewall policy", self.policies

    def add(self, bundle: Bundle, version: Version) -> None:
        networks = [each for each in self.order.site.clients if each.version == version]
        members = bundle.of_version(version)
        if not members or (self.order.site.clients and not networks):
            return
        clients = self.listed(version, [self.address(each, version) for each in networks])
        others = [] if bundle.is_anywhere else [one for each in members for one in self.objects(each, version)]
        source, destination = ends(bundle.direction, clients, self.listed(version, others))
        entering, leaving = zones(bundle, self.order)
        six = "6" if version == 6 else ""
        name = f"{bundle.name}{'-v6' if version == 6 else ''}"
        self.policies[self.number(name)] = [
            f"set name {_quoted(name)}",
            f"set srcintf {_quoted(entering)}",
            f"set dstintf {_quoted(leaving)}",
            f"set srcaddr{six} {source}",
            f"set dstaddr{six} {destination}",
            "set action accept",
            'set schedule "always"',
            f"set service {' '.join(map(_quoted, self.service(bundle)))}",
            f"set comments {_quoted(comment(bundle.requirement.purpose, _COMMENT_MOST))}",
        ]

    def listed(self, version: Version, objects: list[str]) -> str:
        return " ".join(map(_quoted, dict.fromkeys(objects))) or '"all"'

    def objects(self, member: Member, version: Version) -> Iterator[str]:
        match member:
            case Wildcard(base, match):
                yield self.address(Wildcard(base, "subtree"), version)
                if match == "subtree_and_apex":
                    yield self.address(Name(base), version)
            case _:
                yield self.address(member, version)

    def address(self, member: Member, version: Version) -> str:
        # Objects of both families have one name space in policies of newer versions.
        kind = ("v6",) if version == 6 and isinstance(member, Name | Wildcard) else ()
        name = self.names.member(member, *kind)
        match member:
            case Name(text):
                said = ["set type fqdn", f"set fqdn {_quoted(text)}"]
            case Wildcard(base):
                said = ["set type fqdn", f"set fqdn {_quoted(f'*.{base}')}"]
            case network if network.version == 4:
                said = ["set type ipmask", f"set subnet {network.network_address} {network.netmask}"]
            case network:
                said = ["set type ipprefix", f"set ip6 {network}"]
        self.addresses[version][name] = said
        return name

    def service(self, bundle: Bundle) -> Iterator[str]:
        for number, ports in enumerate(chunks(bundle.ports, _RANGES_MOST), 1):
            name = bundle.name if number == 1 else f"{bundle.name}-{number}"
            ranges = " ".join(str(first) if first == last else f"{first}-{last}" for first, last in ports.ranges)
            said = comment(bundle.requirement.purpose, _COMMENT_MOST)
            self.services[name] = [f"set {bundle.transport}-portrange {ranges}", f"set comment {_quoted(said)}"]
            if idle := _KEEPING.seconds(bundle.requirement, bundle.transport):
                timer = "session-ttl" if bundle.transport == "tcp" else "udp-idle-timer"
                self.services[name].append(f"set {timer} {idle}")
            yield name

    def number(self, name: str) -> str:
        number = int.from_bytes(hashlib.sha256(f"{self.order.service} {name}".encode()).digest()[:4]) % _NUMBERS
        while str(_NUMBER_FIRST + number) in self.policies:
            number = (number + 1) % _NUMBERS
        return str(_NUMBER_FIRST + number)


def _table(kind: str, entries: dict[str, list[str]]) -> Iterator[str]:
    if not entries:
        return
    yield f"config {kind}"
    for name, settings in entries.items():
        yield f"    edit {_quoted(name)}"
        yield from (f"        {each}" for each in settings)
        yield "    next"
    yield "end"


def _quoted(text: str) -> str:
    assert not set(text) & set('"\\\n'), f"{text!r} is not a word of ours"
    return text if text.isdecimal() else f'"{text}"'


def _header(order: Order) -> Iterator[str]:
    yield f"# {comment(order.title, 60)}: what it needs, for FortiOS 6.4 or newer."
    yield "# The interfaces are those of the site file; if yours have other names, change srcintf and dstintf."
    yield "# Private clients need `set nat enable` in the IPv4 policies, unless central NAT is in use."
    yield "# New policies stand last: move them above what denies (move NUMBER before NUMBER)."
    yield "# Loading this again changes nothing. When a version drops something, load the undo of the old one first."


_LEARNED = Caveat(
    "wildcard-learned",
    "A wildcard is empty until the FortiGate has seen an answer of the DNS pass, and holds 1,000 addresses at most.",
    "Let plain DNS pass through it, no DNS over HTTPS; let the clients ask the resolver that it asks.",
)

_KEEPING = Keeping(tcp=3600, udp=180, most=86_400)  # Fortinet CLI reference: session-ttl, udp-idle-timer
_NAME_MOST = 32  # FortiOS CLI reference, firewall policy name: 35 characters; three are for -v6
_OBJECT_MOST = 79  # the same, firewall address
_COMMENT_MOST = 255  # the same, comment; policies take more
_RANGES_MOST = 15  # Guess, on the side of short lines: the reference says nothing of how many a service takes
_NUMBER_FIRST = 1_900_000_000  # policyid ends at 4294967294; a FortiGate counts up from 1 and never gets here
_NUMBERS = 100_000_000

TARGET = Target(
    "fortigate",
    "FortiGate (FortiOS)",
    render,
    "FortiOS 6.4 or newer. Set interfaces and NAT as the file says; move the policies above what denies. Names and "
    "wildcards need a resolver that clients and FortiGate share. The second file takes everything away.",
)
