"""MikroTik RouterOS 7: chains of our own and address lists, which hold names too. Taken away and made anew each time.

Underscores part what names are made of, since a service's id has none: a pattern for one service never finds the lists
of another.
"""

from collections.abc import Generator, Iterator

from sightline.readiness.targets.addresses import ALL, VERSIONS, Version
from sightline.readiness.targets.bundles import Bundle, Bundled, Member, Naming, bundled
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.objects import chunks, ends, resolved, text_of, word
from sightline.readiness.targets.target import File, Order, Rules, Target

NAMING = Naming(names=True)


def render(order: Order) -> Rules:
    """The script of one order."""
    found = bundled(order, NAMING, _NAME_MOST, with_service=False)
    if not found.bundles:
        return Rules((), found.losses, found.too_wide)
    lines: dict[str, None] = {}
    for version in VERSIONS:
        for bundle in found.bundles:
            lines.update(dict.fromkeys(_lines(bundle, order, version)))
    text = "\n".join((*_header(order, found), *_removal(order), *lines, ""))
    return Rules(
        (
            File(f"{order.service}-mikrotik.rsc", text, "Load with /import; says how forward gets there."),
            File(
                f"{order.service}-mikrotik-undo.rsc",
                "\n".join((*_jumps(order), *_removal(order), "")),
                "Takes it away.",
            ),
        ),
        (
            *found.losses,
            *resolved(found.bundles, "Let the clients ask the router, or the resolver that the router asks."),
        ),
        found.too_wide,
    )


def _lines(bundle: Bundle, order: Order, version: Version) -> Iterator[str]:
    family = _FAMILIES[version]
    networks = tuple(each for each in order.site.clients if each.version == version)
    members = bundle.of_version(version)
    if not members or (order.site.clients and not networks):
        return
    ours = yield from _list(order, version, "clients", networks, "Clients")
    theirs = yield from _list(order, version, bundle.name, members, bundle.requirement.purpose)
    source, destination = ends(bundle.direction, ours, theirs)
    matches = tuple(f"{end}-address-list={named}" for end, named in (("src", source), ("dst", destination)) if named)
    for ports in chunks(bundle.ports, _PORTS_MOST, a_range_counts=2):
        rule = (
            f"{family} firewall filter add chain={_chain(order, bundle.direction)} action=accept",
            f"protocol={bundle.transport}",
            *matches,
            f"dst-port={str(ports).replace(' ', '')}",
            f"comment={_quoted(comment(f'{bundle.requirement.id}: {bundle.requirement.purpose}', _COMMENT_MOST))}",
        )
        yield " ".join(rule)


def _list(
    order: Order, version: Version, name: str, members: tuple[Member, ...], purpose: str
) -> Generator[str, None, str]:
    """Fills a list and returns its name; empty if there is nothing to match, as every address is meant."""
    if not members or ALL[version][0] in members:
        return ""
    named = _quoted(f"{_prefix(order)}_{name}")
    said = f" comment={_quoted(comment(purpose, _COMMENT_MOST))}"
    for member in members:
        yield f"{_FAMILIES[version]} firewall address-list add list={named} address={text_of(member)}{said}"
    return named


def _removal(order: Order) -> Iterator[str]:
    for family in _FAMILIES.values():
        for direction in ("outbound", "inbound"):
            yield f"{family} firewall filter remove [find where chain={_chain(order, direction)}]"
        yield f'{family} firewall address-list remove [find where list~"^{_prefix(order)}_"]'


def _jumps(order: Order) -> Iterator[str]:
    """A jump to a chain that is gone passes nothing, and would stand there for ever."""
    for family in _FAMILIES.values():
        for direction in ("outbound", "inbound"):
            yield f"{family} firewall filter remove [find where jump-target={_chain(order, direction)}]"


def _header(order: Order, found: Bundled) -> Iterator[str]:
    inside, outside = word(order.site.inside), word(order.site.outside)
    yield f"# {comment(order.title, 60)}: what it needs, for RouterOS 7."
    yield "# Nothing goes through these chains until forward jumps there, once, above what drops:"
    for family in _FAMILIES.values():
        for direction in dict.fromkeys(each.direction for each in found.bundles):
            entering, leaving = ends(direction, inside, outside)
            yield (
                f"#   {family} firewall filter add chain=forward action=jump jump-target={_chain(order, direction)}"
                f" in-interface={entering} out-interface={leaving} place-before=0"
            )
    yield "# forward has to accept established and related connections, as it does by default: answers come back so."
    yield "# Loading this again makes chains and lists anew."


def _prefix(order: Order) -> str:
    return f"sightline_{word(order.service)}"


def _chain(order: Order, direction: str) -> str:
    return _quoted(f"{_prefix(order)}_{direction}")


def _quoted(text: str) -> str:
    assert not set(text) & set('"\\$[]{}\n'), f"{text!r} is not a word of ours"
    return f'"{text}"'


_FAMILIES: dict[Version, str] = {4: "/ip", 6: "/ipv6"}
_NAME_MOST = 64  # Guess, on the side of what people read: RouterOS takes more
_COMMENT_MOST = 200  # the same
_PORTS_MOST = 15  # Linux multiport, which RouterOS uses: 15 ports, and a range is two

TARGET = Target(
    "mikrotik",
    "MikroTik (RouterOS)",
    render,
    "RouterOS 7. The rules stand in chains of their own; the file says how forward jumps there. Names need a resolver "
    "that clients and router share. The second file takes chains, lists and jumps away.",
)
