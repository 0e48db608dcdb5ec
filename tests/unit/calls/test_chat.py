"""Chat: in order, each message once, read by those it was said to."""

import pytest

from sightline.calls.chat import AT_ONCE, KEPT, KEPT_CHARACTERS, Chat
from sightline.errors import RefusedError
from sightline.wire import signalling as wire


def message(name: str, text: str = "Open the valve") -> wire.Chat:
    return wire.Chat(call="c", id=name, text=text)


def filled(count: int, text: str = "x") -> Chat:
    chat = Chat()
    for number in range(count):
        chat.say("maria", message(str(number), text), ["maria", "anna"], at=0.0, now=float(number))
    return chat


def test_messages_are_numbered_in_the_order_in_which_they_came() -> None:
    chat = Chat()
    said = [chat.say(who, message("1"), ["maria", "anna"], at=5.0, now=0.0) for who in ("maria", "anna")]
    assert [each and (each.message.seq, each.message.sender) for each in said] == [(1, "maria"), (2, "anna")]


def test_what_is_said_again_is_not_said_twice() -> None:
    chat = filled(3)
    assert chat.say("maria", message("1"), ["maria"], at=9.0, now=9.0) is None
    assert [said.message.seq for said in chat.kept] == [1, 2, 3]


def test_after_a_restart_it_counts_on_and_knows_what_was_said() -> None:
    chat = Chat(filled(3).kept)
    assert chat.say("maria", message("2"), ["maria"], at=9.0, now=0.0) is None
    said = chat.say("maria", message("new"), ["maria"], at=9.0, now=0.0)
    assert said is not None
    assert said.message.seq == 4


def test_only_who_was_there_may_read_it_later() -> None:
    chat = Chat()
    chat.say("maria", message("1", "to Anna alone"), ["maria", "anna"], at=0.0, now=0.0)
    chat.say("maria", message("2", "to both"), ["maria", "anna", "ben"], at=0.0, now=0.0)
    assert [[each.text for each in part] for part in chat.told("ben")] == [["to both"]]
    assert [[each.text for each in part] for part in chat.told("anna")] == [["to Anna alone", "to both"]]
    assert list(chat.told("eve")) == []


def test_the_oldest_go_when_there_are_too_many() -> None:
    chat = filled(KEPT + 2)
    assert [chat.kept[0].message.seq, len(chat.kept)] == [3, KEPT]


def test_long_ones_make_the_oldest_go_sooner() -> None:
    full = KEPT_CHARACTERS // wire.MAX_CHAT_CHARACTERS
    chat = filled(full + 5, "x" * wire.MAX_CHAT_CHARACTERS)
    assert [said.message.seq for said in chat.kept] == list(range(6, full + 6))
    again = Chat(chat.kept)
    assert again.say("maria", message("0"), ["maria"], at=0.0, now=0.0) is not None, "it was forgotten with the rest"
    assert again.kept[0].message.seq == 7


@pytest.mark.parametrize("character", ["x", "\x00", "\N{LINEAR B SYLLABLE B008 A}"])
def test_every_part_of_what_was_kept_fits_a_frame(character: str) -> None:
    chat = filled(60, character * wire.MAX_CHAT_CHARACTERS)
    parts = list(chat.told("anna"))
    assert sum(len(part) for part in parts) == 60
    for part in parts:
        frame = wire.ServerFrame(seq=1, ack=0, message=wire.ChatKept("c" * 64, part))
        assert wire.decode_server_frame(wire.encode_frame(frame)) == frame


def test_whoever_talks_without_end_is_refused_for_a_while() -> None:
    chat = Chat()
    for number in range(AT_ONCE):
        chat.say("anna", message(str(number)), ["anna"], at=0.0, now=0.0)
    with pytest.raises(RefusedError, match="a lot at once"):
        chat.say("anna", message("more"), ["anna"], at=0.0, now=0.0)
    assert chat.say("maria", message("more"), ["anna"], at=0.0, now=0.0) is not None
    assert chat.say("anna", message("more"), ["anna"], at=0.0, now=2.0) is not None


def test_blanks_are_nothing() -> None:
    with pytest.raises(RefusedError, match="nothing in this message"):
        Chat().say("anna", message("1", " \n "), ["anna"], at=0.0, now=0.0)
