"""The customer's side of rules: what a site file says, and every reason why it says nothing."""

from ipaddress import ip_network

import pytest

from sightline.readiness.site import Site
from sightline.readiness.site_file import parse_site

WHOLE = """
name = "Plant"
clients = ["10.0.0.0/8", "fd00::/8"]
peers = ["192.0.2.1"]
inside = "eth1.20"
outside = "untrust"
proxy = "[2001:db8::1]:3128"

[addresses]
"WWW.example.com" = ["192.0.2.1", "192.0.2.1", "2001:db8::/64"]
".example.net" = ["198.51.100.0/24"]

[published]
"https://example.com/ranges" = ["203.0.113.0/24"]
"""


def test_a_whole_site_file_is_read() -> None:
    parsed = parse_site(WHOLE, "site.toml")
    assert parsed.problems == ()
    assert parsed.site == Site(
        name="Plant",
        clients=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
        peers=(ip_network("192.0.2.1/32"),),
        addresses={
            "www.example.com": (ip_network("192.0.2.1/32"), ip_network("2001:db8::/64")),
            "*.example.net": (ip_network("198.51.100.0/24"),),
        },
        published={"https://example.com/ranges": (ip_network("203.0.113.0/24"),)},
        inside="eth1.20",
        outside="untrust",
        proxy="[2001:db8::1]:3128",
    )


def test_an_empty_file_is_a_site_about_which_nothing_is_said() -> None:
    assert parse_site("", "site.toml").site == Site()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('client = ["10.0.0.0/8"]', "client"),
        ('clients = "10.0.0.0/8"', "clients"),
        ('clients = ["10.0.0.1/8"]', "clients[0]"),
        ('clients = ["10.0.0.0/8", 5]', "clients[1]"),
        ('peers = ["everywhere"]', "peers[0]"),
        ('inside = "in side"', "inside"),
        ('inside = ""', "inside"),
        ('proxy = "proxy.example.com"', "proxy"),
        ('proxy = "proxy.example.com:99999"', "proxy"),
        ('proxy = "a b:80"', "proxy"),
        ('[addresses]\n"not a host" = ["192.0.2.1"]', 'addresses."not a host"'),
        ('[addresses]\n"www.example.com" = []', 'addresses."www.example.com"'),
        ('[addresses]\n"www.example.com" = "192.0.2.1"', 'addresses."www.example.com"'),
        ('[published]\n"https://example.com" = ["x"]', 'published."https://example.com"[0]'),
        ("addresses = 5", "addresses"),
    ],
)
def test_each_fault_is_named_with_its_place(text: str, place: str) -> None:
    parsed = parse_site(text, "site.toml")
    assert parsed.site is None
    assert [problem.place for problem in parsed.problems] == [place]


def test_all_faults_are_named_at_once() -> None:
    parsed = parse_site('clients = ["x"]\npeers = ["y"]\nproxy = "z"', "site.toml")
    assert [problem.place for problem in parsed.problems] == ["clients[0]", "peers[0]", "proxy"]


@pytest.mark.parametrize("text", ["clients = [", "[" * 5000, "x" * (5 << 20), f"a = {'9' * 6000}"])
def test_what_is_not_toml_is_refused_whole(text: str) -> None:
    parsed = parse_site(text, "site.toml")
    assert parsed.site is None
    assert [problem.place for problem in parsed.problems] == [""]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('peers = ["0.0.0.0/0"]', "peers"),
        ('peers = ["0.0.0.0/1", "128.0.0.0/1"]', "peers"),
        ('[addresses]\n"a.example.com" = ["192.0.2.1", "::/0"]', "addresses"),
        ('[published]\n"https://example.com/ranges" = ["0.0.0.0/0"]', "published"),
    ],
)
def test_everywhere_is_asked_for_as_a_widening_and_not_written_as_a_network(text: str, place: str) -> None:
    parsed = parse_site(text, "site.toml")
    assert parsed.site is None
    assert "every address" in str(parsed.problems[0])
    assert place in str(parsed.problems[0])


def test_clients_may_be_everywhere() -> None:
    assert parse_site('clients = ["0.0.0.0/0"]', "site.toml").site
