"""iptables: a chain of its own for each family, in the form that iptables-restore reads.

iptables knows no names: it looks one up when a rule is loaded and keeps what it got. So names become rules only through
the site file.
"""

from collections.abc import Iterator

from sightline.readiness.permit import Permit
from sightline.readiness.ports import PortSet
from sightline.readiness.rulesets.iptables import read
from sightline.readiness.rulesets.line import Ruleset
from sightline.readiness.targets.addresses import VERSIONS, Pair, Version, by_family
from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.names import RuleNames
from sightline.readiness.targets.target import File, Order, Rules, Target


def _render(order: Order) -> Rules:
    found = by_family(order)
    chain = RuleNames(_CHAIN_MOST).of("sightline", order.service)
    return Rules(tuple(_files(order, chain, found.pairs)), found.losses)


def _files(order: Order, chain: str, pairs: tuple[Pair, ...]) -> Iterator[File]:
    for version in VERSIONS:
        rules = [rule for pair in pairs if pair.version == version for rule in _rules(chain, pair)]
        if rules:
            program, name = _PROGRAM[version], f"{chain}.v{version}.rules"
            title = comment(f"{order.title} {order.version}", _COMMENT_MOST)
            yield File(
                name,
                _FILE.format(title=title, chain=chain, program=program, name=name, rules="\n".join(rules)),
                f"The rules for IPv{version}. Load: {program}-restore --noflush {name}; the chain is called as its "
                "first lines say.",
            )


def _rules(chain: str, pair: Pair) -> Iterator[str]:
    """One line for each client network, network on the other side, and fifteen ports."""
    ours, theirs = ("-s", "-d") if pair.permit.direction == "outbound" else ("-d", "-s")
    for clients in pair.clients:
        for remote in pair.remotes:
            for ports in _matches(pair.permit.ports):
                parts = [f"-A {chain}"]
                parts += [] if pair.is_any_client else [f"{ours} {clients}"]
                parts += [] if pair.is_any_remote else [f"{theirs} {remote}"]
                parts += [f"-p {pair.permit.transport} {ports}", f"-m comment --comment {_said(pair.permit)} -j ACCEPT"]
                yield " ".join(parts)


def _matches(ports: PortSet) -> Iterator[str]:
    """The ports as matches: one range, or lists for `multiport`, where a range takes two places of fifteen."""
    texts = [str(first) if first == last else f"{first}:{last}" for first, last in ports.ranges]
    if len(texts) == 1:
        yield f"--dport {texts[0]}"
        return
    taken: list[str] = []
    for text in texts:
        if sum(1 + (":" in each) for each in (*taken, text)) > _MULTIPORT_MOST:
            yield f"-m multiport --dports {','.join(taken)}"
            taken = []
        taken.append(text)
    yield f"-m multiport --dports {','.join(taken)}"


def _said(permit: Permit) -> str:
    return f'"{comment(f"{permit.requirement.id}: {permit.requirement.purpose}", _COMMENT_MOST)}"'


def _read(files: tuple[File, ...]) -> Ruleset:
    found = [read(file.text, 4 if file.name.endswith(".v4.rules") else 6) for file in files]
    return Ruleset(tuple(line for one in found for line in one.lines), "block")


_PROGRAM: dict[Version, str] = {4: "iptables", 6: "ip6tables"}
_CHAIN_MOST = 28  # iptables: XT_EXTENSION_MAXNAMELEN less the final zero
_COMMENT_MOST = 120  # iptables takes 255; a guess at what people still read
_MULTIPORT_MOST = 15  # iptables-extensions, multiport

_FILE = """\
# What {title} needs of this network, in a chain of its own, which loading again replaces.
# Load: {program}-restore --noflush {name}
# Call it from FORWARD, once: {program} -C FORWARD -j {chain} || {program} -I FORWARD -j {chain}
# Remove it: {program} -D FORWARD -j {chain} && {program} -F {chain} && {program} -X {chain}
*filter
:{chain} - [0:0]
-A {chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
{rules}
COMMIT
"""

TARGET = Target(
    "iptables",
    "iptables",
    _render,
    "For a Linux gateway: packets that it forwards, not its own. Your rules decide what the chain does not let pass.",
    _read,
)
