"""Manifests in the shapes that other programs read, and what these have no place for."""

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from sightline.readiness.exchange import as_csv, as_edl, as_m365, as_mud
from sightline.readiness.exchange.exported import Exported
from sightline.readiness.manifest import Manifest
from sightline.readiness.permit import lower
from sightline.readiness.rows import rows
from sightline.readiness.site import Selection, Site, Widening
from sightline.readiness.variables import fill
from tests.unit.readiness.manifests import manifest, small, with_requirement

FOLDER = Path(__file__).parents[4] / "profiles"
TODAY = datetime.date(2026, 11, 21)
NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
URL = "https://example.com/device.json"
WIDE: frozenset[Widening] = frozenset({"wildcards"})
NAMES = sorted(file.stem for file in FOLDER.glob("*.toml"))


def profile(name: str) -> Manifest:
    return manifest((FOLDER / f"{name}.toml").read_text())


def sets(one: Manifest, **more: Any) -> dict[str, dict[str, Any]]:
    return {each["notes"].partition(":")[0]: each for each in json.loads(as_m365.write(one, **more).text)}


def told(exported: Exported) -> set[tuple[str, str, str]]:
    return {(loss.requirement, loss.effect, loss.code) for loss in exported.losses}


def test_an_endpoint_set_has_the_fields_that_scripts_read() -> None:
    found = sets(fill(profile("eschat"), {"signaling_port": "7400"}))
    push = found["apple-push"]
    assert (push["ips"], push["tcpPorts"], push["required"]) == (["17.0.0.0/8"], "80,5223", True)
    assert (push["serviceArea"], push["category"], push["expressRoute"]) == ("eschat", "Allow", False)
    assert found["signaling"]["tcpPorts"] == "7400"
    assert found["data"]["udpPorts"] == "4201-4264"
    assert "urls" not in push
    assert len({each["id"] for each in found.values()}) == len(found)


def test_what_is_not_required_says_what_is_lost() -> None:
    files = sets(profile("glarassist"), widen=WIDE)["web-files"]
    assert files["required"] is False
    assert "disables cloud recording and file sharing" in files["notes"]


def test_a_requirement_keeps_its_number_when_others_come_before_it() -> None:
    one, more = manifest(small()), manifest(with_requirement(id='"first"'))
    assert sets(one)["web"]["id"] == sets(more)["web"]["id"]


@pytest.mark.parametrize(
    ("match", "written", "effect"),
    [
        ("one_label", [], "left_out"),
        ("subtree", ["*.example.com"], None),
        ("subtree_and_apex", ["*.example.com", "example.com"], None),
    ],
)
def test_a_wildcard_is_never_silently_widened(match: str, written: list[str], effect: str | None) -> None:
    wildcard = f'[{{ kind = "wildcard", text = "*.example.com", match = "{match}" }}]'
    one = manifest(with_requirement(endpoints=wildcard))
    assert sets(one).get("other", {}).get("urls", []) == written
    assert [line for line in as_edl.write(one, "wildcards").text.splitlines()] == written[:1]
    assert [loss.effect for loss in as_m365.write(one).losses if loss.code == "wildcard-wider"] == (
        [effect] if effect else []
    )
    widened = [loss.effect for loss in as_m365.write(one, WIDE).losses if loss.code == "wildcard-wider"]
    assert widened == (["widened"] if effect else [])


def test_the_version_is_a_day_with_a_number() -> None:
    assert json.loads(as_m365.version(profile("remotespark"), TODAY).text) == [
        {"instance": "remotespark", "latest": "2024032600"}
    ]
    assert json.loads(as_m365.version(profile("worklink"), TODAY).text)[0]["latest"] == "2026112100"


def test_changes_are_what_became_different_and_by_when() -> None:
    old = manifest(with_requirement())
    dated = 'version = "2"\neffective = 2027-02-01\n'
    text = with_requirement(id='"third"', endpoints='[{ kind = "address", text = "192.0.2.1" }]')
    new = manifest(
        text.replace('version = "1"\n', dated)
        .replace('"version"]', '"version", "effective"]')
        .replace("www.example.com", "web.example.com")
    )
    added, changed, removed = (
        next(one for one in json.loads(as_m365.changes(old, new, TODAY).text) if one["disposition"] == kind)
        for kind in ("Add", "Change", "Remove")
    )
    assert (added["impact"], added["add"]) == ("AddedIp", {"effectiveDate": "20270201", "ips": ["192.0.2.1/32"]})
    assert added["version"] == "2027020100"
    assert (changed["impact"], changed["remove"]) == ("AddedUrl", {"urls": ["www.example.com"]})
    assert removed["impact"] == "RemovedIpOrUrl"
    assert json.loads(as_m365.changes(old, old, TODAY).text) == []


def test_other_ports_are_a_change_with_before_and_after() -> None:
    (found,) = json.loads(as_m365.changes(manifest(small()), manifest(small(('"443"', '"444"'))), TODAY).text)
    assert (found["disposition"], found["impact"]) == ("Change", "OtherNonPriorityChanges")
    assert (found["previous"], found["current"]) == ({"tcpPorts": "443"}, {"tcpPorts": "444"})


def test_a_mud_file_has_one_list_for_each_way_and_family() -> None:
    exported = as_mud.write(fill(profile("eschat"), {"signaling_port": "7400"}), URL, NOW)
    body = json.loads(exported.text)
    mud = body["ietf-mud:mud"]
    assert (mud["mud-url"], mud["last-update"]) == (URL, "2026-11-21T12:00:00+00:00")
    acls = {acl["name"]: acl for acl in body["ietf-access-control-list:acls"]["acl"]}
    named = [each["name"] for each in mud["from-device-policy"]["access-lists"]["access-list"]]
    assert named == ["from-4", "from-6"]
    tiles = [ace["matches"] for ace in acls["from-6"]["aces"]["ace"]]
    assert {match["ipv6"]["ietf-acldns:dst-dnsname"] for match in tiles} == {"maps.googleapis.com", "fonts.gstatic.com"}
    data = next(ace["matches"] for ace in acls["to-4"]["aces"]["ace"] if ace["name"].startswith("data-"))
    assert data == {
        "ipv4": {"protocol": 17, "source-ipv4-network": "3.140.60.106/32"},
        "udp": {"source-port": {"lower-port": 4201, "upper-port": 4264}},
    }
    assert ("data", "not_enforced", "no-direction") in told(exported)
    every = [ace["name"] for ace in acls["from-4"]["aces"]["ace"]]
    assert len(set(every)) == len(every)


def test_a_mud_file_has_no_wildcards_and_says_so() -> None:
    exported = as_mud.write(profile("whereby"), URL, NOW)
    assert "*" not in exported.text
    assert ("signalling", "left_out", "no-wildcards") in told(exported)


def test_lists_hold_one_kind_each() -> None:
    one = profile("glarassist")
    assert as_edl.write(one, "names").text.splitlines() == ["glarassist.com"]
    assert as_edl.write(one, "addresses").text.splitlines() == ["35.188.42.15"]
    assert as_edl.write(one).text.count("# ") == 3
    assert "80" not in as_edl.write(one).text


def test_the_table_is_csv() -> None:
    one = profile("worklink")
    assert list(csv.DictReader(as_csv.write(one).text.splitlines())) == [row.cells for row in rows(one)]
    formula = with_requirement(necessity='"optional"', lost='"=1"')
    assert ",'=1," in as_csv.write(manifest(formula)).text


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_dropped_silently(name: str) -> None:
    """Each requirement is wholly written, or a loss names it."""
    one = profile(name)
    for exported in (as_m365.write(one), as_mud.write(one, URL, NOW), as_edl.write(one), as_csv.write(one)):
        lost = {loss.requirement for loss in exported.losses}
        for requirement in one.requirements:
            if requirement.timers or requirement.any_of:
                assert requirement.id in lost
    lowered = lower(one, Site(), Selection(), frozenset())
    left_out = {(loss.requirement, loss.code) for loss in lowered.losses if loss.effect == "left_out"}
    assert left_out <= {(loss.requirement, loss.code) for loss in as_m365.write(one).losses}
