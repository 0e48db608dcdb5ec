"""What of a manifest becomes a permit, and what a loss."""

import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sightline.readiness.manifest import Manifest
from sightline.readiness.parsing import parse
from sightline.readiness.permit import Anywhere, Lowered, Name, Wildcard, lower
from sightline.readiness.site import Selection, Site, Widening

PROFILES = Path(__file__).parents[3] / "profiles"


def manifest(name: str = "worklink", **changes: Any) -> Manifest:
    """A profile, its only requirement the given one if `changes` has any."""
    document = tomllib.loads((PROFILES / f"{name}.toml").read_text())
    if changes:
        document["requirements"] = [document["requirements"][0] | changes]
    return msgspec.convert(document, Manifest)


def lowered(of: Manifest, site: Site | None = None, selection: Selection | None = None, *widen: Widening) -> Lowered:
    return lower(of, site or Site(), selection or Selection(), frozenset(widen))


def test_a_name_and_its_ports_become_one_permit_for_each_transport() -> None:
    found = lowered(
        manifest(
            ports=[{"transport": "udp", "set": "24000"}, {"transport": "tcp", "set": "443, 24000"}],
            endpoints=[{"kind": "name", "text": "CMS.scopear.com"}],
        )
    )
    assert [(p.direction, p.remote, p.transport, str(p.ports)) for p in found.permits] == [
        ("outbound", Name("cms.scopear.com"), "tcp", "443, 24000"),
        ("outbound", Name("cms.scopear.com"), "udp", "24000"),
    ]


def test_nothing_is_opened_inbound_while_nobody_says_who_begins() -> None:
    unsaid = manifest(flows=[{"from": "server", "to": "client", "initiator": "not_said"}])
    assert lowered(unsaid).permits == ()
    assert [loss.code for loss in lowered(unsaid).losses] == ["beginner-not-said"]
    asked_for = lowered(unsaid, None, None, "inbound")
    assert [p.direction for p in asked_for.permits] == ["inbound"]
    assert [(loss.effect, loss.code) for loss in asked_for.losses] == [("widened", "beginner-taken")]


def test_an_inbound_flow_that_is_said_is_opened() -> None:
    said = manifest(flows=[{"from": "client", "to": "server", "initiator": "to"}])
    assert [p.direction for p in lowered(said).permits] == ["inbound"]


def test_what_passes_between_others_opens_nothing_towards_the_clients() -> None:
    elsewhere = lowered(manifest(flows=[{"from": "server", "to": "server", "initiator": "from"}]))
    assert elsewhere.permits == ()
    assert [loss.code for loss in elsewhere.losses] == ["not-at-clients"]


@pytest.mark.parametrize(
    ("initiator", "direction"), [("from", "outbound"), ("to", "inbound"), ("not_said", "outbound")]
)
def test_between_two_places_of_the_customer_only_who_begins_is_let_pass(initiator: str, direction: str) -> None:
    of = manifest(flows=[{"from": "client", "to": "server", "initiator": initiator}])
    ours = {zone.party for zone in of.zones if zone.id == "client"}.pop()
    one_party = msgspec.structs.replace(of, zones=tuple(msgspec.structs.replace(z, party=ours) for z in of.zones))
    assert [p.direction for p in lowered(one_party).permits] == [direction]


def test_of_two_places_of_the_customer_the_first_has_the_clients() -> None:
    of = manifest(flows=[{"from": "server", "to": "client", "initiator": "not_said"}])
    ours = {zone.party for zone in of.zones if zone.id == "client"}.pop()
    one_party = msgspec.structs.replace(of, zones=tuple(msgspec.structs.replace(z, party=ours) for z in of.zones))
    assert lowered(one_party).permits == ()
    assert [loss.code for loss in lowered(one_party).losses] == ["beginner-not-said"]


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ({"kind": "missing", "text": "the endpoints"}, "destination-missing"),
        ({"kind": "damaged", "text": "34.120.195.249443"}, "destination-damaged"),
        ({"kind": "name", "text": "${tenant}.example.com"}, "variable-unfilled"),
        ({"kind": "published", "text": "https://example.com/ranges"}, "list-not-copied"),
        ({"kind": "peers", "text": "client"}, "peers-unknown"),
    ],
)
def test_what_names_no_destination_is_a_loss_and_never_a_rule_to_everywhere(
    endpoint: dict[str, str], code: str
) -> None:
    found = lowered(manifest(endpoints=[endpoint]))
    assert found.permits == ()
    assert code in [loss.code for loss in found.losses]


def test_a_confirmed_reading_of_a_damaged_text_is_used() -> None:
    believed = [{"kind": "address", "text": "34.120.195.249"}]
    damaged = {"kind": "damaged", "text": "34.120.195.249443", "believed": believed, "confirmed": True}
    assert [p.remote for p in lowered(manifest(endpoints=[damaged])).permits] == [ip_network("34.120.195.249/32")]


def test_peers_are_where_the_site_says_or_anywhere_if_that_is_asked_for() -> None:
    peers = manifest(
        endpoints=[{"kind": "peers", "text": "client"}],
        flows=[{"from": "client", "to": "client", "initiator": "not_said"}],
    )
    network = ip_network("10.1.0.0/16")
    at_site = lowered(peers, Site(peers=(network,)))
    assert [(p.direction, p.remote) for p in at_site.permits] == [("outbound", network), ("inbound", network)]
    anywhere = lowered(peers, None, None, "peers")
    assert {type(p.remote) for p in anywhere.permits} == {Anywhere}
    assert [loss.effect for loss in anywhere.losses] == ["widened"]


def test_a_published_list_is_what_the_site_has_copied() -> None:
    address = "https://example.com/ranges"
    network = ip_network("2001:db8::/32")
    found = lowered(manifest(endpoints=[{"kind": "published", "text": address}]), Site(published={address: (network,)}))
    assert [p.remote for p in found.permits] == [network]


@pytest.mark.parametrize(
    ("ports", "code"),
    [
        ({"transport": "not_said", "set": "443"}, "transport-missing"),
        ({"transport": "tcp", "set": ""}, "port-missing"),
        ({"transport": "tcp", "set": "${port}"}, "variable-unfilled"),
    ],
)
def test_ports_that_are_not_said_open_nothing(ports: dict[str, str], code: str) -> None:
    found = lowered(manifest(ports=[ports]))
    assert found.permits == ()
    assert code in [loss.code for loss in found.losses]


def test_timers_and_interception_are_declared_as_not_enforced() -> None:
    one = manifest(timers=[{"kind": "registration", "transport": "udp", "seconds": 60}], interception="must_bypass")
    effects = {loss.code: loss.effect for loss in lowered(one).losses}
    assert effects["timer"] == effects["interception"] == "not_enforced"


def test_a_selection_leaves_out_what_is_not_meant_and_keeps_what_is_for_all() -> None:
    glar = manifest("glarassist")
    required = lowered(glar, selection=Selection(necessities=frozenset({"required"})))
    assert {p.requirement.necessity for p in required.permits} == {"required"}
    assert len(required.permits) < len(lowered(glar).permits)
    for one in lowered(glar, selection=Selection(platform="ios")).permits:
        assert not one.requirement.platforms or "ios" in one.requirement.platforms


@pytest.mark.parametrize("file", sorted(PROFILES.glob("*.toml")), ids=lambda file: file.stem)
def test_every_endpoint_of_every_profile_is_a_permit_or_a_loss(file: Path) -> None:
    parsed = parse(file.read_text(), file.name).manifest
    assert parsed is not None
    found = lowered(parsed)
    for one in parsed.requirements:
        permits = [p for p in found.permits if p.requirement is one]
        losses = [loss for loss in found.losses if loss.requirement == one.id]
        for end in one.endpoints:
            reached = [p for p in permits if end.text.lower().lstrip("*.") in _text(p.remote)]
            assert reached or any(loss.what == end.text or loss.code in _NO_PORT for loss in losses), end.text


_NO_PORT = ("port-missing", "transport-missing", "variable-unfilled")


def _text(remote: object) -> str:
    match remote:
        case Name(text):
            return text
        case Wildcard(base):
            return base
        case _:
            return str(remote)
