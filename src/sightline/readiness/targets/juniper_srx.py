"""Juniper SRX, as `set` commands.

What a policy matches is deleted before it is set, so that loading again leaves nothing of an older version in it, and
the policy where it stands.
"""

from collections.abc import Iterator

from sightline.readiness.permit import Name, Wildcard
from sightline.readiness.targets.bundles import Bundle, Bundled, Member, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.objects import ObjectNames, ends, resolved, text_of, zones
from sightline.readiness.targets.target import File, Order, Rules, Target
from sightline.readiness.targets.timers import Keeping

NAMING = Naming(names=True)


def render(order: Order) -> Rules:
    """The address book, applications and policies of one order."""
    found = bundled(order, NAMING, _NAME_MOST)
    if not found.bundles:
        return Rules((), found.losses, found.too_wide)
    making = _Making(order, found)
    undo = "\n".join(f"delete {each}" for each in reversed(making.made)) + "\n"
    text = "\n".join((*_header(order), *making.lines, ""))
    return Rules(
        (
            File(f"{order.service}-juniper-srx.set", text, "Load with `load set`, then `commit check`."),
            File(f"{order.service}-juniper-srx-undo.set", undo, "Takes it all away again."),
        ),
        (*found.losses, *resolved(found.bundles, "Set a name-server, and let the clients ask it too.")),
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
        self.clients = ["any"]
        if order.site.clients:
            self.clients = [self.group(self.names.of("clients"), order.site.clients)]
        for bundle in found.bundles:
            self.add(bundle)

    def add(self, bundle: Bundle) -> None:
        others = ["any"] if bundle.is_anywhere else [self.group(bundle.name, bundle.members)]
        application = self.application(bundle)
        entering, leaving = zones(bundle, self.order)
        policy = f"security policies from-zone {entering} to-zone {leaving} policy {bundle.name}"
        self.made[policy] = None
        self.lines[f"delete {policy} match"] = None
        source, destination = ends(bundle.direction, self.clients[0], others[0])
        self.say(policy, f"match source-address {source}", f"match destination-address {destination}")
        self.say(policy, f"match application {application}", "then permit")
        if text := comment(bundle.requirement.purpose, _COMMENT_MOST):
            self.say(policy, f'description "{text}"')

    def group(self, name: str, members: tuple[Member, ...]) -> str:
        book = "security address-book global"
        for member in members:
            kind = "dns-name " if isinstance(member, Name) else ""
            text = text_of(member) if isinstance(member, Name | Wildcard) else str(member)
            self.made[f"{book} address {self.names.member(member)}"] = None
            self.say(f"{book} address {self.names.member(member)}", f"{kind}{text}")
        self.made[f"{book} address-set {name}"] = None
        self.lines[f"delete {book} address-set {name}"] = None
        self.say(f"{book} address-set {name}", *(f"address {self.names.member(each)}" for each in members))
        return name

    def application(self, bundle: Bundle) -> str:
        """A set even of one: applications take one range each, and a policy then names what is the requirement's."""
        single = []
        idle = _KEEPING.seconds(bundle.requirement, bundle.transport)
        for first, last in bundle.ports.ranges:
            name = self.names.ports(bundle.transport, first, last, idle or 0)
            self.made[f"applications application {name}"] = None
            ports = str(first) if first == last else f"{first}-{last}"
            self.say(f"applications application {name}", f"protocol {bundle.transport}", f"destination-port {ports}")
            if idle:
                self.say(f"applications application {name}", f"inactivity-timeout {idle}")
            single.append(name)
        self.made[f"applications application-set {bundle.name}"] = None
        self.lines[f"delete applications application-set {bundle.name}"] = None
        self.say(f"applications application-set {bundle.name}", *(f"application {each}" for each in single))
        return bundle.name

    def say(self, thing: str, *settings: str) -> None:
        self.lines.update(dict.fromkeys(f"set {thing} {each}" for each in settings))


def _header(order: Order) -> Iterator[str]:
    yield f"# {comment(order.title, 60)}: what it needs, for Juniper SRX."
    yield "# Load with `load set FILE`; look at it with `show | compare`; `commit confirmed`."
    yield "# The zones are those of the site file; if yours have other names, change from-zone and to-zone."
    yield "# Addresses are in the global book, which cannot stand beside books of zones."
    yield "# New policies stand last: `insert security policies from-zone A to-zone B policy NAME before policy NAME`."
    yield "# On the first load each `delete` warns that there is nothing yet. When a version drops a whole policy, load"
    yield "# the undo of the old one first."


_KEEPING = Keeping(tcp=1800, udp=60, most=86_400)  # Junos: inactivity-timeout of applications
_NAME_MOST = 63  # Junos: names of policies, addresses and applications
_COMMENT_MOST = 255  # Guess, on the side of short lines: Junos takes more

TARGET = Target(
    "juniper-srx",
    "Juniper SRX",
    render,
    "Set zones as the file says and insert the policies above what denies. Names need a name-server that clients and "
    "SRX share. The second file takes everything away.",
)
