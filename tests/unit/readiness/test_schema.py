"""The published schema and the reference follow the types."""

import json
from pathlib import Path

import msgspec

from sightline.readiness import manifest as types
from sightline.readiness.schema import json_schema, reference

ROOT = Path(__file__).parents[3]


def test_the_published_files_do_not_lag() -> None:
    """`tools/generate_profile_schema.py` writes them."""
    assert json.loads((ROOT / "profiles/schema.json").read_text()) == json.loads(json.dumps(json_schema()))
    assert (ROOT / "docs/reference/manifest.md").read_text() == reference()


def test_every_field_says_what_it_means() -> None:
    definitions = json_schema()["$defs"]
    for name, kind in vars(types).items():
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct:
            assert definitions[name]["additionalProperties"] is False
            for field in definitions[name]["properties"].values():
                assert "description" in json.dumps(field), (name, field)
