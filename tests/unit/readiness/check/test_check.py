"""From requirements to probes, and from observations to what they mean, without a network."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from sightline.readiness.check.observation import Observation, Outcome
from sightline.readiness.check.plan import Plan, plan
from sightline.readiness.check.probe import Bind, Connect, Handshake, Probe, Resolve, Upgrade, chain
from sightline.readiness.check.verdict import Finding, judge, worst
from sightline.readiness.manifest import Endpoint, Manifest, Ports
from sightline.readiness.site import Selection, Site
from sightline.readiness.variables import fill
from sightline.store.profiles import profiles


def worklink() -> Manifest:
    return fill(profiles()["worklink"], {"twilio_region": "de1"})


def planned(of: Manifest, *, is_own: bool = False) -> Plan:
    return plan(of, Site(), Selection(), is_own=is_own)


def only(of: Manifest, **changes: object) -> Manifest:
    one = replace(of.requirements[0], **changes)
    return replace(of, requirements=(one,))


def seen(made: Plan, outcome_of: Callable[[Probe], Outcome]) -> dict[Probe, Observation]:
    """As if the probes had been run: what must work before a probe decides whether it is tried."""
    found: dict[Probe, Observation] = {}
    for probe in made.probes:
        is_tried = probe.before is None or found[probe.before].outcome == "answered"
        found[probe] = Observation(probe, outcome_of(probe) if is_tried else "not_tried")
    return found


def judged(of: Manifest, outcome_of: Callable[[Probe], Outcome]) -> dict[str, Finding]:
    made = planned(of)
    return {one.requirement.id: one for one in judge(of, made, seen(made, outcome_of))}


def test_a_probe_comes_after_all_that_must_work_before_it() -> None:
    made = planned(worklink())
    place = {probe: number for number, probe in enumerate(made.probes)}
    assert len(place) == len(made.probes), "a probe is tried twice"
    for probe in made.probes:
        assert [place[step] for step in chain(probe)] == sorted(place[step] for step in chain(probe))


def test_nothing_is_tried_that_the_manifest_does_not_name() -> None:
    for of in profiles().values():
        named = {end.text.lower() for one in of.requirements for end in one.endpoints}
        named |= {each.text for one in of.requirements for end in one.endpoints for each in end.believed}
        for probe in planned(of).probes:
            assert probe.host in named


def test_each_protocol_is_asked_in_its_own_words() -> None:
    probes = set(planned(worklink()).probes)
    assert Handshake("cms.scopear.com", 443, True) in probes
    assert Bind("proxy.scopear.com", 3478, True, "udp") in probes
    assert Bind("proxy.scopear.com", 3478, True, "tcp") in probes
    assert not [probe for probe in probes if isinstance(probe, Bind) and probe.port >= 49152]


def test_a_websocket_is_tried_where_its_path_is_known() -> None:
    of = only(worklink(), protocol="wss")
    assert Upgrade("cms.scopear.com", 443, True, "/signal") in planned(of, is_own=True).probes
    assert not [probe for probe in planned(of).probes if isinstance(probe, Upgrade)]


def test_of_a_range_the_ends_and_the_middle_are_tried_and_the_rest_is_called_inferred() -> None:
    of = only(worklink(), protocol="not_said", ports=(Ports("tcp", "4700-5000"),))
    made = planned(of)
    assert [probe.port for probe in made.probes if isinstance(probe, Connect)] == [4700, 4850, 5000]
    assert judged(of, lambda _: "answered")[of.requirements[0].id].state == "inferred"


def test_at_most_some_ports_of_a_set_are_tried() -> None:
    scattered = ", ".join(str(port) for port in range(1, 400, 3))
    made = planned(only(worklink(), protocol="not_said", ports=(Ports("tcp", scattered),)))
    assert sum(isinstance(probe, Connect) for probe in made.probes) <= 24


@pytest.mark.parametrize(
    "endpoint",
    [
        Endpoint("wildcard", "*.example.com", "one_label"),
        Endpoint("prefix", "192.0.2.0/24"),
        Endpoint("missing", "somewhere"),
    ],
)
def test_what_names_no_host_is_not_tested_and_never_proven(endpoint: Endpoint) -> None:
    of = only(worklink(), endpoints=(endpoint,))
    assert planned(of).probes == ()
    found = judged(of, lambda _: "answered")[of.requirements[0].id]
    assert found.state == "not_tested"
    assert found.untested[0].why


def test_silence_of_a_udp_service_that_speaks_to_nobody_is_never_taken_for_a_failure() -> None:
    master = judged(worklink(), lambda _: "answered")["master"]
    assert master.state == "inferred"
    assert "UDP 24000" in master.untested[0].what


def test_addresses_inside_a_network_are_told_apart() -> None:
    assert planned(only(worklink(), endpoints=(Endpoint("address", "10.0.0.7"),))).private == ("10.0.0.7",)
    assert planned(worklink()).private == ()


def test_what_is_blocked_names_the_requirement_its_symptom_and_what_to_ask_for() -> None:
    blocked = Connect("cms.scopear.com", 443, True)
    found = judged(worklink(), lambda probe: "silent" if probe == blocked else "answered")
    failed = [one for one in found.values() if one.state == "failed"]
    assert [one.requirement.id for one in failed] == ["authentication"]
    assert failed[0].symptom == "User will be unable to log-in."
    assert failed[0].ask == ("cms.scopear.com, TCP 443",)
    assert "dropped" in failed[0].causes[0]


def test_a_name_that_is_not_known_asks_for_no_rule() -> None:
    hidden = Resolve("cms.scopear.com")
    found = judged(worklink(), lambda probe: "no_such_name" if probe == hidden else "answered")["authentication"]
    assert found.state == "failed"
    assert found.ask == ()
    assert "resolver" in found.causes[0]
    assert len(found.causes) == 1, "what follows from it is no cause of its own"


def test_what_stands_in_is_named_and_the_whole_has_not_failed() -> None:
    found = judged(worklink(), lambda probe: "silent" if probe.host.startswith("proxy") else "answered")
    assert found["relay"].state == "failed"
    assert "Twilio" in found["relay"].still
    assert "worse" in found["relay"].still
    assert worst(tuple(found.values())) != "failed"


def test_a_required_failure_that_nothing_stands_in_for_fails_the_whole() -> None:
    found = judged(worklink(), lambda probe: "refused" if isinstance(probe, Connect) else "answered")
    assert worst(tuple(found.values())) == "failed"


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("silent", "dropped"), ("refused", "refused"), ("unreachable", "ICMP"), ("closed", "closed"),
        ("not_trusted", "trust"), ("wrong_name", "certificate"), ("not_spoken", "something else"),
    ],
)  # fmt: skip
def test_every_outcome_has_words_of_its_own(outcome: Outcome, word: str) -> None:
    of = only(worklink())
    last = planned(of).probes[-1]
    found = judged(of, lambda probe: outcome if probe == last else "answered")[of.requirements[0].id]
    assert word in found.causes[0]


def test_a_host_that_answers_elsewhere_is_not_called_down() -> None:
    stun = Bind("proxy.scopear.com", 3478, True, "udp")
    relay = judged(worklink(), lambda probe: "silent" if probe == stun else "answered")["relay"]
    assert "the host answers otherwise" in relay.causes[0]
    alone = only(worklink())
    found = judged(alone, lambda probe: "answered" if isinstance(probe, Resolve) else "silent")
    assert "cannot be told" in found[alone.requirements[0].id].causes[0]


def test_all_that_answers_is_proven() -> None:
    of = only(worklink(), flows=(worklink().requirements[0].flows[0],))
    found = judged(of, lambda _: "answered")
    assert [one.state for one in found.values()] == ["proven"]
