"""TOML text to a manifest, or to every problem with its place."""

import string
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sightline.readiness.parsing import parse
from tests.unit.readiness.manifests import SMALL, manifest, problems, small, with_requirement

FOLDER = Path(__file__).parents[3] / "profiles"


def test_the_smallest_manifest() -> None:
    one = manifest(SMALL)
    assert one.requirements[0].flows[0].from_role == "client"
    with pytest.raises(AttributeError):
        one.service = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ([('id = "web"', 'id = "web"\nport = 1')], "requirement web: port is not known. Did you mean ports?"),
        ([('set = "443"', 'set = "443"\n, prot = 1')], "requirement web: ports[0].prot is not known."),
        ([('set = "443"', 'set = "443443443"')], 'requirement web: ports[0].set is no set of ports: "443443443"'),
        ([('set = "443"', 'set = "5060- 5070"')], 'requirement web: ports[0].set is no set of ports: "5060- 5070"'),
        ([('set = "443"', 'set = "${port}"')], "requirement web: ports[0].set uses ${port}, which is no variable"),
        ([('"tcp"', '"sctp"')], 'requirement web: ports[0].transport must be one of not_said, tcp, udp, not "sctp"'),
        ([("www.example.com\" }", "https://www.example.com\" }")], "requirement web: endpoints[0].text is no name"),
        ([("www.example.com\" }", "${x}.example.com\" }")], "requirement web: endpoints[0].text uses ${x}"),
        ([('kind = "name"', 'kind = "wildcard"')], "requirement web: endpoints[0].match belongs to wildcards"),
        ([('"www.example.com" }', '"www.example.com", confirmed = true }')], "without being damaged"),
        ([('from = "client"', 'from = "moon"')], 'requirement web: flows names "moon", which is not there'),
        ([(', "ports"]', "]")], "requirement web: ports has no source"),
        ([(', "ports"]', ', "portz"]')], 'requirement web: sources names the field "portz", which there is not'),
        ([(', "ports"]', ', "ports[1]"]')], 'requirement web: sources names the field "ports[1]", which there is not'),
        ([(', "version"]', "]")], "small.toml: version has no source"),
        ([("format = 1", "format = 2")], "format must be one of 1, not 2"),
        ([("format = 1", "format = true")], "format must be one of 1, not true"),
        ([('version = "1"', "version = 1")], "version must be text, not 1"),
        ([('version = "1"\n', "")], "lacks version"),
        ([('"required"', '"optional"')], "requirement web: is optional and does not say what is lost"),
        ([('"required"', '"required"\nlost = "all"')], "requirement web: lost is for optional requirements"),
        ([('"required"', '"required"\nany_of = "x"')], "requirement web: needs any_of and preference together"),
        ([('"required"', '"required"\npreference = 100')], "preference must be a whole number from 1 to 99, not 100"),
        ([('title = "Small"', 'title = "Sm\\u202eall"')], "title holds a control or bidirectional character"),
        ([('title = "Small"', 'title = "Sm\\u0000all"')], "title holds a control or bidirectional character"),
        ([('title = "Small"', f'title = "{"x" * 2001}"')], "title is longer than 2000 characters"),
        ([('service = "small"', 'service = "Small!"')], 'service is "Small!", which does not match'),
        ([('version = "1"', 'version = "1"\neffective = 2026-11-21T00:00:00Z')], "effective must be a date"),
        ([('"www.example.com 443" }', '"x", document = "other" }')], 'sources names "other", which is not there'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(changes: list[tuple[str, str]], problem: str) -> None:
    changes = [(old, new.replace('"443"\n, ', '"443", ')) for old, new in changes]
    assert any(problem in found for found in problems(small(*changes)))


def test_every_problem_is_listed() -> None:
    found = problems(small(('title = "Small"', "title = 1"), ('"tcp"', '"sctp"'), ('purpose = "Web"', "purpose = []")))
    assert len(found) == 3
    assert all(one.startswith("small.toml: ") for one in found)


def test_two_of_one_name_are_refused() -> None:
    assert 'requirements has two called "web"' in problems(with_requirement(id='"web"'))[0]


def test_a_place_in_a_group_is_taken_once() -> None:
    group = {"any_of": '"media"', "preference": "1"}
    text = with_requirement(**group) + with_requirement(id='"third"', **group).removeprefix(SMALL)
    assert "preference 1 is taken in the group media" in problems(text)[0]


def test_an_unused_variable_is_refused() -> None:
    more = '\n[[variables]]\nname = "tenant"\nkind = "label"\ntitle = "Tenant"\nquote = "your tenant"\n'
    assert "variable tenant is used by no requirement" in problems(small(more=more))[0]
    used = small(('www.example.com" }', '${tenant}.example.com" }'), more=more)
    assert manifest(used).variables[0].name == "tenant"


@pytest.mark.parametrize("text", ["= 1", "a = " + "[" * 5000, "a = " + "9" * 5000, "\x00", "a = 1\na = 2"])
def test_what_is_not_toml_is_said(text: str) -> None:
    (found,) = problems(text)
    assert "is not TOML" in found
    assert found.isprintable()


def test_too_long_a_text_is_refused() -> None:
    assert "is longer than" in problems("#" * ((16 << 20) + 1))[0]


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates(), st.datetimes(), st.times(),
    st.sampled_from(["name", "wildcard", "damaged", "${x}", "*.example.com", "443", "article", "client", "web"]),
)  # fmt: skip
keys = st.sampled_from(
    [
        "format",
        "service",
        "title",
        "requirements",
        "id",
        "endpoints",
        "ports",
        "kind",
        "text",
        "set",
        "sources",
        "match",
    ]
) | st.text(max_size=8)
trees = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(keys, trees, max_size=8))
def test_any_document_is_a_manifest_or_listed_problems(document: dict[str, object]) -> None:
    parsed = parse(toml(document), "any.toml")
    assert (parsed.manifest is None) == bool(parsed.problems)
    assert all(str(problem).isprintable() for problem in parsed.problems)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_damage_to_a_profile_is_accepted_or_listed(data: st.DataObject) -> None:
    text = SMALL
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        text = text[:start] + data.draw(st.text(max_size=12) | st.sampled_from(list('"[]{}=,\n$'))) + text[end:]
    parsed = parse(text, "any.toml")
    assert (parsed.manifest is None) == bool(parsed.problems)
    assert all(str(problem).isprintable() for problem in parsed.problems)


@given(st.text(max_size=200))
@example("\ud800")
def test_any_text_is_listed_problems(text: str) -> None:
    assert parse(text, "any.toml").problems


@given(st.text(max_size=60))
def test_no_hostile_text_gets_into_a_host_or_a_port(text: str) -> None:
    for place in ('"www.example.com" }', '"443"'):
        changed = SMALL.replace(place, quoted(text) + (" }" if place.endswith("}") else ""))
        if (one := parse(changed, "any.toml").manifest) is not None:
            requirement = one.requirements[0]
            allowed = string.ascii_letters + string.digits + "-., "
            assert set(requirement.endpoints[0].text + requirement.ports[0].set) <= set(allowed)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_a_profile_survives_being_written_and_read(file: Path) -> None:
    one = manifest(file.read_text())
    written = msgspec.to_builtins(one, builtin_types=())
    again = msgspec.convert(written, type(one))
    assert again == one


def toml(value: object) -> str:
    """A document as TOML; what TOML cannot say becomes text."""
    assert isinstance(value, dict)
    return "".join(f"{quoted(key)} = {inline(item)}\n" for key, item in value.items())


def inline(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{quoted(key)} = {inline(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(inline, value)) + "]"
        case str() | None:
            return quoted(str(value))
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(char):08x}" for char in text if not 0xD800 <= ord(char) < 0xE000) + '"'
