"""The manifest of our own, computed from facts about a deployment."""

import msgspec
import pytest

from sightline.readiness.exchange import as_toml
from sightline.readiness.lint import findings
from sightline.readiness.manifest import Manifest, Requirement
from sightline.readiness.own import Deployment, OtherServer, own_manifest
from sightline.readiness.parsing import parse

FACTS = Deployment(
    organisation="Acme Service",
    version="1.2.3",
    hosts=("assist.example.com",),
    hosts_from="[listen] public_url",
    https_port=443,
    https_port_from="[listen] public_url",
    udp_port=443,
    udp_port_from="[listen] port",
    turn_port=443,
    turns_port=443,
    tcp_port_from="[listen] public_url",
    has_own_authority=False,
    has_acme=True,
    is_relay=True,
    is_relay_only=False,
    relay_hosts=(),
    relay_ports=(49152, 65535),
    classic_port=None,
    classic_tls_port=None,
    websocket_ping_s=25,
)


def facts(**changes: object) -> Deployment:
    known = {name: getattr(FACTS, name) for name in Deployment.__dataclass_fields__}
    return Deployment(**(known | changes))


def by_id(of: Manifest) -> dict[str, Requirement]:
    return {one.id: one for one in of.requirements}


def opened(one: Requirement) -> list[str]:
    return [f"{end.text} {ports.transport} {ports.set}" for end in one.endpoints for ports in one.ports]


def test_one_port_and_the_ladder_in_order() -> None:
    found = by_id(own_manifest(facts()))
    assert list(found) == ["web", "media-udp", "media-tcp", "media-tls", "relayed-peers", "direct"]
    assert opened(found["web"]) == ["assist.example.com tcp 443"]
    ladder = [one for one in found.values() if one.any_of == "media"]
    assert [(one.preference, one.ports[0].transport, one.protocol, one.necessity) for one in ladder] == [
        (1, "udp", "turn", "recommended"),
        (2, "tcp", "turn", "fallback"),
        (3, "tcp", "turns", "fallback"),
    ]
    assert opened(found["relayed-peers"]) == ["assist.example.com udp 49152-65535"]
    assert found["web"].interception == "with_websocket"
    assert found["media-tls"].interception == "must_bypass"
    assert [(t.kind, t.transport, t.seconds) for one in ladder[:1] for t in one.timers] == [
        ("keep_alive", "udp", 15),
        ("udp_binding", "udp", 30),
    ]
    assert [t.seconds for t in found["web"].timers] == [25]


@pytest.mark.parametrize(
    ("changes", "gone", "there"),
    [
        ({"udp_port": None}, {"media-udp"}, {"media-tcp", "media-tls"}),
        ({"turns_port": None, "turn_port": 8080}, {"media-tls"}, {"media-udp", "media-tcp"}),
        ({"is_relay": False, "classic_port": 3478}, {"classic-udp", "classic-tcp"}, {"media-udp"}),
        ({"is_relay_only": True}, {"direct"}, {"media-udp", "relayed-peers"}),
        ({"is_relay": False}, {"media-tcp", "media-tls", "relayed-peers"}, {"media-udp", "direct"}),
        ({"classic_port": 3478}, {"classic-tls"}, {"classic-udp", "classic-tcp"}),
        ({"classic_port": 3478, "udp_port": None}, {"classic-udp"}, {"classic-tcp"}),
        ({"classic_tls_port": 5349}, {"classic-udp", "classic-tcp"}, {"classic-tls"}),
    ],
)
def test_a_setting_takes_away_and_adds(changes: dict[str, object], gone: set[str], there: set[str]) -> None:
    found = set(by_id(own_manifest(facts(**changes))))
    assert not gone & found
    assert there <= found


def test_without_any_relay_media_must_go_directly() -> None:
    found = by_id(own_manifest(facts(is_relay=False)))
    assert (found["direct"].necessity, found["direct"].lost) == ("required", "")
    assert found["media-udp"].protocol == "stun"
    other = OtherServer("frankfurt", "static", "turn.example.com", 3478, "udp", is_turn=True)
    assert by_id(own_manifest(facts(is_relay=False, others=(other,))))["direct"].necessity == "optional"


def test_other_relays_follow_ours_in_the_group() -> None:
    others = (
        OtherServer("frankfurt", "static", "turn.example.com", 3478, "udp", is_turn=True, region="eu"),
        OtherServer("frankfurt", "static", "turn.example.com", 443, "tls", is_turn=True),
        OtherServer("frankfurt", "static", "192.0.2.7", 3479, "udp", is_turn=False),
        OtherServer("far", "twilio", "", 0, "udp", is_turn=True),
    )
    one = own_manifest(facts(others=others))
    found = by_id(one)
    assert opened(found["relay-frankfurt-udp"]) == ["turn.example.com udp 3478"]
    assert opened(found["relay-frankfurt-tls"]) == ["turn.example.com tcp 443"]
    assert opened(found["relay-frankfurt-stun"]) == ["192.0.2.7 udp 3479"]
    assert found["relay-far-udp"].endpoints[0].kind == "missing"
    assert {found[name].necessity for name in found if name.startswith("relay-")} == {"redundant"}
    assert min(found[name].preference or 0 for name in found if name.startswith("relay-")) > 3
    assert {party.id for party in one.parties} == {"customer", "operator", "relay-far", "relay-frankfurt"}


def test_a_name_of_this_network_only_is_no_host_of_a_rule() -> None:
    assert by_id(own_manifest(facts(hosts=("sightline",))))["web"].endpoints[0].kind == "missing"
    assert by_id(own_manifest(facts(hosts=())))["web"].endpoints[0].kind == "missing"
    assert by_id(own_manifest(facts(hosts=("2001:db8::1",))))["web"].endpoints[0].kind == "address"


def test_each_symptom_has_all_five_languages() -> None:
    for of in (facts(), facts(is_relay=False)):
        symptoms = [symptom for one in own_manifest(of).requirements for symptom in one.symptoms]
        assert symptoms
        for symptom in symptoms:
            assert [each.language for each in symptom.translations] == ["de", "fr", "es", "pt"]
            assert len({symptom.text, *(each.text for each in symptom.translations)}) == 5


def test_lint_finds_no_error_in_ours() -> None:
    assert [one for one in findings(own_manifest(facts())) if one.severity == "error"] == []


def test_a_hundred_other_relays_still_make_a_manifest() -> None:
    many = tuple(OtherServer(f"r{n}", "static", f"r{n}.example.com", 3478, "udp", is_turn=True) for n in range(110))
    one = own_manifest(facts(others=many))
    assert parse(as_toml.write(one), "own.toml").problems == ()
    assert len([each for each in one.requirements if each.necessity == "redundant"]) == 110
    assert msgspec.structs.asdict(one)["version"] == "1.2.3"
