"""Files of other programs to a draft, and hostile ones to an error that names what is wrong."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import RefusedError
from sightline.readiness.exchange import as_csv, as_edl, as_m365, as_mud, as_toml, draft
from sightline.readiness.exchange.importing import imported, recognised
from sightline.readiness.manifest import Manifest, Requirement
from sightline.readiness.parsing import parse
from sightline.readiness.permit import lower
from sightline.readiness.rows import COLUMNS
from sightline.readiness.site import Selection, Site
from sightline.readiness.variables import fill
from tests.unit.readiness.manifests import SMALL, manifest

PROFILES = Path(__file__).parents[4] / "profiles"
AWS = {
    "syncToken": "1", "createDate": "2026-11-20-00-00-00",
    "prefixes": [
        {"ip_prefix": "192.0.2.0/24", "region": "eu-west-1", "service": "S3", "network_border_group": "eu-west-1"},
        {"ip_prefix": "198.51.100.0/24", "region": "GLOBAL", "service": "CLOUDFRONT"},
    ],
    "ipv6_prefixes": [{"ipv6_prefix": "2001:db8::/32", "region": "eu-west-1", "service": "S3"}],
}  # fmt: skip
AZURE = {
    "changeNumber": 7, "cloud": "Public",
    "values": [{"name": "Storage.WestEurope", "id": "Storage.WestEurope",
                "properties": {"region": "westeurope", "addressPrefixes": ["192.0.2.0/25", "192.0.2.1/25"]}}],
}  # fmt: skip


def by_id(of: Manifest) -> dict[str, Requirement]:
    return {one.id: one for one in of.requirements}


def read(one: Requirement) -> list[str]:
    return [each.text for end in one.endpoints for each in end.believed]


def opened(one: Requirement) -> list[str]:
    return [f"{each.transport} {each.set}" for each in one.ports]


def test_endpoint_sets_of_microsoft_365() -> None:
    sets = [
        {"id": 1, "serviceArea": "Exchange", "serviceAreaDisplayName": "Exchange Online",
         "urls": ["a.example.com", "*.b.example.com"],
         "ips": ["192.0.2.0/24"], "tcpPorts": "80,443", "udpPorts": "3478-3481", "required": True, "category": "Allow"},
        {"id": 2, "serviceArea": "Skype", "urls": ["not a host"], "tcpPorts": "https",
         "required": False, "notes": "No sound"},
        "stray",
    ]  # fmt: skip
    one = imported(json.dumps(sets), "endpoints.json")
    exchange, skype = by_id(one)["exchange-1"], by_id(one)["skype-2"]
    assert read(exchange) == ["a.example.com", "*.b.example.com", "192.0.2.0/24"]
    assert opened(exchange) == ["tcp 80, 443", "udp 3478-3481"]
    assert (exchange.necessity, exchange.flows[0].initiator) == ("required", "from")
    assert (skype.necessity, skype.lost, skype.endpoints[0].kind) == ("optional", "No sound", "damaged")
    assert (skype.ports[0].set, skype.ports[0].note) == ("", "as written: https")
    assert [defect.code for defect in one.defects] == ["damaged-text"]
    assert [each.id for each in imported(json.dumps(sets), "x.json", pick="skype").requirements] == ["skype-2"]


def test_ranges_of_aws_and_azure() -> None:
    one = imported(json.dumps(AWS), "ip-ranges.json")
    assert read(by_id(one)["s3-eu-west-1"]) == ["192.0.2.0/24", "2001:db8::/32"]
    assert by_id(one)["s3-eu-west-1"].regions == ("eu-west-1",)
    assert by_id(one)["cloudfront-global"].regions == ()
    assert opened(by_id(one)["s3-eu-west-1"]) == ["not_said "]
    assert one.version == "2026-11-20-00-00-00"
    assert list(by_id(imported(json.dumps(AWS), "x.json", pick="cloudfront"))) == ["cloudfront-global"]
    azure = imported(json.dumps(AZURE), "tags.json")
    assert [end.kind for end in by_id(azure)["storage-westeurope"].endpoints] == ["unconfirmed", "damaged"]


def test_a_table_of_a_web_page() -> None:
    page = """<html><body><h2>Firewall</h2><p>All connections are outbound only.</p><table>
    <tr><th>Service</th><th>Host</th><th>Port</th><th>Failure symptom</th></tr>
    <tr><td>Sign-in</td><td>id.example.com<br>*.id.example.com</td><td>TCP 443</td><td>Nobody gets in.</td></tr>
    <tr><td>Media</td><td>192.0.2.0/24</td><td>UDP 3478, 4000-4100</td><td></td></tr></table></body></html>"""
    one = by_id(imported(page, "page.html"))
    assert (read(one["sign-in"]), opened(one["sign-in"])) == (["id.example.com", "*.id.example.com"], ["tcp 443"])
    assert [each.text for each in one["sign-in"].symptoms] == ["Nobody gets in."]
    assert (one["media"].flows[0].initiator, opened(one["media"])) == ("from", ["udp 3478, 4000-4100"])


def test_a_plain_list() -> None:
    one = imported("# Web\na.example.com\n192.0.2.1 # first\n# Media\n*.example.com\n2001:db8::/32\n", "allow.txt")
    assert {name: read(each) for name, each in by_id(one).items()} == {
        "web": ["a.example.com", "192.0.2.1"],
        "media": ["*.example.com", "2001:db8::/32"],
    }


@pytest.mark.parametrize("name", ["worklink", "whereby", "eschat", "glarassist", "remotespark"])
def test_what_we_exported_is_read_back(name: str) -> None:
    """Through each format: what its permits held comes back as unconfirmed."""
    whole = manifest((PROFILES / f"{name}.toml").read_text())
    one = fill(whole, {each.name: "7400" if each.kind == "port" else "de1" for each in whole.variables})
    wide = frozenset(("wildcards",))
    now = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
    permits = lower(one, Site(), Selection(), frozenset()).permits
    wanted = {getattr(p.remote, "text", None) or getattr(p.remote, "base", None) or str(p.remote) for p in permits}
    for text, file in (
        (as_m365.write(one, wide).text, "sets.json"),  # type: ignore[arg-type]
        (as_edl.write(one, None, wide).text, "list.txt"),  # type: ignore[arg-type]
        (as_csv.write(one).text, "table.csv"),
    ):
        got = {each.removeprefix("*.").lstrip(".") for r in imported(text, file).requirements for each in read(r)}
        got |= {f"{each}/32" for each in got}
        assert wanted <= got, file
    mud = as_mud.write(one, "https://example.com/x", now).text
    names = {getattr(p.remote, "text", "") for p in permits} - {""}
    if names:
        assert names <= {each for r in imported(mud, "mud.json").requirements for each in read(r)}


def test_a_table_comes_back_with_all_that_it_holds() -> None:
    one = manifest((PROFILES / "worklink.toml").read_text())
    back = by_id(imported(as_csv.write(one).text, "table.csv"))
    assert list(back)[:4] == ["authentication", "master", "calling", "relay"]
    master = back["master"]
    assert (read(master), sorted(opened(master))) == (["master.scopear.com"], ["tcp 24000", "udp 24000"])
    assert (master.protocol, master.flows[0].initiator) == ("registration", "from")
    assert [each.text for each in master.symptoms] == ["Expert list not shown."]
    assert "${twilio_region}.turn.twilio.com" in read(back["twilio"])
    assert back["calling"].endpoints[0].believed[0].kind == "peers"


def test_a_mud_file_of_another_program() -> None:
    ace: dict[str, Any] = {
        "name": "c0", "matches": {"ipv4": {"ietf-acldns:dst-dnsname": "a.example.com", "protocol": 6},
        "tcp": {"destination-port": {"operator": "eq", "port": 443}, "ietf-mud:direction-initiated": "from-device"}},
        "actions": {"forwarding": "accept"}}  # fmt: skip
    local = {"name": "l", "matches": {"ietf-mud:mud": {"local-networks": [None]}}, "actions": {"forwarding": "accept"}}
    drop = {**ace, "actions": {"forwarding": "drop"}}
    mud = {
        "ietf-mud:mud": {"systeminfo": "Lamp", "from-device-policy": {"access-lists": {"access-list": [
            {"name": "fr"}, {"name": "gone"}]}}},
        "ietf-access-control-list:acls": {"acl": [{"name": "fr", "aces": {"ace": [ace, local, drop]}}]},
    }  # fmt: skip
    one = imported(json.dumps(mud), "lamp.json")
    assert one.title == "Lamp"
    assert (read(by_id(one)["c0"]), opened(by_id(one)["c0"])) == (["a.example.com"], ["tcp 443"])
    assert by_id(one)["l"].endpoints[0].kind == "missing"
    assert [defect.code for defect in one.defects] == ["lost-list"]


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        ("[]", "x", "m365"), ('{"prefixes": []}', "x", "aws"), ('{"values": []}', "x", "azure"),
        ('{"ietf-mud:mud": {}}', "x", "mud"), ('{"requirements": []}', "x", "manifest"), (SMALL, "x.toml", "manifest"),
        ("<!DOCTYPE html><p>x", "x", "html"), ("x", "x.html", "html"), ("a.example.com\n10.0.0.0/8\n", "x", "list"),
        ("Open port 443.", "x.txt", "text"), (",".join(COLUMNS) + "\n", "x", "csv"),
    ],
)  # fmt: skip
def test_a_format_is_recognised(text: str, name: str, form: str) -> None:
    assert recognised(text, name) == form


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("", "x.txt", "nothing-found"),
        ("Nothing to see here.", "x.txt", "nothing-found"),
        ("[" * 100_000, "x.json", "not-json"),
        ('{"a": ' * 50_000, "x.json", "not-json"),
        ("[" + "9" * 5000 + "]", "x.json", "not-json"),
        ('{"other": 1}', "x.json", "unknown-format"),
        ("[]", "x.json", "nothing-found"),
        ('{"prefixes": [1, null, "x"]}', "x.json", "nothing-found"),
        ('{"ietf-mud:mud": [[]]}', "x.json", "nothing-found"),
        (",".join(COLUMNS) + "\na,b\n", "x.csv", "not-csv"),
        (",".join(COLUMNS) + '\n"a', "x.csv", "not-csv"),
        ("format = 1", "x.toml", "not-a-manifest"),
        ("x " * (2 << 20), "x.txt", "too-large"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, name: str, code: str) -> None:
    with pytest.raises(RefusedError) as error:
        imported(text, name)
    assert error.value.code == code
    assert str(error.value).isprintable()


def test_more_endpoints_than_a_manifest_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "MOST_ENDPOINTS", 3)
    assert imported("192.0.2.1\n192.0.2.2\n192.0.2.3\n", "x.txt")
    with pytest.raises(RefusedError, match="It has 4 endpoints"):
        imported("192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4\n", "x.txt")


def test_what_steers_a_terminal_is_shown_and_said() -> None:
    one = imported("Open \u202ewww.example.com\x1b[31m 443 TCP\n", "x.txt")
    assert one.defects[0].code == "control-characters"
    assert all(char.isprintable() or char == "\n" for char in as_toml.write(one))
    hidden = imported('[{"id": 1, "urls": ["a\\u202e.example.com"], "notes": "\\u001b[31m"}]', "x.json")
    assert hidden.requirements[0].endpoints[0].kind == "damaged"
    assert parse(as_toml.write(hidden), "x").problems == ()
