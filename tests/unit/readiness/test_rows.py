"""A manifest as a table."""

import pytest

from sightline.readiness.rows import COLUMNS, chosen, rows
from tests.unit.readiness.manifests import SMALL, manifest, small, with_requirement


def test_a_row_has_every_column() -> None:
    (row,) = rows(manifest(SMALL))
    assert row.cells == {
        "requirement": "web",
        "service": "small",
        "necessity": "required",
        "from": "client",
        "to": "server",
        "host": "www.example.com",
        "transport": "tcp",
        "ports": "443",
        "protocol": "",
        "direction": "outbound",
        "region": "",
        "role": "",
        "platforms": "",
        "symptom": "",
        "source": "stated: www.example.com 443",
    }
    assert tuple(row.cells) == COLUMNS


def test_one_row_for_each_host_transport_and_range() -> None:
    text = with_requirement(
        endpoints='[{ kind = "address", text = "192.0.2.1" }, { kind = "prefix", text = "2001:db8::/32" }]',
        ports='[{ transport = "udp", set = "80, 90-99" }, { transport = "tcp", set = "80" }]',
    )
    found = [(c["host"], c["transport"], c["ports"]) for c in (row.cells for row in rows(manifest(text)))][1:]
    assert found == [
        (host, *port)
        for host in ("192.0.2.1", "2001:db8::/32")
        for port in (("udp", "80"), ("udp", "90-99"), ("tcp", "80"))
    ]


DAMAGED = '[{ kind = "damaged", text = "a .b.example", believed = [{ kind = "name", text = "a.b.example" }]%s }]'


@pytest.mark.parametrize(("confirmed", "host"), [("", ""), (", confirmed = true", "a.b.example")])
def test_what_is_believed_is_used_only_when_confirmed(confirmed: str, host: str) -> None:
    _, row = rows(manifest(with_requirement(endpoints=DAMAGED % confirmed)))
    assert row.cells["host"] == host


@pytest.mark.parametrize("kind", ["missing", "published"])
def test_what_cannot_be_used_has_no_host(kind: str) -> None:
    _, row = rows(manifest(with_requirement(endpoints=f'[{{ kind = "{kind}", text = "https://example.com/list" }}]')))
    assert row.cells["host"] == ""


@pytest.mark.parametrize(
    ("flow", "direction"),
    [
        ('from = "client", to = "server", initiator = "from"', "outbound"),
        ('from = "client", to = "server", initiator = "to"', "inbound"),
        ('from = "server", to = "client", initiator = "from"', "inbound"),
        ('from = "server", to = "client", initiator = "not_said"', "inbound?"),
        ('from = "client", to = "client", initiator = "from"', "peer"),
    ],
)
def test_direction_is_seen_from_the_clients_firewall(flow: str, direction: str) -> None:
    (row,) = rows(manifest(small(('from = "client", to = "server", initiator = "from"', flow))))
    assert row.cells["direction"] == direction


def test_each_item_has_its_own_quote() -> None:
    text = with_requirement(
        ports='[{ transport = "tcp", set = "1" }, { transport = "tcp", set = "2" }]',
        sources='[{ fields = ["purpose", "necessity", "flows", "endpoints"], quote = "A" }, '
        '{ fields = ["ports[0]"], quote = "B" }, { fields = ["ports[1]"], quote = "C", state = "inferred" }]',
    )
    _, first, second = rows(manifest(text))
    assert first.cells["source"] == "stated: A | stated: B"
    assert second.cells["source"] == "stated: A | inferred: C"


def test_what_is_not_said_to_be_for_some_is_for_all() -> None:
    one = manifest(with_requirement(platforms='["ios"]', regions='["Europe"]', necessity='"recommended"'))

    def shown(**only: object) -> list[str]:
        return [row.requirement.id for row in chosen(one, **only)]  # type: ignore[arg-type]

    assert shown(platform="android") == ["web"]
    assert shown(platform="ios") == ["web", "other"]
    assert shown(region="EUROPE") == ["web", "other"]
    assert shown(region="Asia") == ["web"]
    assert shown(only="recommended") == ["other"]


def test_direction_is_known_by_the_party_and_not_by_the_name_of_a_zone() -> None:
    renamed = SMALL.replace('"client"', '"agent"').replace(
        'id = "server", title = "The server", party = "customer"',
        'id = "server", title = "The server", party = "vendor"',
    )
    vendor = '{ id = "customer", name = "The customer", kind = "customer" }'
    text = renamed.replace(vendor, vendor + ', { id = "vendor", name = "V", kind = "vendor", quote = "V" }')
    (row,) = rows(manifest(text))
    assert row.cells["direction"] == "outbound"
    (row,) = rows(manifest(text.replace('from = "agent"', 'from = "server"')))
    assert row.cells["direction"] == "elsewhere"
