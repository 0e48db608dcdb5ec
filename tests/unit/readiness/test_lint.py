"""What lint doubts."""

import pytest

from sightline.readiness.lint import Finding, findings
from tests.unit.readiness.manifests import SMALL, manifest, small, with_requirement


def found(text: str) -> list[Finding]:
    return list(findings(manifest(text)))


def codes(text: str) -> set[str]:
    return {one.code for one in found(text)}


def test_a_plain_manifest_is_not_doubted() -> None:
    assert found(SMALL) == []


@pytest.mark.parametrize(
    ("endpoint", "code", "severity"),
    [
        ('{ kind = "damaged", text = ".a.example .io.b.example" }', "names-glued", "error"),
        ('{ kind = "damaged", text = "192.0.2.249443" }', "address-glued", "error"),
        ('{ kind = "damaged", text = "https://a.example/" }', "url-as-host", "error"),
        ('{ kind = "damaged", text = ".edge.example.com80" }', "name-glued", "error"),
        ('{ kind = "damaged", text = "a.example.com" }', "damaged-host", "error"),
        ('{ kind = "missing", text = "Endpoints" }', "missing-destination", "error"),
        ('{ kind = "wildcard", text = "*.example.org", match = "subtree" }', "wildcard-unenforceable", "warning"),
        ('{ kind = "prefix", text = "17.0.0.0/8" }', "wide-prefix", "warning"),
        ('{ kind = "prefix", text = "2001::/16" }', "wide-prefix", "warning"),
        ('{ kind = "published", text = "https://example.com/ranges" }', "published-elsewhere", "note"),
    ],
)
def test_doubtful_endpoints(endpoint: str, code: str, severity: str) -> None:
    (one,) = found(with_requirement(endpoints=f"[{endpoint}]"))
    assert (one.code, one.severity) == (code, severity)
    assert one.place == "requirement other: endpoints[0]"
    assert one.why
    assert one.advice


@pytest.mark.parametrize(
    "endpoint", ['{ kind = "prefix", text = "192.0.2.0/24" }', '{ kind = "peers", text = "client" }']
)
def test_endpoints_without_doubt(endpoint: str) -> None:
    assert found(with_requirement(endpoints=f"[{endpoint}]")) == []


def test_a_confirmed_reading_is_no_longer_doubted() -> None:
    endpoint = '{ kind = "damaged", text = "192.0.2.9443", believed = [{ kind = "address", text = "192.0.2.9" }]%s }'
    assert codes(with_requirement(endpoints=f"[{endpoint % ''}]")) == {"address-glued"}
    assert codes(with_requirement(endpoints=f"[{endpoint % ', confirmed = true'}]")) == set()


@pytest.mark.parametrize(
    ("ports", "code"),
    [
        ('{ transport = "udp", set = "1024-65535" }', {"wide-range"}),
        ('{ transport = "udp", set = "4700-5000" }', set()),
        ('{ transport = "udp", set = "" }', {"missing-ports"}),
        ('{ transport = "not_said", set = "" }', {"missing-ports"}),
    ],
)
def test_doubtful_ports(ports: str, code: set[str]) -> None:
    assert codes(with_requirement(ports=f"[{ports}]")) == code


@pytest.mark.parametrize(
    ("transport", "seconds", "short"), [("udp", 119, 1), ("udp", 120, 0), ("tcp", 720, 1), ("tcp", 7440, 0)]
)
def test_timers_shorter_than_a_nat_keeps_state(transport: str, seconds: int, short: int) -> None:
    timers = f'[{{ kind = "registration", transport = "{transport}", seconds = {seconds} }}]'
    assert [one.code for one in found(with_requirement(timers=timers))] == ["short-timer"] * short


def test_who_begins_must_be_said() -> None:
    assert codes(small(('initiator = "from"', 'initiator = "not_said"'))) == {"initiator-not-said"}


@pytest.mark.parametrize("state", ["inferred", "contradictory", "damaged", "missing"])
def test_what_is_not_stated_is_listed(state: str) -> None:
    (one,) = found(small(('quote = "www.example.com 443"', f'quote = "www", state = "{state}"')))
    assert (one.code, one.quote) == (state, "www")


def test_duplicates_and_overlaps() -> None:
    def other(endpoint: str, ports: str = '{ transport = "tcp", set = "443" }') -> set[str]:
        return codes(with_requirement(endpoints=f"[{endpoint}]", ports=f"[{ports}]")) - {"wildcard-unenforceable"}

    same = '{ kind = "name", text = "WWW.example.com" }'
    assert other(same) == {"duplicate"}
    assert other(same, '{ transport = "tcp", set = "440-450" }') == {"overlap"}
    assert other(same, '{ transport = "tcp", set = "444" }') == set()
    assert other(same, '{ transport = "udp", set = "443" }') == set()
    assert other('{ kind = "wildcard", text = "*.example.com", match = "one_label" }') == {"duplicate"}
    assert other('{ kind = "wildcard", text = "*.example.org", match = "subtree" }') == set()


def test_an_address_in_a_prefix_overlaps() -> None:
    text = with_requirement(endpoints='[{ kind = "prefix", text = "192.0.2.0/24" }]')
    text = text.replace('{ kind = "name", text = "www.example.com" }', '{ kind = "address", text = "192.0.2.7" }')
    assert codes(text) == {"duplicate"}


def test_a_variable_must_be_filled_in() -> None:
    more = '\n[[variables]]\nname = "port"\nkind = "port"\ntitle = "Port"\nquote = "your port"\n'
    assert codes(small(('set = "443"', 'set = "${port}"'), more=more)) == {"unresolved-variable"}


def test_what_a_person_found_comes_with_the_rest_and_errors_come_first() -> None:
    more = '\n[[defects]]\ncode = "lost-cell"\nquote = "Last updated"\nwhy = "No date."\nadvice = "Ask."\n'
    text = with_requirement(endpoints='[{ kind = "missing", text = "Endpoints" }]') + more
    assert [one.code for one in found(text)] == ["missing-destination", "lost-cell"]
