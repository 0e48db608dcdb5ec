"""The README shows the topologies that there are."""

from lab.__main__ import README
from lab.drawing import redrawn
from lab.topologies import TOPOLOGIES


def test_the_readmes_drawings_are_those_of_the_topologies() -> None:
    text = README.read_text()
    assert redrawn(text, TOPOLOGIES) == text, "run: .venv/bin/python -m lab --draw"
