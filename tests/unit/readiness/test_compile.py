"""What a compile refuses, declares and checks, whatever the target."""

from collections.abc import Callable

import pytest

from sightline.errors import RefusedError
from sightline.readiness.compile import Compiled, compile
from sightline.readiness.permit import Loss
from sightline.readiness.site import Selection, Site, Widening
from sightline.readiness.targets.losses import lost
from sightline.readiness.targets.target import File, Order, Rules, Target, TooWide
from tests.unit.readiness.manifests import SMALL, manifest, small, with_requirement


def compiled(render: Callable[[Order], Rules], *widen: Widening, text: str = SMALL) -> Compiled:
    target = Target("toy", "A toy", render)
    return compile(manifest(text), Site(), Selection(), frozenset(widen), target)


def only_wider(order: Order) -> Rules:
    if "wildcards" in order.widen:
        return Rules((File("toy.txt", "all of it\n", "Rules."),))
    return Rules((), too_wide=tuple(TooWide(one, "wildcards", "It knows whole domains only.") for one in order.permits))


def test_what_could_only_be_wider_is_refused_until_it_is_asked_for() -> None:
    with pytest.raises(RefusedError, match=r"web: www\.example\.com, TCP 443\. It knows whole") as refusal:
        compiled(only_wider)
    assert "--widen wildcards" in refusal.value.hint
    assert [file.name for file in compiled(only_wider, "wildcards").files] == ["toy.txt"]


def test_a_target_is_not_asked_when_nothing_can_become_a_rule() -> None:
    def render(_: Order) -> Rules:
        raise AssertionError("an empty order is where other compilers open everything")

    missing = small(('kind = "name", text = "www.example.com"', 'kind = "missing", text = "the list below"'))
    made = compiled(render, text=missing)
    assert made.files == ()
    assert [loss.code for loss in made.losses] == ["destination-missing"]


def test_losses_come_in_the_order_of_the_requirements_and_the_widened_ones_first() -> None:
    def render(order: Order) -> Rules:
        last, first = order.permits[-1], order.permits[0]
        return Rules(
            (),
            (
                lost(last, "narrowed", "n", "why", "do"),
                lost(first, "not_enforced", "e", "why", "do"),
                lost(first, "widened", "w", "why", "do"),
            ),
        )

    made = compiled(render, "names", text=with_requirement())
    assert [(loss.requirement, loss.effect) for loss in made.losses] == [
        ("web", "widened"),
        ("web", "not_enforced"),
        ("other", "narrowed"),
    ]


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (Rules((File("a/b", "", ""),)), "no name for a file"),
        (Rules((File("a", "", ""), File("a", "", ""))), "one name"),
        (Rules((File("a", "allow \u202eevil", ""),)), "which no rule needs"),
        (Rules((), (Loss("nobody", "left_out", "x", "what", "why", "do"),)), "of which nothing was asked"),
        (Rules((), (Loss("web", "widened", "x", "what", "why", "do"),)), "nobody asked"),
    ],
)
def test_the_work_of_a_broken_target_is_not_handed_out(rules: Rules, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        compiled(lambda _: rules)
