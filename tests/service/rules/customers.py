"""Rules as customers have them: chains, returns, holes, negations, sets. Random, the same for the same number, and
written once as nftables and once as iptables.

Nothing is dropped in silence, so that every probe ends with an answer: what is not accepted is refused, and the policy,
which decides after a `goto`, accepts."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.service.rules.crossing import OUTSIDERS

V4 = (
    "10.20.0.0/16", "10.20.0.0/30", "10.0.0.0/8", f"{OUTSIDERS[0]}/32", "192.0.2.0/24", "192.0.2.0/25",
    "192.0.2.64/26", "192.0.2.9/32", "198.51.100.0/22", "198.51.100.128/25", "203.0.113.7/32", "0.0.0.0/1",
    "128.0.0.0/1",
)  # fmt: skip
V6 = (
    "fd20::/32", f"{OUTSIDERS[1]}/128", "2001:db8:1::/48", "2001:db8:1:8000::/49", "2001:db8:1::7/128",
    "2001:db8::/32", "fd00::/8",
)  # fmt: skip
PORTS = ("80", "443", "80,443", "1-1023", "1024-65535", "3478", "49152-65535", "50000-50015", "52000", "60000-65535",
         "1-65535", "22,80,443,3478-3481,5000-6000")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    version: int | None
    source: str | None
    target: str | None
    not_source: bool
    not_target: bool
    transport: str | None
    ports: str | None
    not_ports: bool
    verdict: str
    """accept, refuse, return, or `jump` or `goto` and a chain."""


@dataclass(frozen=True, slots=True)
class Rules:
    chains: dict[str, tuple[Rule, ...]]
    accepts_the_rest: bool


def rules(seed: int, *, version: int | None = None) -> Rules:
    rng = Random(seed)
    inner = [f"inner{number}" for number in range(rng.randrange(3))]
    chains = {}
    for depth, chain in enumerate([*reversed(inner), "forward"]):
        below = list(reversed(inner))[:depth]
        chains[chain] = tuple(_rule(rng, below, chain != "forward", version) for _ in range(rng.randrange(2, 8)))
    return Rules(chains, rng.random() < 0.3)


def _rule(rng: Random, below: list[str], can_return: bool, only: int | None) -> Rule:
    version = only or rng.choice((4, 4, 4, 6, 6, None))
    of = {4: V4, 6: V6, None: ()}[version]
    verdicts = ["accept"] * 4 + ["refuse"] * 3 + ["return"] * can_return
    verdicts += [f"{how} {chain}" for chain in below for how in ("jump", "jump", "goto")]
    transport = rng.choice(("tcp", "udp", "tcp", None))
    return Rule(
        version,
        rng.choice(of) if of and rng.random() < 0.5 else None,
        rng.choice(of) if of and rng.random() < 0.6 else None,
        rng.random() < 0.15,
        rng.random() < 0.15,
        transport,
        rng.choice(PORTS) if transport and rng.random() < 0.8 else None,
        rng.random() < 0.15,
        rng.choice(verdicts),
    )


def as_nftables(made: Rules) -> str:
    lines = [f"    {_nft(rule)}" for rule in made.chains["forward"]]
    inner = [
        f"  chain {name} {{\n" + "".join(f"    {_nft(rule)}\n" for rule in chain) + "  }\n"
        for name, chain in made.chains.items()
        if name != "forward"
    ]
    last = "accept" if made.accepts_the_rest else "jump refuse"
    return _NFT.format(inner="".join(inner), rules="\n".join(lines), last=last)


def _nft(rule: Rule) -> str:
    parts = []
    family = "ip6" if rule.version == 6 else "ip"
    for side, network, negated in (("saddr", rule.source, rule.not_source), ("daddr", rule.target, rule.not_target)):
        if network:
            parts.append(f"{family} {side} {'!= ' if negated else ''}{network}")
    if rule.version and not parts:
        parts.append(f"meta nfproto ipv{rule.version}")
    if rule.ports:
        parts.append(f"{rule.transport} dport {'!= ' if rule.not_ports else ''}{{ {rule.ports.replace(',', ', ')} }}")
    elif rule.transport:
        parts.append(f"meta l4proto {rule.transport}")
    return " ".join([*parts, "jump refuse" if rule.verdict == "refuse" else rule.verdict])


_NFT = """
table inet customer {{
  chain refuse {{
    meta l4proto tcp reject with tcp reset
    reject with icmpx type port-unreachable
  }}
{inner}  chain forward {{
    type filter hook forward priority filter; policy accept;
    ct state vmap {{ established : accept, related : accept, invalid : jump refuse }}
    meta l4proto {{ icmp, ipv6-icmp }} accept
{rules}
    {last}
  }}
}}
"""


def as_iptables(made: Rules, version: int) -> str:
    lines = [f":{chain} - [0:0]" for chain in made.chains if chain != "forward"]
    lines += [":refuse - [0:0]", ":FORWARD ACCEPT [0:0]"]
    kind = {4: "icmp-port-unreachable", 6: "icmp6-port-unreachable"}[version]
    lines += ["-A refuse -p tcp -j REJECT --reject-with tcp-reset", f"-A refuse -j REJECT --reject-with {kind}"]
    lines.append("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
    for name, chain in made.chains.items():
        lines += [f"-A {'FORWARD' if name == 'forward' else name} {_iptables(rule)}" for rule in chain]
    lines.append(f"-A FORWARD -j {'ACCEPT' if made.accepts_the_rest else 'refuse'}")
    return "\n".join(["*filter", *lines, "COMMIT", ""])


def _iptables(rule: Rule) -> str:
    return " ".join(_iptables_parts(rule))


def _iptables_parts(rule: Rule) -> Iterator[str]:
    for flag, network, negated in (("-s", rule.source, rule.not_source), ("-d", rule.target, rule.not_target)):
        if network:
            yield f"{'! ' if negated else ''}{flag} {network}"
    if rule.transport:
        yield f"-p {rule.transport}"
    if rule.ports:
        no = "! " if rule.not_ports else ""
        yield f"-m multiport {no}--dports {rule.ports.replace('-', ':')}"
    word, _, chain = rule.verdict.partition(" ")
    yield {"accept": "-j ACCEPT", "refuse": "-j refuse", "return": "-j RETURN", "jump": f"-j {chain}"}.get(
        word, f"-g {chain}"
    )
