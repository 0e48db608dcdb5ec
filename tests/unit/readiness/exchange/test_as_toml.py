"""What is written is read back equal, as TOML and as JSON."""

import json
from pathlib import Path

import msgspec
import pytest

from sightline.readiness.exchange import as_json, as_toml
from sightline.readiness.parsing import parse, parse_json
from tests.unit.readiness.manifests import SMALL, manifest

FOLDER = Path(__file__).parents[4] / "profiles"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_a_profile_is_read_back_equal_from_both(file: Path) -> None:
    one = manifest(file.read_text())
    assert parse(as_toml.write(one), "again.toml").manifest == one
    assert parse_json(as_json.write(one, "schema.json"), "again.json").manifest == one


def test_the_form_is_that_of_the_profiles() -> None:
    lines = as_toml.write(manifest(SMALL)).splitlines()
    assert lines[:4] == ["format = 1", 'service = "small"', 'title = "Small"', 'version = "1"']
    assert 'flows = [{ from = "client", to = "server", initiator = "from" }]' in lines
    assert lines[-3:] == [
        "[[requirements.sources]]",
        'fields = ["purpose", "necessity", "flows", "endpoints", "ports"]',
        'quote = "www.example.com 443"',
    ]


def test_a_long_list_has_a_line_for_each_item() -> None:
    one = manifest(SMALL)
    many = tuple(msgspec.structs.replace(one.requirements[0].endpoints[0], text=f"{n}.example.com") for n in range(9))
    changed = msgspec.structs.replace(one, requirements=(msgspec.structs.replace(one.requirements[0], endpoints=many),))
    assert '  { kind = "name", text = "8.example.com" },' in as_toml.write(changed).splitlines()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[" * 100_000, "nested too deeply"),
        ("[]", "must be an object"),
        ("{", "is not JSON"),
        ('{"format": 1, "format": 1}', "an object has one key twice"),
        ('{"format": ' + "9" * 5000 + "}", "is not JSON"),
        ('{"format": NaN}', "format must be one of 1"),
        ('{"title": "\\ud800"}', "title holds a control or bidirectional character"),
        ('{"effective": "2026-02-30"}', "effective must be a date"),
        ('{"effective": "2026-02-30T00:00:00"}', "effective must be a date"),
        ('{"title": null}', "title must be text"),
        ("#" * ((16 << 20) + 1), "is longer than"),
    ],
)
def test_json_that_is_no_manifest_is_listed(text: str, what: str) -> None:
    parsed = parse_json(text, "any.json")
    assert parsed.manifest is None
    assert any(what in str(problem) for problem in parsed.problems)
    assert all(str(problem).isprintable() for problem in parsed.problems)


def test_the_schema_is_named_first() -> None:
    assert next(iter(json.loads(as_json.write(manifest(SMALL), "schema.json")))) == "$schema"
