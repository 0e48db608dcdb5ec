"""The settings as people are told of them, made from the fields in `settings`."""

import typing
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from sightline.config.settings import About, Config, Value


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is described to people."""

    section: str
    name: str
    kind: Any
    default: Value
    about: About

    @property
    def key(self) -> str:
        """As in the file's dotted form: `listen.port`."""
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def place(self) -> str:
        """As people find it in the file: `[listen] port`."""
        return f"[{self.section}] {self.name}" if self.section else self.name

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"SIGHTLINE_{self.key.replace('.', '_').upper()}"

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


def _described(section: str, owner: type) -> Iterator[Setting]:
    hints = typing.get_type_hints(owner, include_extras=True)
    for each in fields(owner):
        if typing.get_origin(hint := hints[each.name]) is Annotated:
            kind, about = typing.get_args(hint)
            assert each.default is not MISSING, "every setting has a default"
            yield Setting(section, each.name, kind, each.default, about)


SECTIONS: dict[str, type] = {
    name: kind for name, kind in typing.get_type_hints(Config).items() if hasattr(kind, "__dataclass_fields__")
}
"""The class of each section, by its name in the file."""

SETTINGS = tuple(_described("", Config)) + tuple(
    each for name, kind in SECTIONS.items() for each in _described(name, kind)
)
"""Every setting there is, in the order of the reference."""
