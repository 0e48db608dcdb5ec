"""The five articles through the import: what it finds of what the profiles hold, what it flags, and that it invents
nothing. And the profiles against the articles: each quote stands there."""

import re
from functools import cache
from pathlib import Path

import pytest

from sightline.readiness.exchange import as_toml
from sightline.readiness.exchange.importing import imported, recognised
from sightline.readiness.exchange.questions import questions
from sightline.readiness.manifest import Believed, Endpoint, Manifest
from sightline.readiness.parsing import parse
from sightline.readiness.permit import lower
from sightline.readiness.rows import rows
from sightline.readiness.site import Selection, Site
from tests.unit.readiness.manifests import manifest

ROOT = Path(__file__).parents[4]
NAMES = ("worklink", "remotespark", "whereby", "glarassist", "eschat")


@cache
def article(name: str) -> str:
    return (ROOT / f"vectors/articles/{name}.txt").read_text()


@cache
def profile(name: str) -> Manifest:
    return manifest((ROOT / f"profiles/{name}.toml").read_text())


@cache
def draft(name: str) -> Manifest:
    return imported(article(name), f"{name}.txt")


def plain(text: str) -> str:
    """Without spaces and case, and with one word for every variable."""
    return re.sub(r"\$\{\w+\}|<\w+>", "<>", re.sub(r"\s+", "", text).lower())


def hosts_of(one: Manifest) -> set[str]:
    """Every text that is a host, or damage of one."""
    ends: list[Endpoint | Believed] = [end for each in one.requirements for end in each.endpoints]
    ends += [reading for each in one.requirements for end in each.endpoints for reading in end.believed]
    return {plain(end.text) for end in ends if end.kind not in ("missing", "peers")}


def ports_of(one: Manifest) -> set[tuple[str, str]]:
    return {
        (ports.transport, part.strip())
        for each in one.requirements
        for ports in each.ports
        for part in ports.set.split(",")
        if part and not part.startswith("$")
    }


def flagged(one: Manifest) -> str:
    """What the draft asks about, or says is wrong."""
    asked = [f"{each.text} {each.options} {each.quote}" for each in questions(one)]
    return " ".join([*asked, *(defect.quote for defect in one.defects)])


@pytest.mark.parametrize("name", NAMES)
def test_every_host_of_the_profile_is_in_the_draft_or_flagged(name: str) -> None:
    wanted, got = hosts_of(profile(name)), hosts_of(draft(name))
    missing = {host for host in wanted - got if host not in plain(flagged(draft(name)))}
    assert missing == set()
    # Not all of it by flags: what is sound in the article is found as it is.
    assert len(wanted & got) >= 0.7 * len(wanted)


@pytest.mark.parametrize("name", NAMES)
def test_every_port_of_the_profile_is_in_the_draft_or_flagged(name: str) -> None:
    wanted, got = ports_of(profile(name)), ports_of(draft(name))
    missing = {
        (transport, ports)
        for transport, ports in wanted - got
        if ("not_said", ports) not in got and ports not in flagged(draft(name))
    }
    assert missing == set()
    assert len(wanted & got) >= 0.8 * len(wanted)


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_the_profile_is_somewhere_in_the_draft(name: str) -> None:
    """Notes hold what is no requirement, so that a person who reads the draft has read the article."""
    kept = plain(
        " ".join(
            [source.quote for one in draft(name).requirements for source in one.sources]
            + [note.quote for note in draft(name).notes]
        )
    )
    for one in profile(name).requirements:
        if one.endpoints[0].kind not in ("missing", "published"):
            assert plain(one.endpoints[0].text) in kept


@pytest.mark.parametrize("name", NAMES)
def test_every_quote_of_a_draft_is_verbatim(name: str) -> None:
    text, one = " ".join(article(name).split()), draft(name)
    quotes = [source.quote for each in one.requirements for source in each.sources]
    quotes += [each.quote for part in (one.notes, one.defects, one.variables) for each in part]
    quotes += [end.text for each in one.requirements for end in each.endpoints]
    assert [quote for quote in quotes if quote not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_invented(name: str) -> None:
    text = plain(article(name))
    numbers = re.sub(r"(?<=\d),(?=\d{3})", "", article(name))
    for host in hosts_of(draft(name)):
        assert host in text
    for _, ports in ports_of(draft(name)):
        for number in ports.split("-"):
            assert re.search(rf"(?<!\d){number}(?!\d)", numbers), ports


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_draft_is_used(name: str) -> None:
    assert lower(draft(name), Site(), Selection(), frozenset()).permits == ()
    assert {row.host for row in rows(draft(name))} == {""}
    assert not any(end.confirmed for one in draft(name).requirements for end in one.endpoints)


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_is_a_manifest(name: str) -> None:
    parsed = parse(as_toml.write(draft(name)), "draft.toml")
    assert parsed.problems == ()
    assert parsed.manifest == draft(name)


@pytest.mark.parametrize(
    ("name", "code", "piece"),
    [
        ("worklink", "damaged-ports", "5060- 5070"),
        ("worklink", "url-as-host", "https://www.twilio.com/docs/stun-turn/regions"),
        ("remotespark", "lost-list", "Traffic Manager endpoint"),
        ("remotespark", "lost-list", "North America datacentre endpoints"),
        ("remotespark", "lost-list", "Europe datacentre endpoints"),
        ("whereby", "lost-cell", "browser-device | 443 | TCP |"),
        ("whereby", "lost-cell", "browser-device | 1024-65535 | UDP |"),
        ("whereby", "wildcard-undefined", "*.svc.whereby.com"),
        ("glarassist", "names-glued", ".edge.agora .io.sd-rtn.com"),
        ("glarassist", "address-glued", "34.120.195.249443"),
        ("glarassist", "names-glued", "*.eu-west- 1.amazonaws.com"),
        ("glarassist", "ditto-marks", '“ "“ "'),
        ("glarassist", "example-only", "*.eu-west-1.amazonaws.com"),
        ("glarassist", "name-glued", "Backend.agora.io"),
        ("eschat", "url-as-host", "https://maps.googleapis.com/"),
        ("eschat", "example-only", "7400"),
    ],
)
def test_a_defect_of_the_article_is_flagged(name: str, code: str, piece: str) -> None:
    assert any(defect.code == code and piece in defect.quote for defect in draft(name).defects)


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("worklink", "All traffic is bidirectional."),
        ("worklink", "netcat"),
        ("remotespark", "contact Kognitiv Spark Support to determine the correct IP addresses"),
        ("whereby", "don't currently have a static range of IP addresses"),
        ("eschat", "12 min TCP port registration timer"),
        ("eschat", "(8 including the Disaster Recovery addresses)"),
        ("eschat", "to 4 IP addresses"),
    ],
)
def test_a_line_that_decides_something_is_kept_as_a_note(name: str, piece: str) -> None:
    assert any(piece in note.quote for note in draft(name).notes)


def test_more_than_hosts_and_ports_is_read() -> None:
    by_id = {one.id: one for one in draft("worklink").requirements}
    assert [each.text for each in by_id["authentication-server"].symptoms] == ["User will be unable to log-in."]
    assert by_id["external-proxy-servers-twilio-highly-rec"].necessity == "recommended"
    assert [each.name for each in draft("worklink").variables] == ["regionid"]
    files = next(one for one in draft("glarassist").requirements if "file-hosting" in one.id)
    assert (files.necessity, files.lost) == ("optional", "disables cloud recording and file sharing")
    data = next(one for one in draft("eschat").requirements if one.id == "eschat-data-ports")
    assert [end.recovery for end in data.endpoints] == ["primary"] * 3 + ["disaster_recovery"] * 4


@pytest.mark.parametrize("name", NAMES)
def test_each_article_is_recognised_as_one(name: str) -> None:
    assert recognised(article(name), f"{name}.txt") == "text"


@pytest.mark.parametrize("name", NAMES)
def test_each_quote_of_a_profile_stands_in_its_article(name: str) -> None:
    one = profile(name)
    text = " ".join(article(name).split())
    quotes = [source.quote for each in one.requirements for source in each.sources]
    quotes += [
        each.quote for part in (one.sources, one.notes, one.defects, one.variables, one.changes) for each in part
    ]
    quotes += [party.quote for party in one.parties if party.quote]
    assert [quote for quote in quotes if " ".join(quote.split()) not in text] == []
