"""Check Point R80.40 or newer: a script of `mgmt_cli` calls for the management server.

It adds what is not there and sets what is, and publishes; nothing passes until somebody installs the policy. A domain
object is named after its domain, so there is one of each, and its only choice is the name itself or all below it too.
The script never changes an existing one: other rules may hold it.
"""

from collections.abc import Iterator
from dataclasses import replace

from sightline.readiness.permit import Loss, Name, Permit, Wildcard
from sightline.readiness.targets.bundles import Bundle, Member, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.losses import lost
from sightline.readiness.targets.objects import ObjectNames, resolved, text_of
from sightline.readiness.targets.target import File, Order, Rules, Target
from sightline.readiness.targets.timers import Keeping

NAMING = Naming(names=True, wildcards=frozenset({"subtree_and_apex"}), wider="subtree_and_apex")


def render(order: Order) -> Rules:
    """The script of one order."""
    order, clashes = _without_clashes(order)
    found = bundled(order, NAMING, _NAME_MOST)
    losses = (*clashes, *found.losses)
    if not found.bundles:
        return Rules((), losses, found.too_wide)
    making = _Making(order)
    for bundle in found.bundles:
        making.add(bundle)
    text = "\n".join((*_header(order), _PRELUDE, *making.lines, _END))
    undo = "\n".join((_UNDO, *reversed(making.undo), _END))
    return Rules(
        (
            File(f"{order.service}-check-point.sh", text, "Run on the management server, then install the policy."),
            File(f"{order.service}-check-point-undo.sh", undo, "Takes away what no other rule uses."),
        ),
        (*losses, *resolved(found.bundles, "Let the clients ask the resolver that the gateways ask.")),
        found.too_wide,
        found.timed(_KEEPING),
    )


def _without_clashes(order: Order) -> tuple[Order, list[Loss]]:
    """Without wildcards whose domain is wanted as a name, too: the object would be one, and as wide as the wildcard."""
    names = {one.remote.text for one in order.permits if isinstance(one.remote, Name)}
    kept: list[Permit] = []
    losses = []
    for one in order.permits:
        if isinstance(one.remote, Wildcard) and one.remote.base in names:
            why = f"Check Point has one domain object for {one.remote.base}, and it stands for that name alone."
            losses.append(lost(one, "left_out", "domain-once", why, "Compile the requirement by itself, as one layer."))
        else:
            kept.append(one)
    return replace(order, permits=tuple(kept)), losses


class _Making:
    """The calls as they grow."""

    def __init__(self, order: Order) -> None:
        self.names = ObjectNames(order.service, _NAME_MOST)
        self.lines: dict[str, None] = {}
        self.undo: dict[str, None] = {}
        self.clients = [self.object(each) for each in order.site.clients]

    def add(self, bundle: Bundle) -> None:
        others = [] if bundle.is_anywhere else [self.object(each) for each in bundle.members]
        sources, destinations = (self.clients, others) if bundle.direction == "outbound" else (others, self.clients)
        said = comment(f"{bundle.direction}, {bundle.requirement.id}: {bundle.requirement.purpose}", _COMMENT_MOST)
        service = self.service(bundle)
        self.lines[
            f"rule {bundle.name} {_listed('source', sources)} {_listed('destination', destinations)}"
            f" service {service} action Accept comments '{said}'"
        ] = None
        self.undo[f'drop access-rule {bundle.name} layer "$layer"'] = None

    def object(self, member: Member) -> str:
        match member:
            case Name(text) | Wildcard(text, _):
                name = f".{text}"
                self.lines[f"domain {name} {'true' if isinstance(member, Wildcard) else 'false'}"] = None
                self.undo[f"drop dns-domain {name}"] = None
                return name
            case network if network.prefixlen == 0:
                kind = "address-range"
                six = f"ipv{network.version}-address"
                said = f"{six}-first {network[0]} {six}-last {network[-1]}"
            case network if network.num_addresses == 1:
                kind, said = "host", f"ipv{network.version}-address {text_of(network)}"
            case network:
                version = network.version
                kind = "network"
                said = f"subnet{version} {network.network_address} mask-length{version} {network.prefixlen}"
        return self.put(kind, self.names.member(member), said)

    def service(self, bundle: Bundle) -> str:
        kind = f"service-{bundle.transport}"
        idle = _KEEPING.seconds(bundle.requirement, bundle.transport)
        timer = (
            f"use-default-session-timeout false session-timeout {idle}" if idle else "use-default-session-timeout true"
        )
        single = []
        for first, last in bundle.ports.ranges:
            ports = str(first) if first == last else f"{first}-{last}"
            name = self.names.ports(bundle.transport, first, last, idle or 0)
            # Or it would take connections that a rule for any service matches by a service of its own.
            single.append(self.put(kind, name, f"port {ports} match-for-any false {timer}"))
        return self.put("service-group", bundle.name, _listed("members", single)) if len(single) > 1 else single[0]

    def put(self, kind: str, name: str, said: str) -> str:
        self.lines[f"put {kind} {name} {said}"] = None
        self.undo[f"drop {kind} {name}"] = None
        return name


def _listed(field: str, names: list[str]) -> str:
    """A list as mgmt_cli takes it, which replaces an older one."""
    return " ".join(f"{field}.{number} {name}" for number, name in enumerate(names, 1)) or f"{field} Any"


def _header(order: Order) -> Iterator[str]:
    yield "#!/bin/sh"
    yield f"# {comment(order.title, 60)}: what it needs, for Check Point R80.40 or newer."
    yield "# Run it on the management server, in expert mode: LAYER=Network POSITION=top sh FILE"
    yield "# POSITION is where new rules go in the layer, above what drops; older ones stay where they are."
    yield "# It publishes. Then look at it in SmartConsole and install the policy. Run again, it sets what is there."


_PRELUDE = """\
set -eu
layer=${LAYER:-Network}
position=${POSITION:-top}
session=$(mktemp)
mgmt_cli login -r true > "$session"
trap 'mgmt_cli discard -s "$session" > /dev/null; mgmt_cli logout -s "$session" > /dev/null; rm -f "$session"' EXIT
call() { mgmt_cli "$@" -s "$session"; }
put() {
  kind=$1 name=$2
  shift 2
  verb=add
  if call show "$kind" name "$name" > /dev/null 2>&1; then verb=set; fi
  call "$verb" "$kind" name "$name" "$@" ignore-warnings true > /dev/null
}
domain() {
  if found=$(call show dns-domain name "$1" 2> /dev/null); then
    case $found in
      *"is-sub-domain: $2"*) return 0 ;;
    esac
    echo "The domain object $1 exists and is not is-sub-domain $2. Other rules may use it: nothing was done." >&2
    exit 1
  fi
  call add dns-domain name "$1" is-sub-domain "$2" > /dev/null
}
rule() {
  name=$1
  shift
  if call show access-rule name "$name" layer "$layer" > /dev/null 2>&1; then
    call set access-rule name "$name" layer "$layer" "$@" > /dev/null
  else
    call add access-rule name "$name" layer "$layer" position "$position" "$@" > /dev/null
  fi
}
# What follows is the service's."""

_UNDO = """\
#!/bin/sh
# Takes the rules away, and the objects that nothing else uses. Then install the policy.
set -eu
layer=${LAYER:-Network}
session=$(mktemp)
mgmt_cli login -r true > "$session"
trap 'mgmt_cli discard -s "$session" > /dev/null; mgmt_cli logout -s "$session" > /dev/null; rm -f "$session"' EXIT
call() { mgmt_cli "$@" -s "$session"; }
drop() {
  kind=$1 name=$2
  shift 2
  call delete "$kind" name "$name" "$@" > /dev/null || echo "$kind $name stays: it is not there, or is in use." >&2
}"""

_END = "call publish > /dev/null\n"

_KEEPING = Keeping(tcp=3600, udp=40, most=86_400)  # Check Point: virtual session timeouts, session-timeout
_NAME_MOST = 60  # Guess, on the side of what people read: Check Point takes more
_COMMENT_MOST = 200  # the same

TARGET = Target(
    "check-point",
    "Check Point",
    render,
    "R80.40 or newer, where domain objects learn from the DNS. A script for the management server; the policy is "
    "installed by you. A domain object stands for one name, or for it and all below. The second script takes it away.",
)
