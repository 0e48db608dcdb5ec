"""Print the settings in effect, as a file that would give the same, with where each comes from."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from sightline.cli import flags
from sightline.config import Config
from sightline.config.description import SECTIONS, SETTINGS, Setting
from sightline.config.settings import Value

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
    return "\n".join(lines) + "\n"


def reference() -> str:
    """What every setting means, in Markdown."""
    return (
        "\n\n".join(
            [
                _HEAD,
                "## At the top of the file",
                *_described(""),
                *(text for name in SECTIONS for text in _section(name)),
            ]
        )
        + "\n"
    )


def _values(config: Config, section: str) -> Iterator[str]:
    for told in SETTINGS:
        if told.section == section:
            line = _assignment(told, told.of(config))
            origin = config.origins.get(told.key, "default")
            by = {"environment": f"environment: {told.variable}"}.get(origin, origin)
            yield f"{line:<44}  # {by}"


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


def _section(name: str) -> Iterator[str]:
    yield f"## [{name}]"
    yield " ".join((SECTIONS[name].__doc__ or "").split())
    yield from _described(name)


def _described(section: str) -> Iterator[str]:
    for told in (told for told in SETTINGS if told.section == section):
        default = '""' if told.default is None else toml(told.default)
        unit = f" {told.about.unit}" if told.about.unit else ""
        facts = f"Default `{default}`{unit}. {told.allowed[0].upper()}{told.allowed[1:]}. `{told.variable}`"
        yield f"### {told.name}"
        yield f"{facts}\n\n{told.about.doc}"


_HEAD = """\
# Settings

Made by `make generated` from the program itself; do not edit.

One TOML file is read once, at the start: the one named by `--config` or `SIGHTLINE_CONFIG`, else the first that
exists of `$XDG_CONFIG_HOME/sightline/sightline.toml` (`~/.config/…`) and `/etc/sightline/sightline.toml`. None is
needed. Each setting can also be given by the environment variable named with it, lists separated by commas; the
environment wins over the file, and the command line over both. Relative paths in the file start at its folder.
`sightline config` prints what is in effect. An unknown setting is an error."""
