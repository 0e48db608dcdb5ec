"""The life of a call, told the time."""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sightline.calls.call import (
    ABANDONED_AFTER_S,
    HOST_GONE_AFTER_S,
    MAX_ADMITTED,
    MAX_WAITING,
    NEVER_SEEN_AFTER_S,
    PRESENT,
    TRANSITIONS,
    WAITING_GONE_AFTER_S,
    Call,
    Changed,
    Ended,
    Seat,
)
from sightline.errors import RefusedError
from sightline.wire.signalling import Media

HOST = "host"


def a_call(now: float = 0.0) -> Call:
    return Call.opened(now, 0.0, "call", Seat(id=HOST, name="Maria", role="expert", state="admitted", person="maria"))


def a_call_with_guest(now: float = 0.0) -> Call:
    call = a_call(now)
    call.handle_guest_seated(now, "anna", "Anna")
    call.handle_connected(now, HOST, "page-of-maria")
    call.handle_connected(now, "anna", "page-of-anna")
    call.events()
    return call


def states(call: Call) -> dict[str, str]:
    return {seat.id: seat.state for seat in call.viewers()}


def test_a_guest_waits_until_the_host_lets_them_in() -> None:
    call = a_call_with_guest()
    assert states(call) == {HOST: "admitted", "anna": "waiting"}
    call.handle_admit(HOST, "anna")
    assert states(call) == {HOST: "admitted", "anna": "admitted"}
    assert call.events() == [Changed()]


def test_the_call_ends_when_its_only_guest_is_refused() -> None:
    call = a_call_with_guest()
    call.handle_refuse(HOST, "anna")
    assert states(call)["anna"] == "refused"
    assert call.events() == [Changed(), Changed(), Ended("hung_up")]
    assert call.view_for("anna").end_reason == "hung_up"


@pytest.mark.parametrize("who", [HOST, "anna"])
def test_either_side_hanging_up_ends_a_call_of_two(who: str) -> None:
    call = a_call_with_guest()
    call.handle_admit(HOST, "anna")
    call.handle_leave(who)
    assert call.has_ended


def test_a_call_of_three_goes_on_when_one_guest_leaves() -> None:
    call = a_call_with_guest()
    call.handle_guest_seated(1.0, "ben", "Ben")
    call.handle_admit(HOST, "anna")
    call.handle_admit(HOST, "ben")
    call.handle_leave("ben")
    assert not call.has_ended


def test_a_lost_socket_ejects_nobody_and_ends_nothing() -> None:
    call = a_call_with_guest()
    call.handle_admit(HOST, "anna")
    call.handle_disconnected(1.0, "anna")
    call.handle_time(1.0 + ABANDONED_AFTER_S * 10)
    assert states(call)["anna"] == "admitted"
    assert not call.has_ended
    assert [shown.is_connected for shown in call.view_for(HOST).participants] == [True, False]


def test_a_call_with_nobody_connected_is_abandoned_after_a_while() -> None:
    call = a_call_with_guest()
    call.handle_admit(HOST, "anna")
    call.handle_disconnected(10.0, "anna")
    call.handle_disconnected(20.0, HOST)
    assert call.deadline() == 20.0 + ABANDONED_AFTER_S
    call.handle_time(20.0 + ABANDONED_AFTER_S - 1)
    assert not call.has_ended
    call.handle_time(20.0 + ABANDONED_AFTER_S)
    assert Ended("abandoned") in call.events()
    assert call.deadline() is None


def test_somebody_who_comes_back_in_time_keeps_the_call() -> None:
    call = a_call_with_guest()
    call.handle_admit(HOST, "anna")
    call.handle_disconnected(10.0, "anna")
    call.handle_disconnected(20.0, HOST)
    call.handle_connected(30.0, HOST, "page-of-maria")
    call.handle_time(20.0 + ABANDONED_AFTER_S)
    assert not call.has_ended


def test_a_waiting_guest_who_closed_the_page_leaves_the_waiting_room() -> None:
    call = a_call_with_guest()
    call.handle_guest_seated(0.0, "ben", "Ben")
    call.handle_connected(0.0, "ben", "page-of-ben")
    call.handle_disconnected(5.0, "anna")
    assert call.deadline() == 5.0 + WAITING_GONE_AFTER_S
    call.handle_time(5.0 + WAITING_GONE_AFTER_S)
    assert states(call) == {HOST: "admitted", "anna": "left", "ben": "waiting"}


def test_only_the_host_lets_in_and_sends_away() -> None:
    call = a_call_with_guest()
    call.handle_guest_seated(0.0, "ben", "Ben")
    for handle in (call.handle_admit, call.handle_refuse):
        with pytest.raises(RefusedError, match="Only the host"):
            handle("anna", "ben")


@pytest.mark.parametrize("step", ["admit", "refuse", "leave"])
@pytest.mark.parametrize("state", ["waiting", "admitted", "refused", "left"])
def test_a_step_is_possible_exactly_where_the_table_has_it(state: str, step: str) -> None:
    call = a_call_with_guest()
    call.handle_guest_seated(0.0, "ben", "Ben")
    steps: dict[str, Callable[[], None]] = {
        "admit": lambda: call.handle_admit(HOST, "anna"),
        "refuse": lambda: call.handle_refuse(HOST, "anna"),
        "leave": lambda: call.handle_leave("anna"),
    }
    step_to = {"admitted": "admit", "refused": "refuse", "left": "leave"}
    if state in step_to:
        steps[step_to[state]]()
    target = TRANSITIONS.get((state, step))  # type: ignore[arg-type]
    if target is None:
        with pytest.raises(RefusedError, match="cannot be told"):
            steps[step]()
    else:
        steps[step]()
        assert states(call)["anna"] == target


def test_a_full_call_takes_nobody_more() -> None:
    call = a_call()
    guests = [f"guest-{number}" for number in range(MAX_ADMITTED)]
    for guest in guests:
        call.handle_guest_seated(0.0, guest, "Guest")
    for guest in guests[:-1]:
        call.handle_admit(HOST, guest)
    with pytest.raises(RefusedError) as refused:
        call.handle_admit(HOST, guests[-1])
    assert refused.value.code == "call_full"
    call.handle_leave(guests[0])
    call.handle_admit(HOST, guests[-1])


def test_guests_who_only_wait_fill_the_waiting_room_and_not_the_call() -> None:
    call = a_call()
    for number in range(MAX_WAITING):
        call.handle_guest_seated(0.0, f"guest-{number}", "Guest")
    with pytest.raises(RefusedError) as refused:
        call.handle_guest_seated(0.0, "one-more", "Guest")
    assert refused.value.code == "waiting_room_full"
    call.handle_admit(HOST, "guest-0")
    call.handle_guest_seated(0.0, "one-more", "Guest")


def test_a_guest_whose_page_never_came_frees_the_seat_soon() -> None:
    call = a_call_with_guest()
    call.handle_guest_seated(10.0, "nobody", "Nobody")
    assert call.deadline() == 10.0 + NEVER_SEEN_AFTER_S
    call.handle_time(10.0 + NEVER_SEEN_AFTER_S)
    assert states(call) == {HOST: "admitted", "anna": "waiting", "nobody": "left"}


def test_a_host_who_stays_away_ends_the_call_for_the_guest_who_is_still_there() -> None:
    call = a_call_with_guest()
    call.handle_admit(HOST, "anna")
    call.handle_disconnected(100.0, HOST)
    assert call.deadline() == 100.0 + HOST_GONE_AFTER_S
    call.handle_time(100.0 + HOST_GONE_AFTER_S)
    assert call.view_for("anna").end_reason == "abandoned"


def test_whoever_was_sent_away_says_nothing_more() -> None:
    call = a_call_with_guest()
    call.handle_guest_seated(0.0, "ben", "Ben")
    call.handle_refuse(HOST, "anna")
    call.events()
    with pytest.raises(RefusedError, match="sends nothing"):
        call.handle_media("anna", Media(microphone="on", camera="on"))
    assert call.events() == []


def test_a_guest_who_waits_sees_the_host_and_nobody_else() -> None:
    call = a_call_with_guest()
    call.handle_guest_seated(0.0, "ben", "Ben")
    call.handle_admit(HOST, "anna")
    assert [shown.id for shown in call.view_for("ben").participants] == [HOST, "ben"]
    assert [shown.id for shown in call.view_for("anna").participants] == [HOST, "anna"]
    assert [shown.id for shown in call.view_for(HOST).participants] == [HOST, "anna", "ben"]


def test_only_those_who_are_in_may_describe_to_each_other() -> None:
    call = a_call_with_guest()
    with pytest.raises(RefusedError) as refused:
        call.require_may_describe("anna", HOST, "page-of-maria")
    assert refused.value.code == "not_admitted"
    call.handle_admit(HOST, "anna")
    call.require_may_describe("anna", HOST, "page-of-maria")


def test_what_is_meant_for_a_page_that_is_gone_is_refused() -> None:
    call = a_call_with_guest()
    call.handle_admit(HOST, "anna")
    call.handle_connected(5.0, HOST, "new-page-of-maria")
    with pytest.raises(RefusedError) as refused:
        call.require_may_describe("anna", HOST, "page-of-maria")
    assert refused.value.code == "page_gone"


def test_a_page_loaded_anew_sends_nothing_yet() -> None:
    call = a_call_with_guest()
    call.handle_media("anna", Media(microphone="on", camera="on"))
    call.handle_connected(1.0, "anna", "page-of-anna")
    assert call.seat("anna").media.camera == "on"
    call.handle_connected(2.0, "anna", "new-page-of-anna")
    assert call.seat("anna").media.camera == "absent"


def test_a_restart_of_the_server_keeps_everybody_in() -> None:
    call = a_call_with_guest()
    call.handle_admit(HOST, "anna")
    restored = Call.restored(100.0, call.record)
    assert states(restored) == states(call)
    assert restored.deadline() == 100.0 + ABANDONED_AFTER_S
    restored.handle_connected(101.0, "anna", "page-of-anna")
    restored.require_may_describe("anna", HOST, "page-of-maria")


def test_whoever_left_is_not_brought_back_by_a_reload() -> None:
    call = a_call_with_guest()
    call.handle_guest_seated(0.0, "ben", "Ben")
    call.handle_leave("anna")
    call.events()
    call.handle_connected(1.0, "anna", "new-page")
    call.handle_disconnected(2.0, "anna")
    assert call.events() == []
    assert call.seat("anna").instance == "page-of-anna"


def test_nothing_changes_after_the_end() -> None:
    call = a_call_with_guest()
    call.handle_leave(HOST)
    attempts: list[Callable[[], None]] = [
        lambda: call.handle_guest_seated(1.0, "ben", "Ben"),
        lambda: call.handle_media("anna", Media(microphone="on", camera="on")),
        lambda: call.handle_leave("anna"),
        lambda: call.require_may_describe("anna", HOST, "page-of-maria"),
    ]
    for late in attempts:
        with pytest.raises(RefusedError, match="has ended"):
            late()
    call.events()
    call.handle_time(1e9)
    assert call.events() == []


def test_an_unknown_participant_is_refused() -> None:
    with pytest.raises(RefusedError, match="Nobody of that name"):
        a_call().handle_leave("nobody")


class AnyCourse(RuleBasedStateMachine):
    """Whatever happens in whatever order: refusals are RefusedError, time goes on, and the invariants hold."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.call = a_call()
        self.guests = 0

    someone = st.sampled_from([HOST, "g1", "g2", "g3", "g4", "nobody"])

    @rule()
    @precondition(lambda self: self.guests < 4)
    def seat(self) -> None:
        self.guests += 1
        self.attempt(lambda: self.call.handle_guest_seated(self.now, f"g{self.guests}", "Guest"))

    @rule(who=someone, page=st.sampled_from(["a", "b"]))
    def connect(self, who: str, page: str) -> None:
        self.attempt(lambda: self.call.handle_connected(self.now, who, page))

    @rule(who=someone)
    def disconnect(self, who: str) -> None:
        self.attempt(lambda: self.call.handle_disconnected(self.now, who))

    @rule(by=someone, who=someone, admit=st.booleans())
    def decide(self, by: str, who: str, admit: bool) -> None:
        handle = self.call.handle_admit if admit else self.call.handle_refuse
        self.attempt(lambda: handle(by, who))

    @rule(who=someone)
    def leave(self, who: str) -> None:
        self.attempt(lambda: self.call.handle_leave(who))

    @rule(after=st.floats(0, 2000))
    def time(self, after: float) -> None:
        self.now += after
        self.call.handle_time(self.now)

    @rule()
    def restart(self) -> None:
        self.call = Call.restored(self.now, self.call.record)

    def attempt(self, action: Callable[[], None]) -> None:
        before = self.call.record
        try:
            action()
        except RefusedError:
            assert self.call.record == before, "a refusal changes nothing"

    @invariant()
    def ends_once_and_says_so(self) -> None:
        assert sum(isinstance(event, Ended) for event in self.call.events()) <= 1
        record = self.call.record
        assert (record.phase == "ended") == (record.end_reason is not None)

    @invariant()
    def is_due_only_while_open(self) -> None:
        deadline = self.call.deadline()
        if deadline is not None:
            assert not self.call.has_ended
            present = [seat for seat in self.call.viewers() if seat.state in PRESENT]
            assert any(seat.gone_since is not None for seat in present)

    @invariant()
    def everybody_sees_themselves_and_the_host(self) -> None:
        for seat in self.call.viewers():
            shown = [participant.id for participant in self.call.view_for(seat.id).participants]
            assert shown[0] == HOST
            assert seat.id in shown


TestAnyCourse = AnyCourse.TestCase
TestAnyCourse.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
