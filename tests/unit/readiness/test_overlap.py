"""What requirements share, against a comparison of each with each."""

import ipaddress
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from sightline.readiness.manifest import Endpoint
from sightline.readiness.names import covers
from sightline.readiness.overlap import overlaps
from tests.unit.readiness.manifests import SMALL, manifest

HEAD, REQUIREMENT = SMALL.split("[[requirements]]")
ENDPOINTS = [
    '{ kind = "name", text = "example.com" }',
    '{ kind = "name", text = "A.example.com" }',
    '{ kind = "name", text = "a.b.example.com" }',
    '{ kind = "wildcard", text = "*.example.com", match = "one_label" }',
    '{ kind = "wildcard", text = ".example.com", match = "subtree_and_apex" }',
    '{ kind = "wildcard", text = "*.b.example.com", match = "subtree" }',
    '{ kind = "address", text = "192.0.2.7" }',
    '{ kind = "address", text = "2001:db8::7" }',
    '{ kind = "prefix", text = "192.0.2.0/24" }',
    '{ kind = "prefix", text = "2001:db8::/32" }',
    '{ kind = "missing", text = "Endpoints" }',
    '{ kind = "peers", text = "client" }',
]


def share(one: Endpoint, other: Endpoint) -> bool:
    """The slow way."""
    kinds = (one.kind, other.kind)
    if kinds == ("wildcard", "name"):
        assert one.match
        return covers(one.match, one.text, other.text)
    if kinds == ("prefix", "address"):
        return ipaddress.ip_address(other.text) in ipaddress.ip_network(one.text)
    if kinds in (("name", "wildcard"), ("address", "prefix")):
        return share(other, one)
    same = (one.kind, one.text.lower(), one.match) == (other.kind, other.text.lower(), other.match)
    return same and one.kind not in ("missing", "peers")


@given(st.lists(st.lists(st.sampled_from(ENDPOINTS), min_size=1, max_size=3, unique=True), min_size=2, max_size=4))
def test_looking_up_finds_what_comparing_finds(chosen: list[list[str]]) -> None:
    texts = (
        REQUIREMENT.replace('"web"', f'"web-{number}"').replace(
            '[{ kind = "name", text = "www.example.com" }]', f"[{', '.join(listed)}]"
        )
        for number, listed in enumerate(chosen)
    )
    one = manifest(HEAD + "".join(f"[[requirements]]{text}" for text in texts))
    slow = {
        (a.id, b.id)
        for a, b in combinations(one.requirements, 2)
        if any(share(x, y) for x in a.endpoints for y in b.endpoints)
    }
    assert {(found.first.id, found.second.id) for found in overlaps(one)} == slow
