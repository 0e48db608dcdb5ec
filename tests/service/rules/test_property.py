"""Whatever a manifest says: no target opens more than it, and what a target does not open it declares.

Each target's files are read back by a reader that shares nothing with it.
"""

import multiprocessing
import os
import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest

from sightline.readiness.compile import rendered
from sightline.readiness.permit import Anywhere, Name, Permit, Wildcard
from sightline.readiness.rulesets.containment import excess
from sightline.readiness.rulesets.line import Ruleset
from sightline.readiness.rulesets.verdict import Judge
from sightline.readiness.targets import TARGETS
from sightline.readiness.targets.losses import described
from sightline.readiness.targets.target import Order, Rules, Target
from tests.readers import Files, reader
from tests.service.rules.cases import Case, cases

SHARES = 8


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_ten_thousand_manifests_open_nothing_that_they_do_not_ask_for(target: Target) -> None:
    cases()  # before the fork, so that they are made once
    shares = [(target.name, share) for share in range(SHARES)]
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("fork")) as pool:
        opened = sum(pool.map(_opened, shares))
    assert opened > 0, "nothing was ever opened without a loss, so nothing was tested"


def _opened(share: tuple[str, int]) -> int:
    """How many permits of a share of the cases a target opens, and nothing else."""
    target = TARGETS[share[0]]
    read = reader(target)
    opened = 0
    for case in cases()[share[1] :: SHARES]:
        order, rules = _rendered(case.order, target)
        lost = {(loss.requirement, loss.what) for loss in rules.losses if loss.effect != "not_enforced"}
        asked = [one for one in order.permits if (one.requirement.id, described(one)) not in lost]
        if not rules.files:
            assert not asked, f"{case}: neither a rule nor a loss: {described(asked[0])}"
            continue
        ruleset = _read(case, read, rules.files)
        site = order.site if target.has_clients else replace(order.site, clients=())
        too_much = list(excess(ruleset, [*order.permits, *_widened(order)], site))
        assert not too_much, f"{case}: {too_much[0]}\n{rules.files[0].text[:4000]}"
        judge = Judge(ruleset, site)
        for one in asked:
            parts = [part for part in judge.verdict(one).parts if part.outcome != "allowed"]
            assert not parts, f"{case}: {described(one)}: {parts[0]}\n{rules.files[0].text[:4000]}"
        opened += len(asked)
    return opened


def _rendered(order: Order, target: Target) -> tuple[Order, Rules]:
    """The rules of what the target can render without opening more."""
    rules = rendered(order, target)
    if rules.too_wide:
        refused = {one.permit for one in rules.too_wide}
        order = replace(order, permits=tuple(one for one in order.permits if one not in refused))
        rules = rendered(order, target)
        assert not rules.too_wide, "a permit was rendered at first and is too wide alone"
    return order, rules


def _read(case: Case, read: Callable[[Files], Ruleset], files: Files) -> Ruleset:
    try:
        return read(files)
    except Exception as error:
        raise AssertionError(f"{case}: {error}\n{files[0].text[:4000]}") from error


def _widened(order: Order) -> list[Permit]:
    """What the permits become by the widenings that were asked for."""
    found = []
    for one in order.permits:
        if "names" in order.widen and isinstance(one.remote, Name | Wildcard):
            found.append(replace(one, remote=Anywhere()))
        if "wildcards" in order.widen and isinstance(one.remote, Wildcard):
            found += [
                replace(one, remote=replace(one.remote, match=match)) for match in ("subtree", "subtree_and_apex")
            ]
    return found


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r" -d \S+", ""),
        (r" -s \S+", ""),
        (r"--dport (\d+)", r"--dport 1:\1"),
        (r"-p udp", "-p tcp"),
        (r"-A .* -j ACCEPT\n", ""),
    ],
)
def test_a_target_that_opens_more_or_loses_something_is_caught(
    pattern: str, instead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = TARGETS["iptables"]

    def render(order: Order) -> Rules:
        made = sound.render(order)
        files = (replace(file, text=re.sub(pattern, instead, file.text)) for file in made.files)
        return replace(made, files=tuple(files))

    few = cases(200)
    monkeypatch.setitem(TARGETS, "iptables", replace(sound, render=render))
    monkeypatch.setattr("tests.service.rules.test_property.rendered", lambda order, target: target.render(order))
    monkeypatch.setattr("tests.service.rules.test_property.cases", lambda: few)
    with pytest.raises(AssertionError, match="case "):
        sum(_opened(("iptables", share)) for share in range(SHARES))
