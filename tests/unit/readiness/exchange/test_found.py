"""Hosts and ports in running text, sound, glued and torn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.readiness.exchange.found_hosts import found_hosts, readings_of
from sightline.readiness.exchange.found_ports import found_ports
from sightline.readiness.exchange.html_text import html_text
from sightline.readiness.names import address_fault, host_fault, prefix_fault, wildcard_fault
from sightline.readiness.ports import parse_ports


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see www.example.com.", [("www.example.com", "", ["www.example.com"])]),
        ("a.example.com,b.example.com", [
            ("a.example.com", "", ["a.example.com"]), ("b.example.com", "", ["b.example.com"])]),
        ("*.example.com .example.org", [
            ("*.example.com", "", ["*.example.com"]), (".example.org", "", [".example.org"])]),
        ("cms.example.comTCP:443", [("cms.example.com", "cells-glued", ["cms.example.com"])]),
        ("x.example.com443TCPNo", [("x.example.com", "cells-glued", ["x.example.com"])]),
        ("URL:x.example.comRegion", [("x.example.com", "cells-glued", ["x.example.com"])]),
        ("<regionID>.turn.example.com", [("<regionID>.turn.example.com", "", ["${regionid}.turn.example.com"])]),
        ("Media Backend.example.io", [("Backend.example.io", "name-glued", [".example.io", "backend.example.io"])]),
        (".edge.agora .io.sd-rtn.com", [
            (".edge.agora .io.sd-rtn.com", "names-glued",
             [".edge.agora.io and .sd-rtn.com", ".edge.agora.io.sd-rtn.com"])]),
        ("*.eu-west- 1.example.com443", [("*.eu-west- 1.example.com", "names-glued", ["*.eu-west-1.example.com"])]),
        ("34.120.195.249443TCP", [
            ("34.120.195.249443", "address-glued", ["34.120.195.249", "34.120.195.24", "34.120.195.2"])]),
        ("Backend35.188.42.15", [("35.188.42.15", "cells-glued", ["35.188.42.15"])]),
        ("17.0.0.0/8 2001:db8::/32 2001:db8::1", [
            ("17.0.0.0/8", "", ["17.0.0.0/8"]), ("2001:db8::/32", "", ["2001:db8::/32"]),
            ("2001:db8::1", "", ["2001:db8::1"])]),
        ("10.0.0.1/8", [("10.0.0.1/8", "damaged-host", [])]),
        ("(https://example.com/ips/).", [
            ("https://example.com/ips/", "url-as-host", ["example.com", "https://example.com/ips/"])]),
        (".edge.unheardof", [(".edge.unheardof", "damaged-host", [])]),
        ("a.b.unheardof", [("a.b.unheardof", "damaged-host", [])]),
        ("it@example.com", []),
        ("e.g. version 2.0.33 of 2.0.x, 4.x, i.e. now.Then on 26.03.2024 at 10:54:12", []),
        ("999.1.1.1 and 1.2.3.999999999", []),
        ("and/or.the", []),
    ],
)  # fmt: skip
def test_hosts(text: str, found: list[tuple[str, str, list[str]]]) -> None:
    got = [(one.text, one.fault, [" and ".join(each.text for each in reading) for reading in one.readings])
           for one in found_hosts(text)]  # fmt: skip
    assert got == found
    assert all(text[one.start : one.end] == one.text for one in found_hosts(text))


def test_a_word_that_ran_into_a_known_host_is_cut_off() -> None:
    (one,) = found_hosts("Assist Frontendexample.com")
    assert [each[0].text for each in readings_of(one, frozenset({"example.com", "other.com"}))] == [
        "example.com",
        "frontendexample.com",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("443 (TCP)", ["tcp 443"]),
        ("3478 (TCP/UDP) and 5349 (TCP/UDP)", ["tcp 3478, 5349", "udp 3478, 5349"]),
        ("443 (TCP and UDP), 5349 TCP, 10,000-60,000 UDPTCP 3478: xUDP 3479: y",
         ["tcp 443, 5349, 3478", "udp 443, 10000-60000, 3479"]),
        ("UDP:3478, 49152-65535TCP:3478, 80, 443", ["tcp 3478, 80, 443", "udp 3478, 49152-65535"]),
        ("UDP:11690-11700, UDP, TCP:5060- 5070", ["tcp 5060-5070", "udp 11690-11700, 5060-5070"]),
        ("UDP 1-10: a UDP 5-6: b", ["udp 1-10", "udp 5-6"]),
        ("¦ | 80 &443 | TCP |", ["tcp 80, 443"]),
        ("Port Range: 4201-4264 | UDP |", ["udp 4201-4264"]),
        ("¦80, 443, 4700-5000TCPNo", ["tcp 80, 443, 4700-5000"]),
        ("80,443 TCP", ["tcp 80, 443"]),
        ("connect to port 443 on these", ["not_said 443"]),
        ("use only the 443 port here", ["not_said 443"]),
        ("name | 8443 | x |", ["not_said 8443"]),
        ("TCP port 443", ["tcp 443"]),
        ("TCP/443, udp/3478", ["tcp 443", "udp 3478"]),
        ("443/tcp, 3478/udp", ["tcp 443", "udp 3478"]),
        ("TCP ports 443 and 8443", ["tcp 443, 8443"]),
        ("UDP port range 10000 to 20000", ["udp 10000-20000"]),
        ("¦:3478 and ¦:443 TCP", ["tcp 443", "not_said 3478"]),
        ("TCP 24 hours", []),
        ("TCP 443 and port 443", ["tcp 443"]),
        ("a 12 min TCP timer, 8 addresses, 4 IP addresses, 2 ports, 30 days, 64 MB", []),
        ("TCP 70000, UDP 0, 9-3 TCP", []),
        ("version 2.0.33 TCP", []),
        ("(TCP/TLS) | browser-device | x", []),
    ],
)  # fmt: skip
def test_ports(text: str, found: list[str]) -> None:
    assert [f"{one.transport} {one.set}" for one in found_ports(text).ports] == found


def test_what_is_torn_or_an_example_is_told() -> None:
    assert found_ports("TCP:5060- 5070").torn == ("5060- 5070",)
    example = found_ports("(Example: 7400 TCP)")
    assert (example.ports, example.examples) == ((), ("7400",))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | st.text("abcm.*<>-: /0123456789,TCPUD|", max_size=80))
def test_whatever_is_found_is_sound_or_flagged(text: str) -> None:
    end = 0
    for one in found_hosts(text):
        assert end <= one.start < one.end <= len(text)
        end = one.end
        assert one.fault or len(one.readings) == 1
        faults = {"name": host_fault, "wildcard": wildcard_fault, "address": address_fault, "prefix": prefix_fault}
        for each in (each for reading in one.readings for each in reading if each.kind in faults):
            sample = each.text if "$" not in each.text else "x.example.com"
            assert faults[each.kind](sample) is None or each.kind == "wildcard"
    for ports in found_ports(text).ports:
        parse_ports(ports.set)


@pytest.mark.parametrize(
    "bomb",
    ["a" * 8000, "a." * 4000, "1." * 4000, "1," * 4000, "1-" * 4000, ":" * 8000, "<" * 8000, "*." * 4000, "a-" * 4000,
     "<a" * 4000, ". " * 4000, "TCP" * 2600, "1 " * 4000, "https://" * 1000, " " * 8000, "1000," * 1600, "-" * 8000],
)  # fmt: skip
def test_a_long_line_of_one_thing_is_read_to_its_end(bomb: str) -> None:
    """A pattern that looks back again and again would not come to an end within the life of the test run."""
    found_hosts(bomb)
    found_ports(bomb)


def test_a_page_becomes_lines_with_cells() -> None:
    page = """<!doctype html><html><head><title>No</title></head><body><h1>Firewall</h1><!-- 443 TCP -->
    <table><tr><th>Service<th>Host</th><th>Port</th></tr>
    <tr><td>Web<br>site &amp; more</td><td><p>a.example.com</p><p>b.example.com</p></td><td>443 TCP</td></tr></table>
    <ul><li>c.example.com</li> <li>d.example.com</ul><script>if (a<b) {"x.example.com"}</script><p>1 < 2 | 3</p>"""
    assert [line for line in html_text(page).splitlines() if line] == [
        "Firewall",
        "Service | Host | Port |",
        "Web site & more | a.example.com b.example.com | 443 TCP |",
        "• c.example.com",
        "• d.example.com",
        "1 < 2 ¦ 3",
    ]


@pytest.mark.parametrize("bomb", ["<" * 200_000, "<!--" * 50_000, "<a " * 50_000, "<script>" * 30_000, "</" * 90_000])
def test_a_page_of_one_tag_is_read_to_its_end(bomb: str) -> None:
    html_text(bomb)
