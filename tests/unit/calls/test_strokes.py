"""Strokes: their shape, their bounds, who may clear whose, and that every step can be repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.calls.strokes import MAX_POINTS, MAX_POINTS_OF_ALL, MAX_STROKES, POINTS_OF, Drawing
from sightline.errors import RefusedError
from sightline.wire import signalling as wire


def stroke(name: str = "s", tool: wire.Tool = "freehand", points: list[float] | None = None) -> wire.Stroke:
    return wire.Stroke(id=name, author="?", on="anna", tool=tool, aspect=1.5, points=points or [0.1, 0.2])


def drawn(drawing: Drawing) -> dict[str, wire.Stroke]:
    return {each.id: each for part, _ in drawing.kept() for each in part}


def test_the_author_is_who_says_it() -> None:
    begun = Drawing().begin("maria", stroke())
    assert begun is not None
    assert begun.author == "maria"


def test_a_line_grows_and_a_repeated_part_changes_nothing() -> None:
    drawing = Drawing()
    drawing.begin("maria", stroke())
    for _ in range(2):
        drawing.extend("maria", "s", 1, [0.3, 0.4, 0.5, 0.6])
    assert drawing.begin("maria", stroke()) is None
    assert drawn(drawing)["s"].points == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def test_the_second_corner_of_a_rectangle_moves() -> None:
    drawing = Drawing()
    drawing.begin("maria", stroke(tool="rectangle", points=[0.1, 0.1, 0.1, 0.1]))
    assert drawing.extend("maria", "s", 1, [0.123456789, 0.9]) == [0.1235, 0.9]
    assert drawn(drawing)["s"].points == [0.1, 0.1, 0.1235, 0.9]


@pytest.mark.parametrize("tool", POINTS_OF)
def test_no_kind_has_more_points_than_it_needs(tool: wire.Tool) -> None:
    most = POINTS_OF[tool]
    assert Drawing().begin("maria", stroke(tool=tool, points=[0.5, 0.5] * most)) is not None
    for points in ([0.5, 0.5] * (most + 1), [0.5, 0.5, 0.5]):
        with pytest.raises(RefusedError, match="whole points"):
            Drawing().begin("maria", stroke(tool=tool, points=points))


def test_a_gap_is_refused() -> None:
    drawing = Drawing()
    drawing.begin("maria", stroke())
    with pytest.raises(RefusedError, match="after 1 points"):
        drawing.extend("maria", "s", 2, [0.5, 0.5])


def test_nobody_goes_on_with_the_stroke_of_another() -> None:
    drawing = Drawing()
    drawing.begin("maria", stroke())
    for forbidden in (
        lambda: drawing.begin("anna", stroke()),
        lambda: drawing.extend("anna", "s", 1, [0.5, 0.5]),
        lambda: drawing.end("anna", "s"),
    ):
        with pytest.raises(RefusedError):
            forbidden()
    assert not drawing.drop("anna", "s")
    assert drawn(drawing)["s"].points == [0.1, 0.2]


@pytest.mark.parametrize(
    ("by", "may"),
    [("ben", True), ("anna", True), ("host", True), ("carl", False)],
    ids=["author", "picture", "host", "other"],
)
@pytest.mark.parametrize("is_shown", [False, True])
def test_who_may_clear_whose(by: str, may: bool, is_shown: bool) -> None:
    drawing = Drawing()
    drawing.begin("ben", stroke())
    drawing.show("ben", "host", ["s"], is_shown=not is_shown)
    if may:
        assert drawing.show(by, "host", ["s", "s", "unknown"], is_shown=is_shown) == ["s"]
        assert drawing.show(by, "host", ["s"], is_shown=is_shown) == []
    else:
        with pytest.raises(RefusedError, match="your own marks"):
            drawing.show(by, "host", ["s"], is_shown=is_shown)
    assert drawn(drawing)["s"].is_shown == (is_shown if may else not is_shown)


def test_a_pointer_leaves_nothing_and_a_line_stays() -> None:
    drawing = Drawing()
    drawing.begin("maria", stroke("p", "pointer"))
    drawing.begin("maria", stroke("f"))
    drawing.end("maria", "p")
    drawing.end("maria", "f")
    assert list(drawn(drawing)) == ["f"]


def test_the_hidden_make_room_and_then_it_is_full() -> None:
    drawing = Drawing()
    for number in range(MAX_STROKES):
        drawing.begin("maria", stroke(str(number)))
    with pytest.raises(RefusedError, match="too many marks"):
        drawing.begin("maria", stroke("more"))
    drawing.show("maria", "maria", ["7"], is_shown=False)
    assert drawing.begin("maria", stroke("more")) is not None
    assert len(drawn(drawing)) == MAX_STROKES
    assert "7" not in drawn(drawing)


def test_there_are_only_so_many_points() -> None:
    drawing = Drawing()
    for number in range(MAX_POINTS_OF_ALL // MAX_POINTS):
        drawing.begin("maria", stroke(str(number), points=[0.5, 0.5] * (MAX_POINTS - 1)))
        drawing.extend("maria", str(number), MAX_POINTS - 1, [0.5, 0.5])
    with pytest.raises(RefusedError, match="too many marks"):
        drawing.begin("maria", stroke("more"))


def test_every_part_of_what_is_kept_fits_a_frame() -> None:
    drawing = Drawing()
    long = "\x00" * wire.MAX_LABEL
    for number in range(MAX_STROKES):
        points = [0.1234, 0.5678] * (MAX_POINTS if number < 9 else 1)
        text = wire.Stroke("\x00" * 60 + f"{number}", "a" * 16, "\x00" * 64, "freehand", 1.777, points, 999, long)
        drawing.begin("maria", text)
    parts = list(drawing.kept())
    assert [is_last for _, is_last in parts] == [False] * (len(parts) - 1) + [True]
    assert sum(len(part) for part, _ in parts) == MAX_STROKES
    for part, is_last in parts:
        frame = wire.ServerFrame(seq=1, ack=0, message=wire.StrokesKept("c" * 64, part, is_last))
        assert len(wire.encode_frame(frame)) <= wire.MAX_FRAME_BYTES


SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=7)
STEPS = st.one_of(
    st.tuples(st.just("begin"), st.sampled_from("ab"), st.sampled_from(list(POINTS_OF)), SHARES),
    st.tuples(st.just("extend"), st.sampled_from("ab"), st.integers(0, 5), SHARES),
    st.tuples(st.just("hide"), st.sampled_from("ab"), st.booleans(), st.none()),
)


@given(st.lists(STEPS, max_size=12))
def test_a_page_that_repeats_every_step_draws_the_same(steps: list[tuple[str, str, object, list[float]]]) -> None:
    once, twice = Drawing(), Drawing()
    for drawing, times in ((once, 1), (twice, 2)):
        for step in steps:
            for _ in range(times):
                take(drawing, *step)
    assert drawn(once) == drawn(twice)
    assert all(2 <= len(each.points) <= 2 * POINTS_OF[each.tool] for each in drawn(once).values())


def take(drawing: Drawing, what: str, name: str, how: object, points: list[float]) -> None:
    try:
        match what, how:
            case "begin", str(tool):
                drawing.begin("maria", stroke(name, tool, points))  # type: ignore[arg-type]
            case "extend", int(at):
                drawing.extend("maria", name, at, points)
            case "hide", bool(is_shown):
                drawing.show("maria", "maria", [name], is_shown=is_shown)
    except RefusedError:
        return
