"""The settings as people are told of them, made from the fields in `settings`."""

import typing
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from sightline.config.about import About, Value
from sightline.config.settings import Config


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is described to people."""

    section: str
    name: str
    kind: Any
    default: Value
    about: About
    is_listed: bool = False
    """Of a table that there may be many of, such as `[[relays]]`."""

    @property
    def key(self) -> str:
        """As in the file's dotted form: `listen.port`."""
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def place(self) -> str:
        """As people find it in the file: `[listen] port`."""
        if self.is_listed:
            return f"[[{self.section}]] {self.name}"
        return f"[{self.section}] {self.name}" if self.section else self.name

    @property
    def variable(self) -> str:
        """Its name in the environment; of a table that has a name, see `variable_of`."""
        if self.is_listed:
            return self.variable_of("<NAME>")
        return f"SIGHTLINE_{self.key.replace('.', '_').upper()}"

    def variable_of(self, table: str) -> str:
        """Its name in the environment, for the table of that name in the list."""
        return f"SIGHTLINE_{self.section}_{table.replace('-', '_')}_{self.name}".upper()

    def of(self, config: Config) -> Value:
        """The value in effect."""
        value: Value = getattr(getattr(config, self.section) if self.section else config, self.name)
        return value

    @property
    def allowed(self) -> str:
        """What a value must be, to follow "must be"."""
        if self.kind is int:
            top = "" if self.about.most == 2**31 - 1 else f" to {self.about.most}"
            return (
                f"a whole number from {self.about.least}{top}"
                if top
                else f"a whole number of at least {self.about.least}"
            )
        if self.kind is bool:
            return "true or false"
        if self.kind == tuple[str, ...]:
            return "a list of texts"
        if typing.get_origin(self.kind) is Literal:
            *most, last = (f'"{choice}"' for choice in typing.get_args(self.kind))
            return f"{', '.join(most)} or {last}"
        return "a path" if Path in (self.kind, *typing.get_args(self.kind)) else "text"


def _described(section: str, owner: type, *, is_listed: bool = False) -> Iterator[Setting]:
    hints = typing.get_type_hints(owner, include_extras=True)
    for each in fields(owner):
        if typing.get_origin(hint := hints[each.name]) is Annotated:
            kind, about = typing.get_args(hint)
            assert each.default is not MISSING, "every setting has a default"
            yield Setting(section, each.name, kind, each.default, about, is_listed)


def _is_described(kind: object) -> bool:
    return hasattr(kind, "__dataclass_fields__")


SECTIONS: dict[str, type] = {name: kind for name, kind in typing.get_type_hints(Config).items() if _is_described(kind)}
"""The class of each section, by its name in the file."""

LISTS: dict[str, type] = {
    name: item
    for name, kind in typing.get_type_hints(Config).items()
    for item in typing.get_args(kind)[:1]
    if _is_described(item)
}
"""The class of each table that there may be many of, by its name in the file."""

SETTINGS = tuple(_described("", Config)) + tuple(
    each for name, kind in SECTIONS.items() for each in _described(name, kind)
)
"""Every setting that there is once, in the order of the reference."""

LISTED = tuple(each for name, kind in LISTS.items() for each in _described(name, kind, is_listed=True))
"""Every setting of a table that there may be many of. Each such table has a setting `name`."""
