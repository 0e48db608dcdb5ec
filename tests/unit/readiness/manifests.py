"""The smallest manifest, to be changed by tests."""

from typing import Any

import pytest

from sightline.readiness.manifest import Manifest
from sightline.readiness.parsing import parse

SMALL = """
format = 1
service = "small"
title = "Small"
version = "1"
sources = [{ fields = ["service", "title", "version"], quote = "Small 1" }]
documents = [{ id = "article", title = "Small's ports", publisher = "Small" }]
parties = [{ id = "customer", name = "The customer", kind = "customer" }]
zones = [
  { id = "client", title = "The client", party = "customer" },
  { id = "server", title = "The server", party = "customer" },
]

[[requirements]]
id = "web"
purpose = "Web"
necessity = "required"
flows = [{ from = "client", to = "server", initiator = "from" }]
endpoints = [{ kind = "name", text = "www.example.com" }]
ports = [{ transport = "tcp", set = "443" }]
sources = [
  { fields = ["purpose", "necessity", "flows", "endpoints", "ports"], quote = "www.example.com 443" },
]
"""


def small(*changes: tuple[str, str], more: str = "") -> str:
    text = SMALL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text + more


def manifest(text: str) -> Manifest:
    parsed = parse(text, "small.toml")
    if parsed.manifest is None:
        pytest.fail("\n".join(map(str, parsed.problems)))
    return parsed.manifest


def problems(text: str) -> list[str]:
    parsed = parse(text, "small.toml")
    assert (parsed.manifest is None) == bool(parsed.problems)
    return [str(problem) for problem in parsed.problems]


def with_requirement(**fields: Any) -> str:
    """SMALL with another requirement: `endpoints`, `ports` and others as TOML."""
    base = {
        "id": '"other"',
        "purpose": '"Other"',
        "necessity": '"required"',
        "flows": '[{ from = "client", to = "server", initiator = "from" }]',
        "endpoints": '[{ kind = "name", text = "other.example.com" }]',
        "ports": '[{ transport = "tcp", set = "443" }]',
    } | fields
    sourced = ", ".join(f'"{name}"' for name in base if name not in ("id", "sources"))
    base.setdefault("sources", f'[{{ fields = [{sourced}], quote = "A line" }}]')
    return SMALL + "\n[[requirements]]\n" + "\n".join(f"{name} = {value}" for name, value in base.items()) + "\n"
