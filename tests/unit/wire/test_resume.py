"""Nothing is lost or doubled, whatever a socket drops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import ProtocolError
from sightline.wire.resume import MAX_UNACKNOWLEDGED, Conversation


def test_what_is_not_acknowledged_is_repeated() -> None:
    ours: Conversation[str] = Conversation()
    assert [ours.number(word) for word in ("a", "b", "c")] == [1, 2, 3]
    ours.acknowledge(1)
    assert ours.to_repeat(2) == [(3, "c")]


def test_what_was_heard_before_is_no_news() -> None:
    ours: Conversation[str] = Conversation()
    assert ours.is_news(1)
    assert not ours.is_news(1)
    assert ours.heard == 1


def test_a_gap_breaks_the_protocol() -> None:
    ours: Conversation[str] = Conversation()
    with pytest.raises(ProtocolError, match="message 2 came after 0"):
        ours.is_news(2)


def test_nobody_acknowledges_what_was_not_said() -> None:
    ours: Conversation[str] = Conversation()
    with pytest.raises(ProtocolError, match="only 0 were said"):
        ours.acknowledge(1)


def test_a_peer_too_far_behind_is_given_up() -> None:
    ours: Conversation[str] = Conversation()
    for _ in range(MAX_UNACKNOWLEDGED):
        ours.number("word")
    with pytest.raises(ProtocolError, match="not acknowledged"):
        ours.number("one more")


@given(st.lists(st.tuples(st.sampled_from(["say", "drop", "ack"]), st.integers(0, 3)), max_size=60))
def test_over_a_line_that_drops_anything_everything_arrives_once_and_in_order(course: list[tuple[str, int]]) -> None:
    ours: Conversation[int] = Conversation()
    theirs: Conversation[int] = Conversation()
    on_the_line: list[tuple[int, int]] = []
    arrived: list[int] = []

    def deliver(frames: list[tuple[int, int]]) -> None:
        for seq, word in frames:
            if theirs.is_news(seq):
                arrived.append(word)

    said = 0
    for action, amount in course:
        if action == "say":
            said += 1
            on_the_line.append((ours.number(said), said))
        elif action == "drop":  # the socket drops: some frames had arrived, the others are repeated
            deliver(on_the_line[:amount])
            on_the_line = ours.to_repeat(theirs.heard)
        else:
            deliver(on_the_line)
            on_the_line = []
            ours.acknowledge(theirs.heard)
    deliver(ours.to_repeat(theirs.heard))
    assert arrived == list(range(1, said + 1))
