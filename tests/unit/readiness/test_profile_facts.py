"""The five profiles against what a person reads in the five articles.

The tables were written from the articles, not from the profiles: WorkLink "Recommended Firewall Requirements";
RemoteSpark "Network Firewall Rules (2.0.x)", 26 Mar 2024; Whereby "Firewall & Security"; GlarAssist "Network / Firewall
Configuration"; ESChat "Firewall Exceptions for Canada AWS - ext (4.x) Cloud".
A host in angle brackets is one that the article breaks or lacks: no rule may be made from it.
"""

from functools import cache
from itertools import product
from pathlib import Path

import pytest

from sightline.readiness.lint import Finding, findings
from sightline.readiness.manifest import Manifest
from sightline.readiness.names import address_fault, host_fault, prefix_fault, wildcard_fault
from sightline.readiness.parsing import parse
from sightline.readiness.rows import rows

FOLDER = Path(__file__).parents[3] / "profiles"
NAMES = ("worklink", "remotespark", "whereby", "glarassist", "eschat")

Fact = tuple[str, str, str, str]


def table(*groups: tuple[str, str, str]) -> set[Fact]:
    """Necessity, hosts and "tcp 80,443; udp 3478", each multiplied out."""
    found = set()
    for necessity, hosts, opened in groups:
        for part in opened.split("; "):
            transport, _, ports = part.partition(" ")
            listed = product(hosts.split("; "), ports.split(","))
            found |= {(necessity, host, transport, port) for host, port in listed}
    return found


AGORA_TCP = "tcp 80,443,3433,4700-5000,5668,5669,6080,6443,8667,9667,30011-30013"
AGORA_WEB = ".agora.io; .edge.agora.io; .sd-rtn.com; .edge.sd-rtn.com"
AGORA_MOBILE = ".agora.io; <damaged .edge.agora .io.sd-rtn.com>; .edge.sd-rtn.com"
AGORA_UDP = "udp 3478,4700-5000"

FACTS = {
    "worklink": table(
        ("required", "cms.scopear.com", "tcp 443"),
        ("required", "master.scopear.com", "udp 24000; tcp 24000"),
        ("required", "<peers client>", "udp 11690-11700,5060-5070; tcp 5060-5070"),
        (
            "required",
            "proxy.scopear.com; proxy-de.scopear.com; proxy-sg.scopear.com",
            "udp 3478,49152-65535; tcp 3478,80,443",
        ),
        (
            "recommended",
            "global.turn.twilio.com; ${twilio_region}.turn.twilio.com; "
            "<published https://www.twilio.com/docs/stun-turn/regions>",
            "tcp 443,3478,5349; udp 443,3478,10000-60000",
        ),
        ("required", "getworklink.com", "tcp 443"),
    ),
    "remotespark": table(
        ("required", "<missing Public DNS resolution>", "not_said "),
        ("required", "<missing Traffic Manager endpoint>", "tcp 443"),
        ("required", "cdn.kognitivspark.net", "tcp 443"),
        (
            "required",
            "<missing North America datacentre endpoints>; <missing Europe datacentre endpoints>",
            "tcp 443,3478; udp 3478",
        ),
        ("redundant", "global.turn.twilio.com; stun.google.com", "not_said "),
        (
            "required",
            "<missing contact Kognitiv Spark Support to determine the correct IP addresses>",
            "tcp 3478,5349; udp 3478,5349",
        ),
    ),
    "whereby": table(
        (
            "required",
            "*.sfu.whereby.com; *.sfu.svc.whereby.com; *.srv.whereby.com; *.svc.whereby.com; *.appearin.net",
            "tcp 443",
        ),
        ("fallback", "*.turn.whereby.com; *.turn.svc.whereby.com; turnserver.appearin.net", "tcp 443; udp 443"),
        ("required", "<missing browser-device | 1024-65535 | UDP |>", "udp 1024-65535"),
    ),
    "glarassist browser": table(
        ("required", "glarassist.com", "tcp 443"),
        ("required", AGORA_WEB, f"{AGORA_TCP}; {AGORA_UDP}"),
        ("fallback", "<missing specific IP addresses>", "tcp 443"),
        ("optional", "*.eu-west-1.amazonaws.com", "tcp 443"),
        ("optional", "35.188.42.15; <damaged 34.120.195.249443>", "tcp 443"),
    ),
    "glarassist android": table(
        ("required", "glarassist.com", "tcp 443"),
        ("required", AGORA_MOBILE, f"{AGORA_TCP}; {AGORA_UDP}"),
        ("optional", "<damaged *.eu-west- 1.amazonaws.com>", "tcp 443"),
        ("optional", "35.188.42.15; <damaged 34.120.195.249443>", "tcp 443"),
    ),
    "glarassist ios": table(
        ("required", "glarassist.com", "tcp 443"),
        ("required", AGORA_MOBILE, f"{AGORA_TCP}; {AGORA_UDP}"),
        ("optional", "<damaged *.eu-west- 1.amazonaws.com>", "tcp 443"),
        ("optional", "35.188.42.15; <damaged 34.120.195.249443>", "tcp 443"),
    ),
    "glarassist glasses": table(
        ("required", "glarassist.com", "tcp 443"),
        ("required", AGORA_MOBILE, f"{AGORA_TCP}; {AGORA_UDP}"),
        ("optional", "<damaged *.eu-west- 1.amazonaws.com>", "tcp 443"),
        ("optional", "35.188.42.15; <damaged 34.120.195.249443>", "tcp 443"),
    ),
    "eschat": table(
        (
            "required",
            "54.215.171.160; 54.219.138.108; 52.61.94.106; 3.31.151.6; 3.31.160.231; 18.252.168.182; 18.253.93.42; "
            "18.254.200.140; 35.153.48.78",
            "tcp 80,443",
        ),
        ("required", "3.97.31.75; 15.223.60.24", "tcp ${signaling_port}"),
        (
            "required",
            "3.140.60.106; 3.23.41.163; 18.221.84.42; 34.198.152.141; 34.199.159.184; 34.195.225.226; 35.174.119.55",
            "udp 4201-4264",
        ),
        ("required", "52.60.139.97; 3.98.4.177", "tcp 80,443"),
        ("required", "17.0.0.0/8", "tcp 80,5223"),
        ("required", "maps.googleapis.com; fonts.gstatic.com", "tcp 80,443"),
    ),
}

SYMPTOMS = {
    "worklink": {
        ("authentication", "User will be unable to log-in."),
        ("master", "Expert list not shown."),
        ("calling", "Failure to connect calls."),
        ("calling", "No audio in calls."),
        ("calling", "Contact list issues."),
        ("relay", "Failure to connect calls."),
        ("relay", "No audio in calls."),
        ("twilio", "Failure to connect calls."),
        ("twilio", "Poor Audio/Video"),
        ("twilio", "No audio in calls."),
        ("guests", "Guest email links are not working"),
        ("guests", "Can’t connect to resource catalog"),
    },
    "remotespark": set(),
    "whereby": set(),
    "glarassist": {
        ("web-files", "disables cloud recording and file sharing"),
        ("web-error-reporting", "has no impact"),
        ("mobile-files", "disables cloud recording and file sharing"),
        ("mobile-error-reporting", "has no impact"),
    },
    "eschat": {("signaling", "blocking connectivity to our server"), ("data", "audio from passing through")},
}

CAN_BE_DISABLED = {
    ("web-files", "disables cloud recording and file sharing"),
    ("web-error-reporting", "has no impact"),
    ("mobile-files", "disables cloud recording and file sharing"),
    ("mobile-error-reporting", "has no impact"),
}

TORN = {
    "glarassist": {
        ("mobile-rtc-tcp", ".edge.agora .io.sd-rtn.com"),
        ("mobile-rtc-udp", ".edge.agora .io.sd-rtn.com"),
        ("mobile-files", "*.eu-west- 1.amazonaws.com"),
        ("web-error-reporting", "34.120.195.249443"),
        ("mobile-error-reporting", "34.120.195.249443"),
    }
}

TIMERS = {("signaling", "registration", "tcp", 12 * 60), ("data", "registration", "udp", 60)}

DISASTER_RECOVERY = {"35.153.48.78", "34.198.152.141", "34.199.159.184", "34.195.225.226", "35.174.119.55"}

PLATFORMS = {
    "worklink": set(),
    "remotespark": set(),
    "whereby": set(),
    "glarassist": {"browser", "android", "ios", "glasses"},
    "eschat": {"ios"},
}

# What a careful reader complains of: the finding's code, and a piece of the line.
DEFECTS = {
    "worklink": [
        ("contradiction", "All traffic is bidirectional."),
        ("unproven-test", "netcat"),
        ("damaged-ports", "UDP, TCP:5060- 5070"),
        ("unexplained-ports", "UDP:11690-11700"),
        ("contradiction", "(Client to Zeus)"),
        ("wrong-section", "Contact list issues."),
        ("missing-capacity", "concurrent remote assistance calls"),
        ("contradiction", "recommended firewall requirements"),
        ("unresolved-variable", "<regionID>.turn.twilio.com"),
        ("published-elsewhere", "https://www.twilio.com/docs/stun-turn/regions"),
        ("wide-range", "10000-60000"),
        ("wide-range", "49152-65535"),
        ("initiator-not-said", "Client to Client"),
        ("row-without-cells", "WorkLink App (Calling functionality)"),
        ("cells-glued", "master.scopear.comUDP:24000TCP:24000"),
    ],
    "remotespark": [
        ("lost-list", "Traffic Manager endpoint"),
        ("lost-list", "North America datacentre endpoints"),
        ("lost-list", "Europe datacentre endpoints"),
        ("missing-destination", "Storage Endpoint"),
        ("contradiction", "5349 (TCP/UDP)"),
        ("missing-ports", "stun.google.com"),
        ("missing-ports", "global.turn.twilio.com"),
        ("ports-without-hosts", "Ports to open"),
        ("lost-link", "see here."),
        ("no-effective-date", "updates may require new endpoint rules"),
        ("ambiguous", "whitelist all traffic on those two ports"),
        ("ambiguous", "depending on your network configuration"),
        ("no-direction", "through their firewall."),
    ],
    "whereby": [
        ("lost-cell", "browser-device | 443 | TCP |"),
        ("lost-cell", "browser-device | 1024-65535 | UDP |"),
        ("lost-cell", "Last updated"),
        ("missing-destination", "1024-65535"),
        ("wide-range", "1024-65535"),
        ("host-only-in-prose", "turnserver.appearin.net"),
        ("rows-without-hosts", "Service | Source | Destination port | Protocol |"),
        ("wildcard-undefined", "*.svc.whereby.com"),
        ("wildcard-unenforceable", "*.turn.whereby.com"),
        ("no-static-addresses", "static range of IP addresses"),
        ("contradiction", "directly between participants"),
        ("damaged-text", "annual an enterprise"),
        ("ambiguous", "(TCP/TLS)"),
        ("ambiguous", "*.sfu.whereby.com"),
    ],
    "glarassist": [
        ("names-glued", ".edge.agora .io.sd-rtn.com"),
        ("address-glued", "34.120.195.249443"),
        ("damaged-port", "34.120.195.249443TCP"),
        ("damaged-host", "*.eu-west- 1.amazonaws.com"),
        ("name-glued", ".edge.sd-rtn.com80"),
        ("name-glued", "Backend.agora.io"),
        ("ditto-marks", '“ "“ "'),
        ("missing-destination", "specific IP addresses"),
        ("example-only", "*.eu-west-1.amazonaws.com"),
        ("example-only", "*.eu-west- 1.amazonaws.com"),
        ("wildcard-undefined", ".agora.io"),
        ("wildcard-unenforceable", ".edge.sd-rtn.com"),
        ("contradiction", ".edge.agora .io.sd-rtn.com"),
        ("contradiction", "No personal data is collected."),
        ("contradiction", "The enterprise version of GlarAssist can use a narrower"),
        ("contradiction", "required network/firewall configurations"),
        ("damaged-text", "a mostly cost"),
        ("damaged-text", "ad-on"),
        ("host-only-in-prose", "webdemo.agora.io"),
        ("no-effective-date", "In a future version"),
        ("purpose-not-said", "30011-30013"),
        ("no-direction", "Destination Host(s)"),
        ("published-elsewhere", "cloudflare.com/ips"),
        ("cells-glued", "glarassist.com443TCPNo"),
    ],
    "eschat": [
        ("contradiction", "(8 including the Disaster Recovery addresses)"),
        ("contradiction", "to 4 IP addresses"),
        ("contradiction", "inbound response"),
        ("contradiction", "specific to each customer's build"),
        ("contradiction", "Canada AWS-02"),
        ("contradiction", "Google requires a port"),
        ("url-as-host", "https://maps.googleapis.com/"),
        ("ambiguous", "12 min TCP"),
        ("short-timer", "60 s"),
        ("short-timer", "720 s"),
        ("wide-prefix", "17.0.0.0/8"),
        ("missing-recovery", "3.97.31.75"),
        ("missing-recovery", "52.60.139.97"),
        ("changes-unmarked", "existing and new rules"),
        ("cells-glued", "80 &443"),
        ("lost-cell", "To determine your signaling port"),
        ("purpose-not-said", "ESChat Data Ports"),
        ("unresolved-variable", "signaling port"),
        ("doubtful-port", "80 & 5223"),
    ],
}


@cache
def found_in(name: str) -> tuple[Finding, ...]:
    return findings(profile(name))


@cache
def profile(name: str) -> Manifest:
    parsed = parse((FOLDER / f"{name}.toml").read_text(), f"{name}.toml")
    assert parsed.manifest is not None, "\n".join(map(str, parsed.problems))
    return parsed.manifest


def facts(manifest: Manifest, platform: str) -> set[Fact]:
    usable = ("name", "wildcard", "address", "prefix")
    return {
        (
            row.requirement.necessity,
            row.endpoint.text if row.endpoint.kind in usable else f"<{row.endpoint.kind} {row.endpoint.text}>",
            row.ports.transport,
            row.range,
        )
        for row in rows(manifest)
        if not platform or platform in row.requirement.platforms
    }


def test_these_are_the_profiles() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == set(NAMES)


@pytest.mark.parametrize("name", FACTS)
def test_nothing_is_missing_and_nothing_is_extra(name: str) -> None:
    service, _, platform = name.partition(" ")
    found = facts(profile(service), platform)
    assert found - FACTS[name] == set(), "not in the article"
    assert FACTS[name] - found == set(), "not in the profile"


@pytest.mark.parametrize("name", NAMES)
def test_symptoms_are_the_articles(name: str) -> None:
    found = {(one.id, symptom.text) for one in profile(name).requirements for symptom in one.symptoms}
    assert found == SYMPTOMS[name]


def test_what_can_be_disabled_and_what_is_lost() -> None:
    assert {(one.id, one.lost) for one in profile("glarassist").requirements if one.lost} == CAN_BE_DISABLED


def test_timers() -> None:
    found = {
        (one.id, timer.kind, timer.transport, timer.seconds)
        for name in NAMES
        for one in profile(name).requirements
        for timer in one.timers
    }
    assert found == TIMERS


def test_disaster_recovery() -> None:
    endpoints = [end for name in NAMES for one in profile(name).requirements for end in one.endpoints]
    assert {end.text for end in endpoints if end.recovery == "disaster_recovery"} == DISASTER_RECOVERY


@pytest.mark.parametrize("name", NAMES)
def test_platforms(name: str) -> None:
    assert {platform for one in profile(name).requirements for platform in one.platforms} == PLATFORMS[name]


@pytest.mark.parametrize(("name", "code", "piece"), [(name, *defect) for name in NAMES for defect in DEFECTS[name]])
def test_every_defect_is_flagged(name: str, code: str, piece: str) -> None:
    found = findings(profile(name))
    assert any(one.code == code and piece in one.quote for one in found), [
        one.quote for one in found if one.code == code
    ]


@pytest.mark.parametrize("name", NAMES)
def test_only_the_torn_name_of_the_mobile_table_is_torn(name: str) -> None:
    torn = {(one.id, end.text) for one in profile(name).requirements for end in one.endpoints if end.kind == "damaged"}
    assert torn == TORN.get(name, set())


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_a_quote_and_its_state(name: str) -> None:
    for row in rows(profile(name)):
        assert ": " in row.cells["source"]


@pytest.mark.parametrize("name", NAMES)
def test_no_broken_host_can_become_a_rule(name: str) -> None:
    judges = {"name": host_fault, "wildcard": wildcard_fault, "address": address_fault, "prefix": prefix_fault}
    for row in rows(profile(name)):
        if row.host and row.endpoint.kind != "peers":
            assert judges[row.endpoint.kind](row.endpoint.text.replace("${twilio_region}", "us1")) is None
        else:
            assert row.endpoint.kind in ("damaged", "missing", "published", "peers")


def test_nothing_damaged_is_confirmed_yet() -> None:
    assert not any(end.confirmed for name in NAMES for one in profile(name).requirements for end in one.endpoints)


def test_media_is_tried_in_the_articles_order() -> None:
    whereby = {one.id: (one.any_of, one.preference) for one in profile("whereby").requirements}
    assert whereby == {
        "signalling": ("", None),
        "media": ("media", 1),
        "turn-udp": ("media", 2),
        "turn-tcp": ("media", 3),
    }


def test_websockets_must_pass_what_intercepts() -> None:
    (signalling,) = (one for one in profile("whereby").requirements if one.id == "signalling")
    assert (signalling.protocol, signalling.interception) == ("wss", "with_websocket")


@pytest.mark.parametrize("name", [name for name in NAMES if SYMPTOMS[name]])
def test_each_symptom_is_there_in_five_languages(name: str) -> None:
    for one in (symptom for requirement in profile(name).requirements for symptom in requirement.symptoms):
        assert [each.language for each in one.translations] == ["de", "fr", "es", "pt"], one.text
        assert len({one.text, *(each.text for each in one.translations)}) == 5
