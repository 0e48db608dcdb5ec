"""The PAC file in a JavaScript engine: what it sends directly is what the permits say, host by host, port by port."""

import json
import random
import shutil
import subprocess

import pytest
from msgspec.structs import replace

from sightline.readiness.compile import compile as compile_rules
from sightline.readiness.manifest import Endpoint, Manifest, Ports
from sightline.readiness.names import covers
from sightline.readiness.permit import Name, Permit, Wildcard
from sightline.readiness.site import Selection, Site
from sightline.readiness.targets import TARGETS
from sightline.store.profiles import profiles
from tests.service.rules.cases import NETWORKS

HARNESS = """
const fs = require('fs');
const [pac, asked] = JSON.parse(fs.readFileSync(0, 'utf8'));
// What the engine of a browser offers and we must not use: each asks the DNS or matches more than it seems to.
const none = ['isInNet', 'dnsResolve', 'shExpMatch', 'isResolvable', 'myIpAddress', 'dnsDomainIs'];
const find = new Function(...none, pac + '; return FindProxyForURL;')();
console.log(JSON.stringify(asked.map(([url, host]) => find(url, host))));
"""


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    assert found, "the web client is built with node, so it is there"
    return found


def answers(node: str, text: str, asked: list[tuple[str, str]]) -> list[str]:
    done = subprocess.run([node, "-e", HARNESS], input=json.dumps([text, asked]), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def made(manifest: Manifest) -> tuple[str, tuple[Permit, ...]]:
    site = Site(proxy="proxy.example.com:3128")
    compiled = compile_rules(manifest, site, Selection(), frozenset(), TARGETS["pac"])
    permits = tuple(one for one in compiled.order.permits if one.transport == "tcp" and one.direction == "outbound")
    return compiled.files[0].text, permits


def is_permitted(permits: tuple[Permit, ...], host: str, port: int) -> bool:
    return any(port in one.ports and _holds(one, host) for one in permits)


def _holds(permit: Permit, host: str) -> bool:
    match permit.remote:
        case Name(text):
            return text == host
        case Wildcard(base, match):
            return covers(match, f"*.{base}", host)
    return False


@pytest.mark.parametrize("name", ["glarassist", "whereby", "worklink"])
def test_names_and_ports_are_told_apart_as_the_permits_do(node: str, name: str) -> None:
    text, permits = made(profiles()[name])
    bases = {one.remote.base for one in permits if isinstance(one.remote, Wildcard)}
    bases |= {one.remote.text for one in permits if isinstance(one.remote, Name)}
    hosts = [f"{before}{base}{after}" for base in sorted(bases) for before, after in _AROUND]
    ports = sorted({edge + by for one in permits for span in one.ports.ranges for edge in span for by in (-1, 0, 1)})
    asked = [(f"https://{host}:{port}/a?b=http://x:80/", host) for host in hosts for port in ports]
    asked += [(f"{scheme}://{host}/", host) for host in hosts for scheme in ("http", "https", "ws", "wss")]
    wanted = []
    for url, host in asked:
        scheme, _, rest = url.partition("://")
        given = rest.partition("/")[0].rpartition(":")[2]
        port = int(given) if given.isdigit() else {"http": 80, "ws": 80, "https": 443, "wss": 443}[scheme]
        is_direct = is_permitted(permits, host.lower().removesuffix("."), port)
        wanted.append("DIRECT" if is_direct else "PROXY proxy.example.com:3128")
    assert answers(node, text, asked) == wanted
    assert {"DIRECT", "PROXY proxy.example.com:3128"} <= set(wanted)


_AROUND = (
    ("", ""),
    ("a.", ""),
    ("a.b.", ""),
    ("A.", ""),
    ("a.", "."),
    ("evil", ""),
    ("", ".evil.com"),
    ("a.b.c.d.", ""),
)


def test_addresses_are_compared_by_number(node: str) -> None:
    of = profiles()["eschat"]
    endpoints = tuple(Endpoint("prefix", str(one)) for one in NETWORKS)
    one = of.requirements[0]
    changed = replace(of, requirements=(replace(one, endpoints=endpoints, ports=(Ports("tcp", "443"),)),))
    text, _ = made(changed)
    rng = random.Random(1)
    hosts, wanted = [], []
    for network in NETWORKS:
        first, last = int(network[0]), int(network[-1])
        for number in (first, last, first - 1, last + 1, rng.randint(first, last)):
            address = type(network[0])(number)
            hosts.append(str(address) if rng.random() < 0.5 or address.version == 4 else f"[{address}]")
            wanted.append("DIRECT" if any(address in each for each in NETWORKS) else "PROXY proxy.example.com:3128")
    hosts += [
        "1.2.3.256",
        "192.0.2.1.example.com",
        "0xc0000201",
        "3221225985",
        "::ffff:192.0.2.1",
        "2001:db8:::1",
        "::g",
    ]
    wanted += ["PROXY proxy.example.com:3128"] * 7
    asked = [(f"https://{host if host.startswith('[') or ':' not in host else f'[{host}]'}/", host) for host in hosts]
    assert answers(node, text, asked) == wanted


def test_without_a_proxy_the_file_says_where_to_write_it() -> None:
    compiled = compile_rules(profiles()["worklink"], Site(), Selection(), frozenset(), TARGETS["pac"])
    assert "proxy.invalid" in compiled.files[0].text


@pytest.mark.parametrize("title", ["RULES", "PROXY_HERE", "TITLE RULES PROXY_HERE"])
def test_a_title_is_a_comment_whatever_it_says(node: str, title: str) -> None:
    text, _ = made(replace(profiles()["worklink"], title=title))
    asked = [("https://cms.scopear.com/", "cms.scopear.com"), ("https://other.example/", "other.example")]
    assert answers(node, text, asked) == ["DIRECT", "PROXY proxy.example.com:3128"]
