"""How often one may try to sign in."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from sightline.errors import RefusedError
from sightline.people.throttle import Limit, Throttle, ThrottleSettings, network_of

HOME = "192.0.2.1"
SMALL = ThrottleSettings(
    account_from_network=Limit(burst=3, interval_s=60),
    network=Limit(burst=10, interval_s=10),
    account=Limit(burst=6, interval_s=60),
    max_remembered=20,
)


def wait_told_s(throttle: Throttle, now: float, account: str, address: str) -> int | None:
    """None: the attempt passed."""
    try:
        throttle.handle_attempt(now, account, address)
    except RefusedError as refused:
        return refused.retry_after_s
    return None


def attempts_passed(throttle: Throttle, now: float, account: str, addresses: list[str]) -> int:
    return sum(wait_told_s(throttle, now, account, address) is None for address in addresses)


def retry_after_s(throttle: Throttle, now: float, account: str, address: str) -> int:
    with pytest.raises(RefusedError) as refused:
        throttle.handle_attempt(now, account, address)
    assert refused.value.code == "too_many_attempts"
    assert refused.value.retry_after_s is not None
    return refused.value.retry_after_s


def test_a_few_mistakes_are_free_then_one_must_wait() -> None:
    throttle = Throttle(SMALL)
    assert attempts_passed(throttle, 0, "maria", [HOME] * 5) == 3
    assert retry_after_s(throttle, 0, "maria", HOME) == 60


def test_waiting_as_told_is_enough_and_asking_in_between_costs_nothing() -> None:
    throttle = Throttle(SMALL)
    attempts_passed(throttle, 0, "maria", [HOME] * 3)
    for now in range(1, 60):
        assert retry_after_s(throttle, now, "maria", HOME) == 60 - now
    throttle.handle_attempt(60, "maria", HOME)
    assert retry_after_s(throttle, 60, "maria", HOME) == 60


def test_the_right_password_wipes_the_slate() -> None:
    throttle = Throttle(SMALL)
    attempts_passed(throttle, 0, "maria", [HOME] * 3)
    throttle.handle_success(0, "maria", HOME)
    assert attempts_passed(throttle, 0, "maria", [HOME] * 5) == 3


def test_signing_in_often_is_no_offence() -> None:
    throttle = Throttle(SMALL)
    for _ in range(1000):
        throttle.handle_attempt(0, "maria", HOME)
        throttle.handle_success(0, "maria", HOME)
    assert throttle.remembered() == 1


def test_guesses_sent_at_once_are_counted_before_they_are_looked_at() -> None:
    throttle = Throttle(SMALL)
    assert attempts_passed(throttle, 0, "maria", [HOME] * 100) == 3


def test_one_network_cannot_try_many_accounts() -> None:
    throttle = Throttle(SMALL)
    passed = sum(attempts_passed(throttle, 0, f"person{number}", [HOME]) for number in range(30))
    assert passed == 10


def test_an_account_of_ones_own_does_not_buy_more_guesses() -> None:
    throttle = Throttle(SMALL)
    passed = 0
    for number in range(30):
        passed += attempts_passed(throttle, 0, f"victim{number}", [HOME])
        if attempts_passed(throttle, 0, "mallory", [HOME]):
            throttle.handle_success(0, "mallory", HOME)
    assert passed <= 10


def test_many_networks_cannot_guess_one_account() -> None:
    throttle = Throttle(SMALL)
    assert attempts_passed(throttle, 0, "maria", [f"198.51.100.{number}" for number in range(200)]) == 6


def test_an_attack_from_elsewhere_does_not_lock_out_a_network_that_is_known() -> None:
    throttle = Throttle(SMALL)
    throttle.handle_attempt(0, "maria", HOME)
    throttle.handle_success(0, "maria", HOME)
    attempts_passed(throttle, 1, "maria", [f"198.51.100.{number}" for number in range(200)])
    throttle.handle_attempt(1, "maria", HOME)


def test_an_attack_from_elsewhere_holds_up_a_new_network_for_a_minute_not_for_ever() -> None:
    throttle = Throttle(SMALL)
    attempts_passed(throttle, 0, "maria", [f"198.51.100.{number}" for number in range(200)])
    assert retry_after_s(throttle, 0, "maria", HOME) == 60
    throttle.handle_attempt(60, "maria", HOME)


def test_no_network_is_known_after_the_account_was_locked_out() -> None:
    throttle = Throttle(SMALL)
    throttle.handle_attempt(0, "maria", HOME)
    throttle.handle_success(0, "maria", HOME)
    throttle.handle_removed("maria")
    attempts_passed(throttle, 0, "maria", [f"198.51.100.{number}" for number in range(200)])
    assert retry_after_s(throttle, 0, "maria", HOME) == 60


def test_the_hint_speaks_of_minutes_when_it_is_minutes() -> None:
    throttle = Throttle(ThrottleSettings(account_from_network=Limit(1, 600)))
    throttle.handle_attempt(0, "maria", HOME)
    with pytest.raises(RefusedError) as refused:
        throttle.handle_attempt(0, "maria", HOME)
    assert "10 minutes" in refused.value.hint


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, ""),
        ("", ""),
        ("testclient", ""),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_a_flood_of_made_up_logins_is_forgotten_again() -> None:
    throttle = Throttle(SMALL)
    for number in range(1000):
        attempts_passed(throttle, 0, f"made up {number}", [f"10.1.{number // 250}.{number % 250}"])
        assert throttle.remembered() <= 4 * SMALL.max_remembered


class Users(RuleBasedStateMachine):
    """Whoever does what: wrong passwords stay within the limit, and waiting as told is enough."""

    def __init__(self) -> None:
        super().__init__()
        self.throttle = Throttle(replace(SMALL, max_remembered=50_000))
        self.now = 0.0
        self.failed_at: dict[tuple[str, str], list[float]] = {}

    @rule(account=st.sampled_from("ab"), host=st.integers(0, 3))
    def fail(self, account: str, host: int) -> None:
        address = f"192.0.2.{host}"
        wait_s = wait_told_s(self.throttle, self.now, account, address)
        if wait_s is not None:
            assert 1 <= wait_s <= 60
            return
        failed_at = self.failed_at.setdefault((account, address), [])
        failed_at.append(self.now)
        for first, since in enumerate(failed_at):
            assert len(failed_at) - first <= 3 + (self.now - since) / 60

    @rule(account=st.sampled_from("ab"), host=st.integers(0, 3))
    def wait_as_told_and_succeed(self, account: str, host: int) -> None:
        address = f"192.0.2.{host}"
        wait_s = wait_told_s(self.throttle, self.now, account, address)
        if wait_s is not None:
            self.now += wait_s
            self.throttle.handle_attempt(self.now, account, address)
        self.throttle.handle_success(self.now, account, address)
        self.failed_at.pop((account, address), None)

    @rule(seconds=st.floats(0, 200))
    def wait(self, seconds: float) -> None:
        self.now += seconds


Users.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestUsers = Users.TestCase
