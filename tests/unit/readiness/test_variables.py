"""Values in place of a manifest's variables."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.errors import RefusedError
from sightline.readiness.manifest import Manifest
from sightline.readiness.names import host_fault
from sightline.readiness.ports import parse_ports
from sightline.readiness.variables import assigned, fill, unfilled
from tests.unit.readiness.manifests import manifest, small

VARIABLES = """
[[variables]]
name = "tenant"
kind = "label"
title = "Tenant"
where = "On your invoice"
quote = "your tenant"

[[variables]]
name = "region"
kind = "label"
title = "Region"
allowed = ["eu", "us"]
quote = "eu or us"

[[variables]]
name = "port"
kind = "port"
title = "Port"
quote = "your port"

[[variables]]
name = "media"
kind = "ports"
title = "Media"
quote = "your range"
"""
CHANGES = (
    ('www.example.com" }', '${tenant}.${region}.example.com" }'),
    ('set = "443" }', 'set = "${port}" }, { transport = "udp", set = "${media}" }'),
)
VALUES = {"tenant": "acme", "region": "eu", "port": "7400", "media": "4000-4009, 4020"}


def varied() -> Manifest:
    return manifest(small(*CHANGES, more=VARIABLES))


def test_values_take_the_place_of_the_variables() -> None:
    one = fill(varied(), VALUES)
    assert one.variables == ()
    assert one.requirements[0].endpoints[0].text == "acme.eu.example.com"
    assert [ports.set for ports in one.requirements[0].ports] == ["7400", "4000-4009, 4020"]
    assert unfilled(one.requirements[0]) == ()


def test_what_has_no_value_stays() -> None:
    one = fill(varied(), {"region": "us"})
    assert [each.name for each in one.variables] == ["tenant", "port", "media"]
    assert one.requirements[0].endpoints[0].text == "${tenant}.us.example.com"
    assert unfilled(one.requirements[0]) == ("tenant", "port", "media")


def test_no_values_change_nothing() -> None:
    assert fill(varied(), {}) is not None
    assert fill(varied(), {}) == varied()


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("tenant", "", 'tenant must be one label of a host name, not "".'),
        ("tenant", "a.b", "one label"),
        ("tenant", "*", "one label"),
        ("tenant", "-a", "one label"),
        ("tenant", "a b", "one label"),
        ("tenant", "${port}", "one label"),
        ("tenant", "x" * 64, "one label"),
        ("tenant", "xn--a", "is no name: "),
        ("region", "asia", 'region cannot be "asia".'),
        ("port", "0", "port: "),
        ("port", "65536", "there is no port 65536"),
        ("port", "443, 444", "port must be one port"),
        ("port", "443-445", "port must be one port"),
        ("port", "https", "port: "),
        ("media", "5000-4000", "runs backwards"),
        ("media", "1\n2", "media: "),
        ("tenannt", "a", 'Small has no variable "tenannt".'),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: str, what: str) -> None:
    with pytest.raises(RefusedError) as error:
        fill(varied(), {name: value})
    assert what in str(error.value)
    assert error.value.code == "bad-variable"
    assert str(error.value).isprintable()


def test_the_hint_says_where_to_look_or_what_there_is() -> None:
    for name, hint in (
        ("tenant", "On your invoice"),
        ("region", "It may be: eu, us."),
        ("porrt", "Did you mean port?"),
    ):
        with pytest.raises(RefusedError) as error:
            fill(varied(), {name: "?"})
        assert error.value.hint == hint
    with pytest.raises(RefusedError, match="has no variables"):
        fill(manifest(small()), {"port": "1"})


def test_a_damaged_quotation_is_left_as_it_is() -> None:
    torn = (
        'kind = "damaged", text = "acme .example.com", believed = [{ kind = "name", text = "${tenant}.example.com" }] }'
    )
    text = small(('kind = "name", text = "www.example.com" }', torn), more=VARIABLES.split("\n\n")[0])
    end = fill(manifest(text), {"tenant": "other"}).requirements[0].endpoints[0]
    assert (end.text, end.believed[0].text) == ("acme .example.com", "other.example.com")


def test_assignments_are_read() -> None:
    assert assigned(["a=1", " b = x=y "]) == {"a": "1", "b": "x=y"}
    for texts, what in ((["a"], "sets nothing"), (["=1"], "sets nothing"), (["a=1", "a=2"], "set twice")):
        with pytest.raises(RefusedError, match=what):
            assigned(texts)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["tenant", "port", "media"]), st.text(max_size=70) | st.from_regex(r"[a-z0-9.*, -]{1,20}"))
def test_no_value_gets_anything_but_one_name_or_ports_into_a_manifest(name: str, value: str) -> None:
    try:
        one = fill(varied(), {"tenant": "acme", "region": "eu", "port": "1", "media": "2", name: value})
    except RefusedError:
        return
    host = one.requirements[0].endpoints[0].text
    assert host_fault(host) is None
    assert host.count(".") == 3
    for ports in one.requirements[0].ports:
        assert parse_ports(ports.set)
