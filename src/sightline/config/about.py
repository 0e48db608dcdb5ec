"""What is said of a setting beside its field, and what a setting can hold."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Origin: TypeAlias = Literal["default", "file", "environment", "command line"]
Value: TypeAlias = str | int | bool | Path | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class About:
    """What people are told about a setting, and what it may be."""

    doc: str
    unit: str = ""
    least: int = 0
    most: int = 2**31 - 1
    check: Callable[[str], str] = str
    """For a text, or each text of a list; see `checks`."""
    is_secret: bool = False
