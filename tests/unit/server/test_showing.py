"""Chat and strokes through the switchboard: who may, who is told, and what a page that was away gets."""

import pytest

from sightline.calls.call import COLOURS
from sightline.errors import ProtocolError
from sightline.people.roles import _PERMISSIONS
from sightline.server.page import DRAWN
from sightline.wire import signalling as wire
from tests.unit.server.scene import Members, Page, Scene

ROLES: tuple[wire.Role, ...] = tuple(_PERMISSIONS)
KINDS = ("chat", "begin_stroke", "extend_stroke", "end_stroke", "show_strokes")


def chat(page: Page, name: str = "1", text: str = "Open the valve") -> wire.Chat:
    return wire.Chat(call=page.call().id, id=name, text=text)


def begin(page: Page, name: str = "s", on: str | None = None) -> wire.BeginStroke:
    call = page.call()
    stroke = wire.Stroke(name, "?", on or call.participants[0].id, "freehand", 1.5, [0.1, 0.2])
    return wire.BeginStroke(call=call.id, stroke=stroke)


def message(kind: str, page: Page, call: str) -> wire.FromBrowser:
    stroke = wire.Stroke("s", "?", page.call().participants[0].id, "freehand", 1.5, [0.1, 0.2])
    said: dict[str, wire.FromBrowser] = {
        "chat": wire.Chat(call=call, id="1", text="Hello"),
        "begin_stroke": wire.BeginStroke(call=call, stroke=stroke),
        "extend_stroke": wire.ExtendStroke(call=call, id="s", at=1, points=[0.5, 0.5]),
        "end_stroke": wire.EndStroke(call=call, id="s"),
        "show_strokes": wire.ShowStrokes(call=call, strokes=["s"], is_shown=False),
    }
    return said[kind]


def refusals(page: Page) -> list[str]:
    return [told.code for told in page.told(wire.NotTaken)] + [told.code for told in page.told(wire.Problem)]


TOLD: dict[str, type[wire.Message]] = {
    "chat": wire.ChatSaid,
    "begin_stroke": wire.StrokeBegun,
    "extend_stroke": wire.StrokeExtended,
    "end_stroke": wire.StrokeEnded,
    "show_strokes": wire.StrokesShown,
}


async def two(role: wire.Role, monkeypatch: pytest.MonkeyPatch, *, is_let_in: bool = True) -> tuple[Page, Page, Scene]:
    """Somebody of the role, and somebody who is with them in a call. Only a host and guests sit in calls yet, so every
    role but guest is tried as the host: whoever is one may have been given another role since."""
    scene = Scene()
    host, other = wire.Person(id="maria", name="Maria", role=role, presence="offline"), Members.people[1]
    monkeypatch.setattr(Members, "people", (Members.people[0] if role == "guest" else host, other))
    maria, anna = scene.person(), await scene.guest()
    await maria.connect()
    await anna.connect()
    if is_let_in:
        seat = scene.switchboard._calls[maria.call().id].call
        seat.handle_admit(seat.host.id, anna.call().you)
        scene.switchboard._drain(scene.switchboard._calls[maria.call().id])
    return (anna, maria, scene) if role == "guest" else (maria, anna, scene)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
async def test_whoever_is_in_the_call_may_chat_and_draw(
    role: wire.Role, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other, _ = await two(role, monkeypatch)
    if kind not in ("chat", "begin_stroke"):
        me.say(begin(me))
    me.say(message(kind, me, me.call().id))
    assert refusals(me) == []
    assert len(other.told(TOLD[kind])) == 1
    assert len(me.told(TOLD[kind])) == (kind == "chat"), "only chat is told to who said it"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
async def test_nobody_chats_or_draws_in_a_call_that_is_not_theirs(
    role: wire.Role, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other, _ = await two(role, monkeypatch)
    me.say(message(kind, me, "another-call"))
    assert refusals(me) == ["no_such_call"]
    assert other.told(TOLD[kind]) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_guest_who_waits_neither_chats_nor_draws_and_is_told_nothing(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, maria, _ = await two("guest", monkeypatch, is_let_in=False)
    anna.say(message(kind, anna, anna.call().id))
    assert refusals(anna) == ["not_admitted"]
    maria.say(begin(maria, "t"))
    maria.say(message("chat", maria, maria.call().id))
    for told in (wire.StrokeBegun, wire.ChatSaid, wire.ChatKept, wire.StrokesKept):
        assert anna.told(told) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_after_the_end_nobody_does(kind: str) -> None:
    maria, anna = await Scene().call_of_two()
    call = anna.call().id
    maria.say(begin(maria))
    maria.say(wire.Leave(call=call))
    anna.say(message(kind, anna, call))
    assert refusals(anna) == ["call_ended"]


async def test_chat_in_both_directions_over_a_dropped_socket_is_neither_lost_nor_doubled() -> None:
    maria, anna = await Scene().call_of_two()
    session = anna.session
    assert session is not None
    anna.say(chat(anna, "a1", "one"))
    maria.say(chat(maria, "m1", "two"))
    before = anna.told(wire.ChatSaid)
    anna.lose_socket()
    maria.say(chat(maria, "m2", "three"))
    await anna.connect(session.id)
    anna.say(chat(anna, "a1", "one"))  # as a page does that does not know whether it arrived
    anna.say(chat(anna, "a2", "four"))
    heard = [told.message for told in before + anna.told(wire.ChatSaid)]
    assert [(each.seq, each.text) for each in heard] == [(1, "one"), (2, "two"), (3, "three"), (4, "four")]
    assert [told.message for told in maria.told(wire.ChatSaid)] == heard


async def test_a_page_loaded_anew_gets_all_of_it_and_a_restart_of_the_server_forgets_no_chat() -> None:
    scene = Scene()
    maria, anna = await scene.call_of_two()
    call, participant = anna.call().id, anna.call().you
    maria.say(chat(maria))
    maria.say(begin(maria))
    maria.say(wire.ExtendStroke(call=call, id="s", at=1, points=[0.7, 0.8]))
    reloaded = scene.guest_at(call, participant)
    await reloaded.connect()
    assert [each.text for told in reloaded.told(wire.ChatKept) for each in told.messages] == ["Open the valve"]
    kept = reloaded.told(wire.StrokesKept)
    assert [(each.points, told.is_last) for told in kept for each in told.strokes] == [([0.1, 0.2, 0.7, 0.8], True)]
    await scene.switchboard.close()
    again = Scene(scene.archive)
    await again.switchboard.open()
    returned = again.guest_at(call, participant)
    await returned.connect()
    assert [each.text for told in returned.told(wire.ChatKept) for each in told.messages] == ["Open the valve"]
    assert [(told.strokes, told.is_last) for told in returned.told(wire.StrokesKept)] == [([], True)]


async def test_who_is_let_in_later_sees_the_marks_and_not_what_was_written_before() -> None:
    scene = Scene()
    maria, anna = await scene.call_of_two()
    maria.say(chat(maria, text="to Anna alone"))
    maria.say(begin(maria))
    ben = await scene.guest("Ben")
    await ben.connect()
    maria.say(wire.Admit(call=maria.call().id, participant=ben.call().you))
    assert ben.told(wire.ChatKept) == []
    assert [each.id for told in ben.told(wire.StrokesKept) for each in told.strokes] == ["s"]
    anna.say(chat(anna, "2", "to both"))
    assert [told.message.text for told in ben.told(wire.ChatSaid)] == ["to both"]


async def test_nobody_draws_on_who_is_not_in_the_call() -> None:
    maria, anna = await Scene().call_of_two()
    maria.say(begin(maria, on="nobody"))
    assert [(told.id, told.code) for told in maria.told(wire.NotTaken)] == [("s", "no_such_participant")]
    assert anna.told(wire.StrokeBegun) == []


async def test_a_stroke_that_cannot_go_on_is_taken_back_from_everybody() -> None:
    maria, anna = await Scene().call_of_two()
    maria.say(begin(maria))
    maria.say(wire.ExtendStroke(call=maria.call().id, id="s", at=9, points=[0.5, 0.5]))
    assert [told.code for told in maria.told(wire.NotTaken)] == ["gap"]
    assert [(told.strokes, told.is_shown) for told in anna.told(wire.StrokesShown)] == [(["s"], False)]


async def test_drawing_has_a_pace_of_its_own_and_an_end() -> None:
    maria, anna = await Scene().call_of_two()
    maria.say(begin(maria))
    anna_heard = len(anna.frames)

    def scribble() -> None:
        for number in range(2 * DRAWN):
            maria.say(wire.ExtendStroke(call=maria.call().id, id="s", at=1 + number, points=[0.5, 0.5]))
            if number % 16 == 0:  # as a page acknowledges
                assert anna.session is not None
                anna.session.conversation.acknowledge(anna.heard)

    with pytest.raises(ProtocolError, match="messages a second"):
        scribble()
    assert len(anna.frames) - anna_heard >= DRAWN - 1


async def test_everybody_has_a_colour_that_is_the_same_on_every_page() -> None:
    scene = Scene()
    maria, anna = await scene.call_of_two()
    ben, carl = await scene.guest("Ben"), await scene.guest("Carl")
    await ben.connect()
    await carl.connect()
    maria.say(wire.Refuse(call=maria.call().id, participant=ben.call().you))
    maria.say(wire.Admit(call=maria.call().id, participant=carl.call().you))
    colours = {each.name: each.colour for each in maria.call().participants}
    assert colours == {"Maria": 1, "Anna": 2, "Ben": 3, "Carl": 4}
    for page in (anna, carl):
        assert all(colours[each.name] == each.colour <= COLOURS for each in page.call().participants)
