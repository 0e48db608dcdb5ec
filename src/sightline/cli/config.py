"""Print the settings in effect, as a file that would give the same, with where each comes from."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sightline.cli import flags
from sightline.config import Config
from sightline.config.about import Value
from sightline.config.description import LISTED, LISTS, SECTIONS, SETTINGS, Setting

ADVICE = "print the settings in effect and where each comes from"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The same flags as `serve`, so that their effect can be seen."""
    flags.add_overrides(parser)
    parser.add_argument("--reference", action="store_true", help="print what every setting means instead")


def run(args: argparse.Namespace) -> int:
    """Print them."""
    if args.reference:
        print(reference(), end="")
        return 0
    config = flags.settings(args)
    print(effective(config), end="")
    for wide in config.proxy.too_wide():
        print(f"note: [proxy] trusted names {wide}: whoever comes from there may claim any address.", file=sys.stderr)
    return 0


def effective(config: Config) -> str:
    """The settings in effect as TOML."""
    head = f"# read from {config.file}" if config.file else "# no file was read"
    lines = [head, *_values(config, "")]
    for section in SECTIONS:
        lines += ["", f"[{section}]", *_values(config, section)]
    for name in LISTS:
        for number, table in enumerate(getattr(config, name)):
            lines += ["", f"[[{name}]]", *_values_of_table(config, name, number, table)]
    return "\n".join(lines) + "\n"


def reference() -> str:
    """What every setting means, in Markdown."""
    return (
        "\n\n".join(
            [
                _HEAD,
                "## At the top of the file",
                *_described(""),
                *(text for name in SECTIONS for text in _section(name, f"[{name}]", SECTIONS[name])),
                *(text for name in LISTS for text in _section(name, f"[[{name}]]", LISTS[name])),
            ]
        )
        + "\n"
    )


def _values(config: Config, section: str) -> Iterator[str]:
    for told in SETTINGS:
        if told.section == section:
            origin = config.origins.get(told.key, "default")
            yield _line(told, told.of(config), origin, told.variable)


def _values_of_table(config: Config, name: str, number: int, table: Any) -> Iterator[str]:
    for told in LISTED:
        if told.section == name:
            origin = config.origins.get(f"{name}.{number}.{told.name}", "default")
            yield _line(told, getattr(table, told.name), origin, told.variable_of(table.name))


def _line(told: Setting, value: Value, origin: str, variable: str) -> str:
    by = {"environment": f"environment: {variable}"}.get(origin, origin)
    return f"{_assignment(told, value):<44}  # {by}"


def _assignment(told: Setting, value: Value) -> str:
    if value is None:
        return f'# {told.name} = ""'
    if told.about.is_secret and value:
        return f'# {told.name} = "…" (secret)'
    return f"{told.name} = {toml(value)}"


def toml(value: Value) -> str:
    """One value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(toml(item) for item in value)}]"
        case str() | Path():
            # A JSON string is a TOML basic string, but for DEL, which no setting may contain.
            return json.dumps(str(value), ensure_ascii=False)
        case _:
            return str(value)


def _section(name: str, heading: str, kind: type) -> Iterator[str]:
    yield f"## {heading}"
    yield " ".join((kind.__doc__ or "").split())
    yield from _described(name)


def _described(section: str) -> Iterator[str]:
    for told in (told for told in (*SETTINGS, *LISTED) if told.section == section):
        default = '""' if told.default is None else toml(told.default)
        unit = f" {told.about.unit}" if told.about.unit else ""
        variable = "" if told.is_listed and told.name == "name" else f" `{told.variable}`"
        facts = f"Default `{default}`{unit}. {told.allowed[0].upper()}{told.allowed[1:]}.{variable}"
        yield f"### {told.name}"
        yield f"{facts}\n\n{told.about.doc}"


_HEAD = """\
# Settings

Made by `make generated` from the program itself; do not edit.

One TOML file is read once, at the start: the one named by `--config` or `SIGHTLINE_CONFIG`, else the first that
exists of `$XDG_CONFIG_HOME/sightline/sightline.toml` (`~/.config/…`) and `/etc/sightline/sightline.toml`. None is
needed. Each setting can also be given by the environment variable named with it, lists separated by commas; the
environment wins over the file, and the command line over both. A table in double brackets may be there several times,
each with a name; the environment gives settings to the one of that name, such as SIGHTLINE_RELAYS_FRANKFURT_SECRET.
Relative paths in the file start at its folder.
`sightline config` prints what is in effect. An unknown setting is an error."""
