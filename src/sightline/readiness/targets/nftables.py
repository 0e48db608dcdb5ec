"""nftables: a table of its own, with a set of addresses for each requirement and family.

In nftables no table can let pass what another one drops. So that the customer's own tables stay as they are, a
permitted connection gets a mark, and theirs need one line that accepts the mark. Names are looked up by
`name_refresher.py`'s script; until it has run, their sets are empty and match nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Literal, NamedTuple

from sightline.readiness.permit import Direction, Loss, Name, Permit
from sightline.readiness.ports import PortSet
from sightline.readiness.site import Network
from sightline.readiness.targets.addresses import ALL, VERSIONS, Version, by_family, clients_of, collapsed
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.losses import lost, remote_text
from sightline.readiness.targets.name_refresher import Refreshed, refresher
from sightline.readiness.targets.names import RuleNames
from sightline.readiness.targets.target import File, Order, Rules, Target


def _render(order: Order) -> Rules:
    by_name = tuple(one for one in order.permits if _is_looked_up(one, order))
    fixed = by_family(replace(order, permits=tuple(one for one in order.permits if not _is_looked_up(one, order))))
    networks: dict[_Line, list[Network]] = {}
    for pair in fixed.pairs:
        networks.setdefault(_line(pair.permit, pair.version), []).extend(pair.remotes)
    names: dict[_Line, dict[str, None]] = {}
    table = _Table(order)
    for permit in by_name:
        for version in VERSIONS:
            if table.clients[version]:
                names.setdefault(_line(permit, version), {})[remote_text(permit)] = None
    for line, remotes in networks.items():
        table.add(line, "to", collapsed(remotes, line.version))
    for line, looked_up in names.items():
        table.add(line, "names", tuple(looked_up))
    return Rules(table.files(), (*fixed.losses, *map(_looked_up, by_name)))


class _Line(NamedTuple):
    """A line of the chain, but for the set of the other side."""

    requirement: str
    purpose: str
    version: Version
    direction: Direction
    transport: str
    ports: PortSet


def _line(permit: Permit, version: Version) -> _Line:
    one = permit.requirement
    return _Line(one.id, one.purpose, version, permit.direction, permit.transport, permit.ports)


class _Table:
    def __init__(self, order: Order) -> None:
        self.order = order
        self.stem = RuleNames(_NAME_MOST).of("sightline", order.service)
        self.clients = {version: clients_of(order, version) for version in VERSIONS}
        self.rules: list[str] = []
        self.called = RuleNames(_NAME_MOST)
        self.sets: dict[str, tuple[_Line, tuple[Network, ...] | tuple[str, ...]]] = {}

    def add(self, line: _Line, kind: Literal["to", "names"], there: tuple[Network, ...] | tuple[str, ...]) -> None:
        family, any_client = _FAMILY[line.version], self.clients[line.version] == ALL[line.version]
        ours, theirs = ("saddr", "daddr") if line.direction == "outbound" else ("daddr", "saddr")
        parts = [] if any_client else [f"{family} {ours} @clients-v{line.version}"]
        parts += [] if there == ALL[line.version] else [f"{family} {theirs} @{self.set_of(line, kind, there)}"]
        # Without an address a line of an inet table would hold for both families.
        parts = parts or [f"meta nfproto ipv{line.version}"]
        said = comment(f"{line.requirement}: {line.purpose}", _COMMENT_MOST)
        parts += [f"{line.transport} dport {{ {_ports(line.ports)} }} goto permitted", f'comment "{said}"']
        self.rules.append(" ".join(parts))

    def set_of(self, line: _Line, kind: str, there: tuple[Network, ...] | tuple[str, ...]) -> str:
        """The set of these, named after the requirement; a second list of the same requirement gets a number."""
        for number in count(1):
            name = self.called.of(kind, line.requirement, f"v{line.version}", *([str(number)] if number > 1 else []))
            if self.sets.setdefault(name, (line, there))[1] == there:
                return name
        raise AssertionError("counting does not end")

    def files(self) -> tuple[File, ...]:
        if not self.rules:
            return ()
        table = self.stem.replace("-", "_")
        sets = [*self.client_sets()]
        refreshed = []
        for name, (line, there) in self.sets.items():
            networks = [each for each in there if not isinstance(each, str)]
            looked_up = [each for each in there if isinstance(each, str)]
            sets.append(_set(name, line.version, networks))
            refreshed += [Refreshed(line.version, name, each) for each in looked_up]
        text = _TABLE.format(
            title=comment(f"{self.order.title} {self.order.version}", _COMMENT_MOST),
            table=table,
            mark=_MARK,
            sets="\n".join(sets),
            rules="\n".join(f"    {rule}" for rule in self.rules),
        )
        main = File(
            f"{self.stem}.nft", text, f"The rules. Load: nft -f {self.stem}.nft; loading them again replaces them."
        )
        return (main, *refresher(self.stem, table, tuple(refreshed)))

    def client_sets(self) -> Iterator[str]:
        for version in VERSIONS:
            clients = self.clients[version]
            if clients and clients != ALL[version]:
                yield _set(f"clients-v{version}", version, list(clients))


def _set(name: str, version: Version, networks: list[Network]) -> str:
    kind = f"type ipv{version}_addr;"
    if not networks:
        return f"  set {name} {{ {kind} flags timeout; }}"
    elements = ", ".join(str(each.network_address) if each.num_addresses == 1 else str(each) for each in networks)
    return f"  set {name} {{ {kind} flags interval; elements = {{ {elements} }}; }}"


def _ports(ports: PortSet) -> str:
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ports.ranges)


def _is_looked_up(permit: Permit, order: Order) -> bool:
    """What a person has written down is not looked up."""
    return isinstance(permit.remote, Name) and not order.site.addresses.get(permit.remote.text)


def _looked_up(permit: Permit) -> Loss:
    return lost(
        permit,
        "narrowed",
        "name-looked-up",
        "The rule holds the addresses that this firewall gets for the name, which may not be those that a client gets.",
        "Let the firewall and the clients ask the same resolver.",
    )


_FAMILY: dict[Version, str] = {4: "ip", 6: "ip6"}
_NAME_MOST = 60  # nftables takes 255; a guess at what people still read
_COMMENT_MOST = 100  # nftables takes 128 bytes
_MARK = "0x10000000"  # Guess: a bit that nobody else's marks use; Kubernetes has 0xc000, Tailscale 0xff0000

_TABLE = """\
# What {title} needs of this network. This table lets nothing pass that your other tables drop: it marks the
# connections that are permitted. Where your own forward chain drops what it does not know, add one line to it:
#     ct mark and {mark} != 0 accept
# To use this table alone, so that nothing else is forwarded: set otherwise to "drop" below.
# Remove it: nft delete table inet {table}
define otherwise = "accept"
define permitted = {mark}

add table inet {table}
delete table inet {table}

table inet {table} {{
{sets}

  chain forward {{
    type filter hook forward priority filter - 10; policy $otherwise;
    ct state established,related ct mark and $permitted != 0 accept
{rules}
  }}

  chain permitted {{
    ct mark set ct mark or $permitted accept;
  }}
}}
"""

TARGET = Target(
    "nftables",
    "nftables",
    _render,
    "For a Linux gateway, nftables 1.0 or newer: packets that it forwards, not its own.",
)
