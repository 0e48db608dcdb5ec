"""pf of macOS, FreeBSD and OpenBSD: an anchor, which loading again replaces, and a script that looks names up again.

pf looks a name up once, when rules are loaded, and refuses all of them if one is not found. So names stand in tables
that the rules leave alone and the script fills; empty, they match nothing. No rule says in or out, since on a gateway
a flow comes in where on a client it goes out; source and destination say which flow is meant.
"""

from collections.abc import Iterator

from sightline.readiness.permit import Name
from sightline.readiness.targets.addresses import ALL, VERSIONS
from sightline.readiness.targets.bundles import Bundle, Bundled, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.objects import Caveat, ObjectNames, ends, text_of
from sightline.readiness.targets.target import File, Order, Rules, Target
from sightline.readiness.targets.timers import Keeping

NAMING = Naming(names=True)


def render(order: Order) -> Rules:
    """The anchor of one order, and the script if it has names."""
    found = bundled(order, NAMING, _TABLE_MOST, with_service=False)
    if not found.bundles:
        return Rules((), found.losses, found.too_wide)
    anchor = f"sightline/{ObjectNames(order.service, _SERVICE_MOST).of()}"
    named = {f"{each.name}-n": names for each in found.bundles if (names := _names(each))}
    lines = (
        *_header(order, anchor),
        *_tables(order, found),
        *(line for each in found.bundles for line in _rules(each, order)),
    )
    files = [File(f"{order.service}-pf.conf", "\n".join(lines) + "\n", f"The anchor. Load: pfctl -a {anchor} -f FILE")]
    if named:
        script = "\n".join(_script(anchor, named)) + "\n"
        files.append(File(f"{order.service}-pf-names.sh", script, "Looks the names up: run now, and by cron."))
    losses = (*found.losses, *_LOOKED_UP.of(found.bundles, Name))
    return Rules(tuple(files), losses, found.too_wide, found.timed(_KEEPING))


def _names(bundle: Bundle) -> list[str]:
    return [] if bundle.is_anywhere else [each.text for each in bundle.members if isinstance(each, Name)]


def _tables(order: Order, found: Bundled) -> Iterator[str]:
    if order.site.clients:
        yield f"table <{_CLIENTS}> const {{ {', '.join(map(text_of, order.site.clients))} }}"
    for bundle in found.bundles:
        if networks := _listed(bundle):
            yield f"table <{bundle.name}> const {{ {', '.join(networks)} }}"
        if _names(bundle):
            yield f"table <{bundle.name}-n> persist"


def _listed(bundle: Bundle) -> list[str]:
    """What stands in a table. All of a family does not: a rule says that in a word."""
    everywhere = {*ALL[4], *ALL[6]}
    return [text_of(each) for each in bundle.members if not isinstance(each, Name) and each not in everywhere]


def _rules(bundle: Bundle, order: Order) -> Iterator[str]:
    yield f"# {comment(f'{bundle.requirement.id}: {bundle.requirement.purpose}', _COMMENT_MOST)}"
    clients = f"<{_CLIENTS}>" if order.site.clients else "any"
    for version in VERSIONS:
        if ALL[version][0] in bundle.members:
            yield _rule(bundle, f"inet{'6' if version == 6 else ''} ", clients, "any")
    if _listed(bundle):
        yield _rule(bundle, "", clients, f"<{bundle.name}>")
    if _names(bundle):
        yield _rule(bundle, "", clients, f"<{bundle.name}-n>")


def _rule(bundle: Bundle, family: str, clients: str, others: str) -> str:
    source, destination = ends(bundle.direction, clients, others)
    ranges = ", ".join(str(first) if first == last else f"{first}:{last}" for first, last in bundle.ports.ranges)
    state = "flags S/SA keep state" if bundle.transport == "tcp" else "keep state"
    if idle := _KEEPING.seconds(bundle.requirement, bundle.transport):
        phases = ("tcp.established",) if bundle.transport == "tcp" else ("udp.first", "udp.single", "udp.multiple")
        state += f" ({', '.join(f'{each} {idle}' for each in phases)})"
    return (
        f"pass quick {family}proto {bundle.transport} from {source} to {destination} port {{ {ranges} }} {state}"
        f' label "{bundle.direction} {bundle.name}"'
    )


def _header(order: Order, anchor: str) -> Iterator[str]:
    yield f"# {comment(order.title, 60)}: what it needs, for pf of macOS, FreeBSD and OpenBSD."
    yield f'# In /etc/pf.conf, above what blocks for good (`block quick`):  anchor "{anchor}"'
    yield f"# Load, and load again:  pfctl -a {anchor} -f FILE   Take away:  pfctl -a {anchor} -F all"
    yield "# On a gateway your own rules have to let out on the far side what these let in; answers come back by state."


def _script(anchor: str, named: dict[str, list[str]]) -> Iterator[str]:
    yield "#!/bin/sh"
    yield "# Looks the names of the anchor up again. Run it once the anchor is loaded, and every five minutes by cron."
    yield "# Where one name of a table is not found, the table stays as it was, and this ends with 1."
    yield "failed=0"
    for table, names in named.items():
        yield f"pfctl -q -a {anchor} -t {table} -T replace {' '.join(names)} || failed=1"
    yield "exit $failed"


_LOOKED_UP = Caveat(
    "names-refreshed",
    "pf knows addresses only. The script looks names up again, and between two runs an address may be out of date.",
    "Run the script by cron every five minutes, and let the clients ask the resolver that it asks.",
)
_KEEPING = Keeping(tcp=86_400, udp=60, most=2_147_483)  # pf.conf(5): set timeout, by default
_CLIENTS = "clients"  # the name of no bundle: those end in a transport or a hash
_TABLE_MOST = 29  # pf: 31 characters; two are for -n
_SERVICE_MOST = 40  # Guess, on the side of short paths: pf takes 63 a level
_COMMENT_MOST = 110  # a line

TARGET = Target(
    "pf",
    "pf (macOS, FreeBSD, OpenBSD)",
    render,
    "An anchor of its own, called from /etc/pf.conf as its first lines say. On the clients themselves or on a gateway. "
    "Names need the script to run by cron.",
)
