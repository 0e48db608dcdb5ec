"""Cisco ASA 9.x: objects, one list for each direction, and the lines that take them away again.

The lists are bound to nothing: an interface has one list, which is the customer's, and what is bound ends in deny.
Each name stands in a line of its own: a group does not take it on every version. No remarks: loaded again, a line is
known and a remark is there twice.
"""

from collections.abc import Iterator

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.site import Network
from sightline.readiness.targets.bundles import Bundle, Member, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.objects import ObjectNames, ends, resolved, text_of, word
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(names=True)


def render(order: Order) -> Rules:
    """The objects and lists of one order."""
    found = bundled(order, NAMING, _NAME_MOST)
    if not found.bundles:
        return Rules((), found.losses, found.too_wide)
    making = _Making(order)
    for bundle in found.bundles:
        making.add(bundle)
    losses = resolved(found.bundles, "Set up `dns domain-lookup` and a name-server that the clients ask too.")
    text = "\n".join((*_header(order, making), *making.definitions(), *making.lines, ""))
    undo = "\n".join(f"no {line}" for line in (*making.lines, *making.objects)) + "\n"
    return Rules(
        (
            File(f"{order.service}-cisco-asa.txt", text, "Paste in configuration mode; says where the lists go."),
            File(f"{order.service}-cisco-asa-undo.txt", undo, "Takes it all away again."),
        ),
        (*found.losses, *losses),
        found.too_wide,
    )


class _Making:
    """The configuration as it grows."""

    def __init__(self, order: Order) -> None:
        self.names = ObjectNames(order.service, _NAME_MOST)
        self.list = ObjectNames(order.service, _NAME_MOST - len("-outbound")).of()
        self.versions = {each.version for each in order.site.clients} or {4, 6}
        self.objects: dict[str, tuple[str, ...]] = {}
        self.lines: dict[str, None] = {}
        self.clients = "any"
        if order.site.clients:
            self.clients = f"object-group {self.group(self.names.of('clients'), 'Clients', order.site.clients)}"

    def definitions(self) -> Iterator[str]:
        for opening, body in self.objects.items():
            yield opening
            yield from body

    def add(self, bundle: Bundle) -> None:
        for other in self.others(bundle):
            source, destination = ends(bundle.direction, self.clients, other)
            listed = f"access-list {self.list}-{bundle.direction} extended permit {bundle.transport}"
            self.lines[f"{listed} {source} {destination} {self.ports(bundle)}"] = None

    def others(self, bundle: Bundle) -> Iterator[str]:
        """The other side, an operand for each line."""
        if bundle.is_anywhere:
            yield "any"
            return
        for name in (each for each in bundle.members if isinstance(each, Name)):
            for version in sorted(self.versions):
                named = self.names.of(name.text, f"v{version}")
                self.define(f"object network {named}", f" fqdn v{version} {name.text}")
                yield f"object {named}"
        if networks := tuple(each for each in bundle.members if not isinstance(each, Name | Wildcard)):
            yield f"object-group {self.group(bundle.name, bundle.requirement.purpose, networks)}"

    def group(self, name: str, purpose: str, networks: tuple[Network, ...]) -> str:
        body = (*_described(purpose), *(f" network-object {_operand(one)}" for one in networks))
        self.define(f"object-group network {name}", *body)
        return name

    def ports(self, bundle: Bundle) -> str:
        """A group even for one port: its name is where a line says whose it is."""
        name = f"{bundle.name}-p"
        said = [f"eq {first}" if first == last else f"range {first} {last}" for first, last in bundle.ports.ranges]
        body = (*_described(bundle.requirement.purpose), *(f" port-object {each}" for each in said))
        self.define(f"object-group service {name} {bundle.transport}", *body)
        return f"object-group {name}"

    def define(self, opening: str, *body: str) -> None:
        self.objects[opening] = body


def _described(purpose: str) -> tuple[str, ...]:
    return (f" description {text}",) if (text := comment(purpose, _COMMENT_MOST)) else ()


def _operand(member: Member) -> str:
    assert not isinstance(member, Name | Wildcard), "names have lines of their own"
    if member.num_addresses == 1:
        return f"host {text_of(member)}"
    return str(member) if member.version == 6 else f"{member.network_address} {member.netmask}"


def _header(order: Order, making: _Making) -> Iterator[str]:
    yield f"! {comment(order.title, 60)}: what it needs, for Cisco ASA 9.x."
    yield "! The lists are bound to nothing. Where the interface has a list already (show running-config access-group),"
    yield "! paste the lines under its name, above what denies. Where it has none, a bound list denies all the rest:"
    for direction, interface in (("outbound", order.site.inside), ("inbound", order.site.outside)):
        if any(line.startswith(f"access-list {making.list}-{direction} ") for line in making.lines):
            yield f"!   access-group {making.list}-{direction} in interface {word(interface)}"
    if any(opening.startswith("object network") for opening in making.objects):
        yield "! Names need the DNS: dns domain-lookup, and a name-server in dns server-group DefaultDNS."
    yield "! Loading this again adds nothing twice. When a version drops something, load the undo of the old one first."


_NAME_MOST = 62  # Cisco ASA command reference, object and object-group: 64 characters; two are for what we append
_COMMENT_MOST = 200  # the same, description

TARGET = Target(
    "cisco-asa",
    "Cisco ASA",
    render,
    "ASA 9.0 or newer. The lists are bound to nothing; the file says where they go. Names need the ASA's own DNS "
    "settings and the resolver of the clients. The second file takes everything away.",
)
