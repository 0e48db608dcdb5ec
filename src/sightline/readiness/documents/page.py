"""What a document is made of, whatever it is written as."""

from dataclasses import dataclass

from sightline.readiness.documents.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Heading:
    """Begins a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short items."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Name and value, one below the other."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. `weights` are the columns' shares of the width."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    weights: tuple[int, ...]


Block = Heading | Paragraph | Bullets | Facts | Table | Drawing


@dataclass(frozen=True, slots=True)
class Page:
    """A document. Called so because `Document` is what a manifest was read from."""

    title: str
    language: str
    blocks: tuple[Block, ...]
    is_wide: bool = False
    """Better on paper that lies on its side."""
