"""Whatever stands in a manifest, a document or a deployment: what is written is read back; nothing of a draft is used.

Slow, and so not among the unit tests.
"""

import csv
import json
import tomllib
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.errors import RefusedError
from sightline.readiness.exchange import as_csv, as_edl, as_json, as_m365, as_mud, as_toml
from sightline.readiness.exchange.importing import imported
from sightline.readiness.manifest import Manifest
from sightline.readiness.own import Deployment, OtherServer, own_manifest
from sightline.readiness.parsing import parse, parse_json
from sightline.readiness.permit import lower
from sightline.readiness.site import Selection, Site
from tests.unit.readiness.exchange.any_manifest import MANIFESTS
from tests.unit.readiness.exchange.test_exports import NOW, URL, sets
from tests.unit.readiness.manifests import manifest, with_requirement


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(MANIFESTS)
def test_any_manifest_is_read_back_equal(one: Manifest) -> None:
    written = as_toml.write(one)
    assert msgspec.convert(tomllib.loads(written), Manifest) == one
    assert all(char.isprintable() or char == "\n" for char in written)
    assert msgspec.json.decode(as_json.write(one), type=Manifest) == one


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=40))
def test_no_text_of_a_manifest_breaks_a_format(text: str) -> None:
    quoted = json.dumps(text, ensure_ascii=False)
    one = manifest(with_requirement(purpose=quoted, symptoms=f'[{{ feature = "x", text = {quoted} }}]'))
    assert sets(one)["web"]["urls"] == ["www.example.com"]
    assert len(json.loads(as_m365.write(one).text)) == 2
    assert json.loads(as_mud.write(one, URL, NOW).text)["ietf-mud:mud"]["mud-version"] == 1
    assert len(list(csv.DictReader(as_csv.write(one).text.splitlines(keepends=True)))) == 2
    assert as_edl.write(one, "names").text == "other.example.com\nwww.example.com\n"


words = st.sampled_from(
    ["a.example.com", "*.b.example.com", ".c.io", "192.0.2.1", "10.0.0.0/8", "34.120.195.249443", "443", "TCP", "UDP:",
     "(TCP/UDP)", "4700-5000", "10,000-60,000", "|", "\n", "Example:", "“ \"“ \"",
     "<region>.x.com", "•", "outbound only",
     "\u202e", "\x00", "https://x.example.com/y", "servers", "", "<td>", "</tr>", "'", '"', "{", "\\"]
)  # fmt: skip
pieces = st.lists(words | st.text(max_size=6), max_size=30).map(" ".join)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words | st.text(max_size=6)
names = st.sampled_from(
    ["id", "serviceArea", "urls", "ips", "tcpPorts", "udpPorts", "required", "notes", "prefixes", "ip_prefix", "region",
     "service", "values", "name", "properties", "addressPrefixes", "ietf-mud:mud", "from-device-policy", "access-lists",
     "access-list", "ietf-access-control-list:acls", "acl", "aces", "ace", "matches", "tcp", "destination-port", "port"]
)  # fmt: skip
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5), max_leaves=20
)


def is_draft_or_refused(text: str, name: str, form: Any = None) -> None:
    try:
        one = imported(text, name, form)
    except RefusedError:
        return
    assert lower(one, Site(), Selection(), frozenset()).permits == ()
    assert parse(as_toml.write(one), "draft.toml").manifest == one


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pieces, st.sampled_from(["text", "html", "list", "csv"]))
def test_any_text_is_a_draft_of_which_nothing_is_used_or_refused(text: str, form: str) -> None:
    is_draft_or_refused(text, "any.txt", form)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees, st.sampled_from(["m365", "aws", "azure", "mud", None]))
def test_any_json_is_a_draft_of_which_nothing_is_used_or_refused(tree: Any, form: str | None) -> None:
    is_draft_or_refused(json.dumps(tree), "any.json", form)


labels = st.from_regex(r"[a-z0-9](-?[a-z0-9]){0,31}", fullmatch=True) | st.sampled_from(["customer", "client", "web"])
hosts = st.sampled_from(
    ["a.example.com", "192.0.2.1", "2001:db8::1", "printer", "x_y.example.com", "UPPER.Example.com"]
)
ports = st.integers(1, 65535)
ways = st.sampled_from([("udp", True), ("tcp", True), ("tls", True), ("udp", False)])  # STUN is over UDP only
others = st.builds(
    lambda name, host, port, way, region: OtherServer(name, "static", host, port, way[0], way[1], region),
    labels, hosts | st.just(""), ports, ways, labels,
)  # fmt: skip
deployments = st.builds(
    Deployment, st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"]), min_size=1),
    st.just("1"), st.lists(hosts, max_size=3, unique=True).map(tuple), st.just("[listen] names"), ports,
    st.just("[listen] port"), st.none() | ports, st.just("[listen] port"), st.none() | ports, st.none() | ports,
    st.just("[listen] port"), st.booleans(), st.booleans(), st.booleans(), st.booleans(),
    st.lists(hosts, max_size=2).map(tuple), st.just((49152, 65535)), st.none() | ports,
    st.none() | ports, st.integers(1, 60), labels, st.lists(others, max_size=6).map(tuple),
)  # fmt: skip


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(deployments)
def test_any_deployment_gives_a_sound_manifest(of: Deployment) -> None:
    one = own_manifest(of)
    assert parse(as_toml.write(one), "own.toml").problems == ()
    assert parse_json(as_json.write(one, "schema.json"), "own.json").manifest == one
