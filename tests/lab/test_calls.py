"""A few of the calls that `make lab` makes, those that would be missed first."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from lab.call import connect
from lab.changes import CHANGES, Change, recovery
from lab.laboratory import Laboratory
from tests.lab.conftest import BY_NAME


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    with sync_playwright() as playwright, Laboratory(playwright) as open_laboratory:
        yield open_laboratory


@pytest.mark.parametrize(
    "name", ["open", "symmetric-office", "only-443", "udp-blocked", "inspected", "proxy-password", "nat64"]
)
def test_a_call_gets_through_on_the_best_rung_that_there_is(laboratory: Laboratory, name: str) -> None:
    topology = BY_NAME[name]
    with laboratory.call(topology) as call:
        outcome = connect(call)
    assert outcome.rung == topology.best, outcome.reason


@pytest.mark.parametrize("change", [change for change in CHANGES if not change.after_s], ids=lambda change: change.name)
def test_a_call_survives_its_network(laboratory: Laboratory, change: Change) -> None:
    found = recovery(laboratory, change)
    assert found.after == change.wanted, found.remark
    assert not found.remark, "the same connection goes on"
