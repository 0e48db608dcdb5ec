"""Palo Alto Networks, PAN-OS 10 or newer, as `set` commands.

Every rule has an address group and a service of its own, so that loading again can empty and fill the group while the
rule keeps its place. A name object takes no wildcard; a custom URL category does, and says exactly how deep it goes,
but it sees only what carries a name: TLS with SNI, and HTTP. So a wildcard over UDP has no rule.
"""

from collections.abc import Iterator

from sightline.readiness.permit import Loss, Name, Wildcard
from sightline.readiness.site import Network
from sightline.readiness.targets.bundles import Bundle, Bundled, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.objects import ObjectNames, chunks, ends, resolved, text_of, zones
from sightline.readiness.targets.target import File, Order, Rules, Target
from sightline.readiness.targets.timers import Keeping

NAMING = Naming(
    names=True,
    wildcards=frozenset({"one_label", "subtree", "subtree_and_apex"}),
    wildcard_transports=frozenset({"tcp"}),
    inbound_wildcards=False,
)


def render(order: Order) -> Rules:
    """The objects and rules of one order."""
    found = bundled(order, NAMING, _NAME_MOST)
    if not found.bundles:
        return Rules((), found.losses, found.too_wide)
    making = _Making(order, found)
    text = "\n".join((*_header(order), *making.lines, ""))
    # What is in use cannot be deleted: rules, then groups, then what is in them.
    undo = "\n".join(f"delete {each}" for each in reversed(making.made)) + "\n"
    return Rules(
        (
            File(f"{order.service}-palo-alto.txt", text, "Paste in configure mode, then commit."),
            File(f"{order.service}-palo-alto-undo.txt", undo, "Takes it all away again, after a commit."),
        ),
        (
            *found.losses,
            *resolved(found.bundles, "Let the clients ask the resolver that the firewall asks."),
            *_wildcard_losses(found),
        ),
        found.too_wide,
        found.timed(_KEEPING),
    )


class _Making:
    """The commands as they grow."""

    def __init__(self, order: Order, found: Bundled) -> None:
        self.order = order
        self.names = ObjectNames(order.service, _NAME_MOST)
        self.lines: dict[str, None] = {}
        self.made: dict[str, None] = {}
        self.clients = "any"
        if order.site.clients:
            self.clients = self.group(self.names.of("clients"), order.site.clients)
        for bundle in found.bundles:
            self.add(bundle)

    def add(self, bundle: Bundle) -> None:
        wild = [each for each in bundle.members if isinstance(each, Wildcard)]
        others = tuple(each for each in bundle.members if not isinstance(each, Wildcard))
        services = " ".join(self.services(bundle))
        if others:
            there = "any" if bundle.is_anywhere else self.group(f"{bundle.name}-to", others)
            self.rule(bundle, bundle.name, there, services, "any")
        if wild:
            category = f"{bundle.name}-u"
            self.say(f"profiles custom-url-category {category}", 'type "URL List"')
            self.emptied(f"profiles custom-url-category {category} list", [each for one in wild for each in _urls(one)])
            self.rule(bundle, f"{bundle.name}-u", "any", services, category)

    def rule(self, bundle: Bundle, name: str, there: str, services: str, category: str) -> None:
        entering, leaving = zones(bundle, self.order)
        source, destination = ends(bundle.direction, self.clients, there)
        rule = f"rulebase security rules {name}"
        self.say(rule, f"from {entering} to {leaving}", f"source {source} destination {destination}")
        self.say(rule, f"category {category} application any service [ {services} ]", "action allow")
        if text := comment(bundle.requirement.purpose, _COMMENT_MOST):
            self.say(rule, f'description "{text}"')

    def group(self, name: str, members: tuple[Network | Name, ...]) -> str:
        names = []
        for member in members:
            kind = "fqdn" if isinstance(member, Name) else "ip-netmask"
            named = self.names.member(member)
            self.say(f"address {named}", f"{kind} {text_of(member)}")
            names.append(named)
        self.made[f"address-group {name}"] = None
        self.emptied(f"address-group {name} static", names)
        return name

    def services(self, bundle: Bundle) -> Iterator[str]:
        for number, ports in enumerate(chunks(bundle.ports, _RANGES_MOST), 1):
            name = f"{bundle.name}-p{number}"
            idle = _KEEPING.seconds(bundle.requirement, bundle.transport)
            timer = f"override yes timeout {idle}" if idle else "override no"
            told = f"protocol {bundle.transport}"
            self.say(f"service {name}", f"{told} port {str(ports).replace(' ', '')}", f"{told} {timer}")
            yield name

    def say(self, thing: str, *settings: str) -> None:
        self.made[thing] = None
        for each in settings:
            self.lines[f"set {thing} {each}"] = None

    def emptied(self, thing: str, members: list[str]) -> None:
        """A list that is exactly this. `set` adds to a list, so an older one is taken away first."""
        self.lines[f"delete {thing}"] = None
        for each in members:
            self.lines[f"set {thing} {each}"] = None


def _urls(wildcard: Wildcard) -> Iterator[str]:
    """Palo Alto, "Guidelines for URL category exceptions": `^` is one label, `*` is one or more, and the slash ends
    the name, without which `example.com` would begin `example.com.evil.example`."""
    yield f"{'^' if wildcard.match == 'one_label' else '*'}.{wildcard.base}/"
    if wildcard.match == "subtree_and_apex":
        yield f"{wildcard.base}/"


def _wildcard_losses(found: Bundled) -> Iterator[Loss]:
    for bundle in found.bundles:
        for each in bundle.members:
            if isinstance(each, Wildcard):
                yield Loss(
                    bundle.requirement.id,
                    "narrowed",
                    "wildcard-by-sni",
                    f"*.{each.base} ({each.match.replace('_', ' ')}), TCP {bundle.ports}",
                    "A URL category matches the name in TLS or HTTP. A connection that carries none does not pass; the "
                    "first packets of any pass until its name is seen.",
                    "Name the hosts one by one, if the vendor can say which they are.",
                )


def _header(order: Order) -> Iterator[str]:
    yield f"# {comment(order.title, 60)}: what it needs, for PAN-OS 10 or newer."
    yield "# Paste without these lines, after `set cli scripting-mode on` and `configure`; look at it; `commit`."
    yield "# The zones are those of the site file; if yours have other names, change from and to."
    yield "# New rules stand last: `move rulebase security rules NAME before NAME` puts one above what denies."
    yield "# On the first load each `delete` says that there is nothing yet. A list is emptied and filled again; when"
    yield "# a version drops a whole rule, load the undo of the old one first."


_KEEPING = Keeping(tcp=3600, udp=30, most=604_800)  # PAN-OS: defaults of TCP and UDP timeouts, and their limit
_NAME_MOST = 60  # PAN-OS: 63 characters for rules, objects and groups; three are for what we append
_COMMENT_MOST = 255  # Guess, on the side of short lines: PAN-OS takes 1,024
_RANGES_MOST = 80  # PAN-OS: 1,023 characters for a service's ports; `65534-65535,` is twelve

TARGET = Target(
    "palo-alto",
    "Palo Alto Networks (PAN-OS)",
    render,
    "PAN-OS 10 or newer. Set zones as the file says and move the rules above what denies. Names need a resolver that "
    "clients and firewall share; wildcards work for TLS and HTTP only. The second file takes everything away.",
)
