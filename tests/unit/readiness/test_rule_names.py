"""What rules are called, and what of other people's words may stand beside them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.readiness.targets.comments import comment
from sightline.readiness.targets.names import RuleNames


def test_a_name_that_fits_is_read_as_it_is() -> None:
    assert RuleNames(63).of("worklink", "media", "tcp") == "worklink-media-tcp"


def test_a_name_that_does_not_fit_ends_in_a_hash_and_is_the_same_next_time() -> None:
    first, second = (RuleNames(24).of("worklink", "media-between-clients") for _ in range(2))
    assert first == second
    assert first.startswith("worklink-med")
    assert len(first) <= 24


@pytest.mark.parametrize(
    ("one", "other"),
    [(("a", "b"), ("a-b",)), (("a b",), ("a_b",)), (("x" * 300, "1"), ("x" * 300, "2")), (("é",), ("",))],
)
def test_two_things_never_have_one_name(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    names = RuleNames(30)
    assert names.of(*one) != names.of(*other)
    assert names.of(*one) == names.of(*one)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=3), st.integers(13, 63))
def test_a_name_holds_nothing_but_small_letters_digits_and_hyphens(parts: list[str], most: int) -> None:
    name = RuleNames(most).of(*parts)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", name, re.ASCII)
    assert len(name) <= most


@given(st.text(), st.integers(1, 100))
def test_a_comment_holds_nothing_that_could_end_it(text: str, most: int) -> None:
    made = comment(text, most)
    assert re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9 .,:;/()_-]*)?", made, re.ASCII)
    assert "--" not in made
    assert "//" not in made
    assert len(made) <= most


def test_a_comment_keeps_what_can_be_read() -> None:
    assert comment("Mediaserver für Anrufe: “1:1” (UDP)\n\u202e}", 60) == "Mediaserver fuer Anrufe: 1:1 (UDP)"
