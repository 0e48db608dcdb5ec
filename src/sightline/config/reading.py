"""The file, the environment and the command line, read once into a `Config`."""

import os
import re
import tomllib
import typing
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sightline.config.about import Origin, Value
from sightline.config.description import LISTED, LISTS, SECTIONS, SETTINGS, Setting
from sightline.config.settings import Config
from sightline.config.together import check_together
from sightline.errors import ConfigError

Found: TypeAlias = Iterator[tuple[str, Value]]
"""Settings by their keys: `listen.port`, and `relays.0.urls` for the first of a list."""


def load(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, str] | None = None,
) -> Config:
    """The settings in effect. `flags` are the command line's, by key: `{"listen.port": "443"}`.

    Without `file`, $SIGHTLINE_CONFIG names it; else the first that exists of sightline/sightline.toml in
    $XDG_CONFIG_HOME and /etc is read. Raises ConfigError."""
    environment = environment or {}
    file = file or _configured_file(environment)
    values: dict[str, Value] = {}
    origins: dict[str, Origin] = {}
    sources: tuple[tuple[Origin, Found], ...] = (
        ("file", _from_file(file) if file else iter(())),
        ("environment", _from_environment(environment, values)),  # runs when the file's values are there
        ("command line", _from_flags(flags or {})),
    )
    for origin, found in sources:
        for key, value in found:
            values[key] = value
            origins[key] = origin
    values.setdefault("data", _folder(environment, "XDG_DATA_HOME", "~/.local/share") / "sightline")
    config = _built(values, file, origins)
    check_together(config)
    return config


def _configured_file(environment: Mapping[str, str]) -> Path | None:
    if named := environment.get("SIGHTLINE_CONFIG"):
        return Path(named)
    folders = (_folder(environment, "XDG_CONFIG_HOME", "~/.config"), Path("/etc"))
    candidates = (folder / "sightline" / "sightline.toml" for folder in folders)
    return next((candidate for candidate in candidates if os.path.exists(candidate)), None)


def _folder(environment: Mapping[str, str], variable: str, otherwise: str) -> Path:
    named = environment.get(variable, "")
    # The XDG specification: a relative path is invalid and to be ignored.
    return Path(named) if named.startswith("/") else Path(environment.get("HOME", "~")) / otherwise.removeprefix("~/")


def _from_file(file: Path) -> Found:
    for name, value in _document(file).items():
        if name in SECTIONS and isinstance(value, dict):
            for inner, item in value.items():
                told, where = _known(file, name, inner, item)
                yield told.key, _from_toml(told, where, item, file)
        elif name in LISTS:
            yield from _from_tables(file, name, value)
        else:
            told, where = _known(file, "", name, value)
            yield told.key, _from_toml(told, where, value, file)


def _from_tables(file: Path, name: str, value: object) -> Found:
    tables = value if isinstance(value, list) else []
    if not tables or len(tables) > _TABLES_MOST or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(
            f"{file}: {name} must be up to {_TABLES_MOST} tables, not {_shown(value)}.",
            hint=f"Begin each with [[{name}]], in double brackets.",
        )
    for number, table in enumerate(tables):
        for inner, item in table.items():
            told, _ = _known(file, name, inner, item)
            where = f"{file}: [[{name}]] number {number + 1}: {inner}"
            yield f"{name}.{number}.{inner}", _from_toml(told, where, item, file)


def _document(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _FILE_MOST:
            raise ConfigError(f"{file} is larger than {_FILE_MOST} bytes.", hint="Is it the right file?")
        return tomllib.loads(file.read_bytes().decode())
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read: {error.strerror}.", hint="Name another file with --config, or make this one."
        ) from error
    except (ValueError, RecursionError) as error:  # a TOMLDecodeError, bad UTF-8, or a number of 5,000 digits
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ConfigError(f"{file} is not TOML: {reason}.", hint="See docs/reference/settings.md.") from error


def _known(file: Path, section: str, name: str, value: object) -> tuple[Setting, str]:
    """The setting, and how an error names the place."""
    told = _BY_PLACE.get((section, name))
    if told is None:
        raise _unknown(file, section, name, value)
    return told, f"{file}: {told.place}"


def _from_toml(told: Setting, where: str, value: object, file: Path) -> Value:
    if told.kind is int and isinstance(value, int) and not isinstance(value, bool):
        return _ranged(told, where, value)
    if told.kind is bool and isinstance(value, bool):
        return value
    if told.kind == tuple[str, ...] and isinstance(value, list):
        return tuple(_text(told, where, item) for item in value)
    if told.kind not in (int, bool, tuple[str, ...]):
        return _one(told, where, value, file.absolute().parent)
    raise _refused(told, where, value)


def _from_environment(environment: Mapping[str, str], values: Mapping[str, Value]) -> Found:
    """`values` are those of the file: a table of a list is known by the name it has there."""
    variables = {told.variable: (told.key, told) for told in SETTINGS} | _variables_of_tables(values)
    for variable, text in environment.items():
        if variable in variables:
            key, told = variables[variable]
            yield key, _from_text(told, variable, text)
        elif variable.startswith("SIGHTLINE_") and not re.fullmatch(_NOT_OURS, variable):
            # Strict where a slip is likely; silent otherwise, as other programs may well have such variables.
            meant = get_close_matches(variable, variables, n=1, cutoff=0.8)
            if meant or variable.startswith(tuple(f"SIGHTLINE_{name.upper()}_" for name in (*SECTIONS, *LISTS))):
                hint = f"Did you mean {meant[0]}?" if meant else "`sightline config --reference` lists them."
                raise ConfigError(f"The environment sets {variable}, which is not a setting.", hint=hint)


def _variables_of_tables(values: Mapping[str, Value]) -> dict[str, tuple[str, Setting]]:
    found = {}
    for key, value in values.items():
        name, _, rest = key.partition(".")
        if name in LISTS and rest.endswith(".name"):
            for told in LISTED:
                if told.section == name and told.name != "name":
                    found[told.variable_of(str(value))] = (key.removesuffix("name") + told.name, told)
    return found


def _from_flags(flags: Mapping[str, str]) -> Found:
    for key, text in flags.items():
        told = _BY_KEY[key]
        yield key, _from_text(told, f"The command line: {told.place}", text)


def _from_text(told: Setting, where: str, text: str) -> Value:
    if told.kind is int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise _refused(told, where, text)
        return _ranged(told, where, int(text))
    if told.kind is bool:
        if text.lower() not in _TRUTH:
            raise _refused(told, where, text)
        return _TRUTH[text.lower()]
    if told.kind == tuple[str, ...]:
        return tuple(_text(told, where, item.strip()) for item in text.split(",") if item.strip())
    return _one(told, where, text, Path.cwd())


def _one(told: Setting, where: str, value: object, base: Path) -> Value:
    """A setting that is a single text: a path, a choice or free."""
    if not isinstance(value, str):
        raise _refused(told, where, value)
    if typing.get_origin(told.kind) is Literal:
        if value not in typing.get_args(told.kind):
            raise _refused(told, where, value)
        return value
    if not value and told.kind is not Path:
        return told.default
    text = _text(told, where, value)
    return text if told.kind is str else _path(told, where, text, base)


def _path(told: Setting, where: str, text: str, base: Path) -> Path:
    try:
        if not text:
            raise _refused(told, where, text)
        return base / Path(text).expanduser()
    except RuntimeError as error:
        raise _refused(told, where, text, "a path that does not begin with ~, as nobody has that home") from error


def _text(told: Setting, where: str, value: object) -> str:
    if not isinstance(value, str):
        raise _refused(told, where, value)
    if len(value) > _TEXT_MOST or any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise ConfigError(f"{where} must be at most {_TEXT_MOST} characters, none of them a control character.")
    try:
        return told.about.check(value)
    except ValueError as error:
        raise _refused(told, where, value, str(error)) from error


def _ranged(told: Setting, where: str, value: int) -> int:
    if not told.about.least <= value <= told.about.most:
        raise _refused(told, where, value)
    return value


def _refused(told: Setting, where: str, value: object, allowed: str = "") -> ConfigError:
    shown = "what it is" if told.about.is_secret else _shown(value)
    item = "each item of " if allowed and told.kind == tuple[str, ...] else ""
    article = f"{where}: {item}{told.name}" if item else where
    return ConfigError(f"{article} must be {allowed or told.allowed}, not {shown}.", hint=told.about.doc)


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…"'
        case int() if abs(value) < 10**18:
            return str(value)
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return "that"


def _unknown(file: Path, section: str, name: str, value: object) -> ConfigError:
    table = f"[[{section}]]" if section in LISTS else f"[{section}]"
    where = f"{table} {name}" if section else f"[{name}]" if isinstance(value, dict) else name
    here = [told.name for told in (*SETTINGS, *LISTED) if told.section == section]
    if not section:
        here += [*SECTIONS, *LISTS]
    elsewhere = [told.place for told in SETTINGS if told.name == name] if section not in LISTS else []
    brackets = {name: f"[{name}]" for name in SECTIONS} | {name: f"[[{name}]]" for name in LISTS}
    close = get_close_matches(name, here, n=1)
    meant = elsewhere or [each if section else brackets.get(each, each) for each in close]
    hint = f"Did you mean {meant[0]}?" if meant else f"There are: {', '.join(here)}."
    shown = _shown(where)[1:-1]
    return ConfigError(f"{file}: {shown} is not a setting.", hint=hint)


def _built(values: dict[str, Value], file: Path | None, origins: dict[str, Origin]) -> Config:
    def of(section: str) -> dict[str, Any]:
        return {told.name: values[told.key] for told in SETTINGS if told.section == section and told.key in values}

    inner = {name: kind(**of(name)) for name, kind in SECTIONS.items()}
    lists: dict[str, Any] = {
        name: tuple(kind(**table) for table in _tables(name, values)) for name, kind in LISTS.items()
    }
    return Config(**of(""), **inner, **lists, file=file, origins=origins)


def _tables(name: str, values: Mapping[str, Value]) -> list[dict[str, Any]]:
    tables: dict[int, dict[str, Any]] = {}
    for key, value in values.items():
        if found := re.fullmatch(rf"{name}\.(\d+)\.(\w+)", key):
            tables.setdefault(int(found[1]), {})[found[2]] = value
    return [tables[number] for number in sorted(tables)]


_FILE_MOST = 1 << 20  # a guess; errs on the side of reading: the reference with all comments has 8 KiB
_TEXT_MOST = 4096  # PATH_MAX of Linux
_TABLES_MOST = 64  # a guess: each is checked from here again and again
_TRUTH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
# Kubernetes sets SIGHTLINE_PORT and SIGHTLINE_SERVICE_HOST by itself for a service that is called sightline.
_NOT_OURS = r"SIGHTLINE_(CONFIG|PORT|PORT_.*|SERVICE_.*)"
_BY_PLACE = {(told.section, told.name): told for told in (*SETTINGS, *LISTED)}
_BY_KEY = {told.key: told for told in SETTINGS}
