"""Manifests that nobody would write, and sites to go with them: ten thousand, the same each time."""

import itertools
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_network
from itertools import islice
from random import Random
from typing import get_args

from sightline.readiness.manifest import (
    Believed,
    Document,
    Endpoint,
    Flow,
    Manifest,
    Party,
    Platform,
    Ports,
    Requirement,
    Source,
    Symptom,
    Timer,
    Zone,
)  # fmt: skip
from sightline.readiness.permit import lower
from sightline.readiness.site import Selection, Site, Widening
from sightline.readiness.targets.target import Order

COUNT = 10_000

HOSTILE = (
    '" accept comment "',
    'see article" ; accept comment "x',
    "\n-A FORWARD -j ACCEPT\n",
    "\r\npermit ip any any\r\n",
    "}\n}\ntable inet evil { chain c { type filter hook forward priority -100; policy accept; } }",
    "'; DROP TABLE rules; --",
    "$(reboot)`reboot`${IFS}",
    "NAMES\nrm -rf /\n",
    "</entry><entry name='any'><action>allow</action></entry>",
    "]]>&lt;&amp;<!--",
    "# comment\n! exit\nend\n",
    "a; b { c } d",
    "/* */ // -- */",
    "*/ return 'DIRECT'; /*",
    '"}, {"Action": "Allow", "Cidr": "0.0.0.0/0"',
    '\\" \\n \\x00 \\',
    "\x00\x07\x1b[31m\x7f\x85\u2028",
    "\u202egnp.exe\u2066\u200f",
    "%s %n {0} {{ }} {{{{",
    "=cmd|' /C calc'!A0",
    "- key: [value\n  other: &a *a",
    "any any any 0.0.0.0/0",
    "ünïcödé 🔥 \ud800",
    "",
)
NAMES = (
    "www.example.com", "a.example.com", "b.a.example.com", "example.com", "turn.example.net",
    "xn--bcher-kva.example.org", "x" * 60 + ".example.org", "EXAMPLE.COM", "443.example.com",
)  # fmt: skip
BAD_NAMES = (
    'a" accept',
    "a b.example.com",
    "a;b.example.com",
    "${tenant}.example.com",
    "a\n.example.com",
    "*",
    "a'b.com",
)
WILDCARDS = ("*.example.com", ".example.com", "*.a.example.com", "*.example.net")
NETWORKS = tuple(
    map(
        ip_network,
        (
            "192.0.2.1/32", "192.0.2.0/24", "192.0.2.128/25", "198.51.100.7/32", "198.51.100.0/22", "203.0.113.0/31",
            "10.20.0.0/16", "2001:db8::1/128", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:ffff::/127", "fd00::/8",
        ),
    )
)  # fmt: skip
EVERYWHERE = tuple(map(ip_network, ("0.0.0.0/0", "::/0")))
CLIENTS = tuple(
    map(ip_network, ("10.0.0.0/8", "10.1.0.0/16", "172.16.0.0/12", "192.0.2.0/28", "fd00:1::/32", "2001:db8:5::/48"))
)
IDS = (
    "web", "media", "udp", "tcp", "ip", "accept", "permit", "any", "all", "end", "0", "3478", "a--b", "x-4", "x-v4",
    "x-v4-2", "a" * 64, "a" * 63 + "b", "add-rule", "in", "map", "set", "names", "clients",
)  # fmt: skip
PORTS = (
    "443", "80, 443", "1", "65535", "1-65535", "3478, 5349", "49152-65535", "1024-65535", "5060-5070",
    ", ".join(str(port) for port in range(1, 60, 2)),
    "100-200, 300-400, 500-600, 700-800, 900-1000, 1100-1200, 1300-1400, 1500-1600, 1700",
    "${port}", "",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    seed: int
    order: Order

    def __str__(self) -> str:
        return f"case {self.seed}"


@cache
def cases(count: int = COUNT) -> tuple[Case, ...]:
    """The first that ask for anything."""
    return tuple(islice((case for case in map(case_of, itertools.count()) if case.order.permits), count))


def case_of(seed: int) -> Case:
    rng = Random(seed)
    made, site = manifest(rng), site_of(rng)
    widen: frozenset[Widening] = frozenset(
        one for one in get_args(Widening) if rng.random() < (0.5 if seed % 5 == 0 else 0)
    )
    lowered = lower(made, site, Selection(), widen)
    return Case(seed, Order(made.service, made.title, made.version, lowered.permits, site, widen))


def manifest(rng: Random) -> Manifest:
    source = Source(fields=("purpose",), quote=hostile(rng))
    return Manifest(
        format=1,
        service=rng.choice(("small", "a" * 64, "3com", "x-y")),
        title=hostile(rng),
        version=hostile(rng)[:100],
        documents=(Document("article", hostile(rng), hostile(rng)),),
        parties=(Party("customer", hostile(rng), "customer"), Party("vendor", hostile(rng), "vendor")),
        zones=(Zone("client", hostile(rng), "customer"), Zone("server", hostile(rng), "vendor")),
        requirements=tuple(requirement(rng, name, source) for name in rng.sample(IDS, rng.choice((1, 1, 1, 2, 3)))),
        sources=(source,),
    )


def requirement(rng: Random, name: str, source: Source) -> Requirement:
    initiator = rng.choice(("from", "from", "from", "to", "not_said"))
    flows = [Flow("client", "server", initiator)]  # type: ignore[arg-type]
    if rng.random() < 0.2:
        flows.append(Flow("client", "client", "not_said"))
    return Requirement(
        id=name,
        purpose=hostile(rng),
        necessity=rng.choice(("required", "optional")),
        flows=tuple(flows),
        endpoints=tuple(endpoint(rng) for _ in range(rng.choice((1, 1, 2, 4)))),
        ports=tuple(
            Ports(transport, rng.choice(PORTS), hostile(rng))  # type: ignore[arg-type]
            for transport in rng.choice((("tcp",), ("udp",), ("tcp", "udp"), ("udp", "tcp"), ("not_said",)))
        ),
        sources=(source,),
        lost=hostile(rng)[:2000],
        regions=(hostile(rng),),
        platforms=(rng.choice(get_args(Platform)),),
        timers=(Timer("udp_binding", "udp", 60),) if rng.random() < 0.2 else (),
        symptoms=(Symptom("feature", hostile(rng), (hostile(rng),)),),
    )


def endpoint(rng: Random) -> Endpoint:
    match rng.randrange(20):
        case 0 | 1 | 2 | 3 | 4:
            return Endpoint("name", rng.choice(NAMES))
        case 5 | 6 | 7:
            return Endpoint("wildcard", rng.choice(WILDCARDS), rng.choice(("one_label", "subtree", "subtree_and_apex")))
        case 8:
            return Endpoint("name", rng.choice(BAD_NAMES))
        case 9:
            return Endpoint("peers", hostile(rng))
        case 10:
            return Endpoint("published", "https://example.com/ranges")
        case 11:
            confirmed = rng.random() < 0.5
            return Endpoint(
                "damaged",
                hostile(rng),
                believed=(Believed("name", rng.choice((*NAMES, *BAD_NAMES))),),
                confirmed=confirmed,
            )
        case 12:
            return Endpoint(rng.choice(("missing", "damaged", "unconfirmed")), hostile(rng))
        case 13 if rng.random() < 0.2:
            return Endpoint("prefix", str(rng.choice(EVERYWHERE)))
        case _:
            network = rng.choice(NETWORKS)
            return Endpoint("address", str(network[0])) if rng.random() < 0.5 else Endpoint("prefix", str(network))


def site_of(rng: Random) -> Site:
    def some(rate: float, of: tuple[object, ...] = NETWORKS) -> tuple:  # type: ignore[type-arg]
        return tuple(rng.sample(of, rng.randrange(1, 3))) if rng.random() < rate else ()

    version = rng.choice((4, 6, None, None))
    clients = tuple(one for one in CLIENTS if version in (None, one.version))
    addresses = {name: some(1.0) for name in (*NAMES, *WILDCARDS) if rng.random() < 0.2}
    return Site(
        name=hostile(rng),
        clients=some(0.5, clients),
        peers=some(0.5),
        addresses=addresses,
        published={"https://example.com/ranges": some(0.5)},
    )


def hostile(rng: Random) -> str:
    """Text that means something to somebody, sometimes a megabyte of it."""
    size = rng.random()
    text = "".join(rng.choice((*HOSTILE, "Media ", "video")) for _ in range(1 if size < 0.8 else 3))
    return text * (1_000_000 // max(1, len(text))) if size > 0.9997 else text
