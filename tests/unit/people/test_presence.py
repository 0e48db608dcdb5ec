"""Whether people can be reached."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sightline.people.presence import Presences
from sightline.wire.signalling import Presence


def test_somebody_never_seen_is_offline() -> None:
    presences = Presences()
    assert presences.presence_of("maria") == "offline"
    assert presences.changes() == {}
    assert presences.deadline() is None


def test_connecting_makes_available_and_is_told_once() -> None:
    presences = Presences()
    presences.handle_connected(0, "maria", "tab")
    presences.handle_connected(0, "maria", "phone")
    assert presences.changes() == {"maria": "available"}
    assert presences.changes() == {}


def test_a_reload_does_not_flicker() -> None:
    presences = Presences(grace_s=5)
    presences.handle_connected(0, "maria", "tab")
    presences.changes()
    presences.handle_disconnected(10, "maria", "tab")
    assert presences.deadline() == 15
    presences.handle_connected(12, "maria", "tab again")
    assert presences.deadline() is None
    presences.handle_time(20)
    assert presences.changes() == {}


def test_somebody_gone_is_offline_after_the_grace() -> None:
    presences = Presences(grace_s=5)
    presences.handle_connected(0, "maria", "tab")
    presences.changes()
    presences.handle_disconnected(10, "maria", "tab")
    presences.handle_time(14.9)
    assert presences.changes() == {}
    presences.handle_time(15)
    assert presences.changes() == {"maria": "offline"}
    assert presences.deadline() is None


def test_one_device_is_enough_to_stay() -> None:
    presences = Presences()
    presences.handle_connected(0, "maria", "tab")
    presences.handle_connected(0, "maria", "phone")
    presences.handle_disconnected(1, "maria", "tab")
    assert presences.deadline() is None
    assert presences.presence_of("maria") == "available"


def test_somebody_in_a_call_is_busy_until_the_last_call_is_left() -> None:
    presences = Presences()
    presences.handle_connected(0, "maria", "tab")
    presences.handle_call_joined(1, "maria", "a")
    presences.handle_call_joined(1, "maria", "b")
    assert presences.changes() == {"maria": "busy"}
    presences.handle_call_left(2, "maria", "a")
    assert presences.changes() == {}
    presences.handle_call_left(3, "maria", "b")
    assert presences.changes() == {"maria": "available"}


def test_a_change_and_its_undoing_between_two_drains_is_no_change() -> None:
    presences = Presences()
    presences.handle_connected(0, "maria", "tab")
    presences.changes()
    presences.handle_call_joined(1, "maria", "a")
    presences.handle_call_left(1, "maria", "a")
    assert presences.changes() == {}


def test_somebody_in_a_call_without_a_device_cannot_be_reached_and_is_busy_again_when_back() -> None:
    presences = Presences(grace_s=5)
    presences.handle_connected(0, "maria", "tab")
    presences.handle_call_joined(0, "maria", "a")
    presences.handle_disconnected(1, "maria", "tab")
    assert presences.presence_of("maria") == "busy"
    presences.handle_time(6)
    assert presences.changes() == {}  # never reported as anything else
    presences.handle_connected(60, "maria", "tab")
    assert presences.changes() == {"maria": "busy"}


def test_somebody_removed_is_offline_at_once() -> None:
    presences = Presences()
    presences.handle_connected(0, "maria", "tab")
    presences.changes()
    presences.handle_removed(1, "maria")
    assert presences.changes() == {"maria": "offline"}
    presences.handle_disconnected(2, "maria", "tab")
    presences.handle_call_left(2, "maria", "a")
    assert presences.deadline() is None


PEOPLE = st.sampled_from(["maria", "noor", "olu"])
NAMES = st.sampled_from(["a", "b"])


class Watcher(RuleBasedStateMachine):
    """Somebody who hears only the changes knows the same as somebody who may ask."""

    def __init__(self) -> None:
        super().__init__()
        self.presences = Presences(grace_s=5)
        self.now = 0.0
        self.heard: dict[str, Presence] = {}
        self.devices: dict[str, set[str]] = {}
        self.gone_at: dict[str, float] = {}
        self.calls: dict[str, set[str]] = {}

    @rule(person=PEOPLE, device=NAMES)
    def connect(self, person: str, device: str) -> None:
        self.presences.handle_connected(self.now, person, device)
        self.devices.setdefault(person, set()).add(device)

    @rule(person=PEOPLE, device=NAMES)
    def disconnect(self, person: str, device: str) -> None:
        self.presences.handle_disconnected(self.now, person, device)
        devices = self.devices.get(person, set())
        if device in devices:
            devices.discard(device)
            self.gone_at[person] = self.now

    @rule(person=PEOPLE, call=NAMES)
    def join(self, person: str, call: str) -> None:
        self.presences.handle_call_joined(self.now, person, call)
        self.calls.setdefault(person, set()).add(call)

    @rule(person=PEOPLE, call=NAMES)
    def leave(self, person: str, call: str) -> None:
        self.presences.handle_call_left(self.now, person, call)
        self.calls.get(person, set()).discard(call)

    @rule(seconds=st.floats(0, 8))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.presences.handle_time(self.now)

    @rule()
    def drain(self) -> None:
        changes = self.presences.changes()
        assert all(self.heard.get(person, "offline") != presence for person, presence in changes.items())
        self.heard.update(changes)
        for person in ("maria", "noor", "olu"):
            assert self.heard.get(person, "offline") == self.presences.presence_of(person)

    @invariant()
    def presence_follows_from_devices_calls_and_grace(self) -> None:
        for person in ("maria", "noor", "olu"):
            gone_at = self.gone_at.get(person)
            within_grace = gone_at is not None and self.now < gone_at + 5
            reachable = bool(self.devices.get(person)) or within_grace
            expected = "offline" if not reachable else "busy" if self.calls.get(person) else "available"
            assert self.presences.presence_of(person) == expected


Watcher.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestWatcher = Watcher.TestCase
