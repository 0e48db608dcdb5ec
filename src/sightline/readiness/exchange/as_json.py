"""A manifest as JSON: the same fields as in TOML, for other programs. `profiles/schema.json` describes it."""

import datetime
import json

from sightline.readiness.exchange.plain import plain
from sightline.readiness.manifest import Manifest


def write(manifest: Manifest, schema: str = "") -> str:
    """The whole file, with the address of its schema if there is one. Only ASCII: no program along the way garbles
    that."""
    head = {"$schema": schema} if schema else {}
    return json.dumps({**head, **plain(manifest)}, default=_day, indent=2) + "\n"


def _day(value: object) -> str:
    assert isinstance(value, datetime.date), f"a manifest holds no {type(value).__name__}"
    return value.isoformat()
