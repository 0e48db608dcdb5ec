"""Rooms for tests; without them these tests cannot say anything."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from lab.addresses import OTHER_IPV4
from lab.network import Built, built
from lab.room import missing
from lab.topologies import TOPOLOGIES
from lab.topology import Topology

BY_NAME = {topology.name: topology for topology in TOPOLOGIES}

Build = Callable[[str | Topology], Built]


@pytest.fixture(scope="session", autouse=True)
def possible() -> None:
    if problem := missing():
        pytest.skip(f"NOTHING OF THE LABORATORY IS TESTED HERE: {problem}", allow_module_level=True)


@pytest.fixture
def build() -> Iterator[Build]:
    """Topologies that stand until the test ends, with a second public machine, "other"."""
    with ExitStack() as stack:

        def now(topology: str | Topology) -> Built:
            it = stack.enter_context(built(BY_NAME[topology] if isinstance(topology, str) else topology))
            it.net.add_public_machine("other", OTHER_IPV4[0])
            return it

        yield now
