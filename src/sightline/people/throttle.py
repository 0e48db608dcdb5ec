"""How often one may try to sign in.

Three limits, all of them token buckets: an attempt passes if each has a token left, takes one from each, and
gets it back if the password was right. Taking the token before the password is looked at means that a hundred
guesses sent at once are a hundred guesses, not one.

    limit                   what it stops                                  a real user is held up by it when
    account from network    guessing one password from one place           somebody beside them guesses at it
    network                 trying one password on many accounts           many colleagues behind the same
                                                                           address mistype at once
    account, anywhere       guessing one password from many places         it happens, and they come from a
                                                                           network they have not used before

The last one is where lock-outs are born: whoever knows a login could shut its owner out. So it does not apply
to a network from which the account has signed in before ("known"), and a token comes back every minute, so even
on a new network the owner waits minutes, not until the attacker tires. The price: known networks are kept in
memory only, so a restart during an attack makes them new again.

An IPv6 network is the /64: a household or a phone owns one and may use any address in it.
"""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

from sightline.errors import RefusedError

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket: `burst` attempts at once, then one every `interval_s`."""

    burst: int
    interval_s: float


@dataclass(frozen=True, slots=True)
class ThrottleSettings:
    """The limits, from mild to wide. Guesses, on the side of the user: 1440 guesses a day at most on one account
    do not reach a password of ten characters that is not on a list of leaked ones.
    """

    account_from_network: Limit = Limit(burst=6, interval_s=60)
    network: Limit = Limit(burst=30, interval_s=10)
    account: Limit = Limit(burst=50, interval_s=60)
    max_remembered: int = 50_000
    """Entries per limit; the longest unused go first. 50,000 take about 10 MB."""


class Throttle:
    """The attempts of the recent past. `now` never goes back (it is `clock.monotonic`)."""

    def __init__(self, settings: ThrottleSettings | None = None) -> None:
        settings = settings or ThrottleSettings()
        self._account_from_network = _Buckets[tuple[str, str]](settings.account_from_network, settings.max_remembered)
        self._network = _Buckets[str](settings.network, settings.max_remembered)
        self._account = _Buckets[str](settings.account, settings.max_remembered)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._max_known = settings.max_remembered

    def handle_attempt(self, now: float, account: str, address: str | None) -> None:
        """Count an attempt, or raise RefusedError `too_many_attempts` and count nothing.

        `account` is the `login_key`, whether such an account exists or not: the answer must not tell.
        """
        network = network_of(address)
        pair = (account, network)
        is_known = pair in self._known
        wait_s = max(
            self._account_from_network.wait_s(now, pair),
            self._network.wait_s(now, network),
            0.0 if is_known else self._account.wait_s(now, account),
        )
        if wait_s > 0:
            raise _too_many_attempts(ceil(wait_s))
        self._account_from_network.take(now, pair)
        self._network.take(now, network)
        if not is_known:
            self._account.take(now, account)

    def handle_success(self, now: float, account: str, address: str | None) -> None:
        """The attempt counted last was right: its tokens come back, and the network is known from now on.

        Only the pair is wiped clean. Wiping the network's bucket would let a guesser with an account of their own
        start afresh at will; wiping the account's would reward the attacker each time its owner signs in.
        """
        network = network_of(address)
        pair = (account, network)
        self._account_from_network.wipe(pair)
        self._network.give_back(now, network)
        if pair not in self._known:
            self._account.give_back(now, account)
        self._known[pair] = None
        self._known.move_to_end(pair)
        if len(self._known) > self._max_known:
            self._known.popitem(last=False)

    def handle_removed(self, account: str) -> None:
        """The account's password has changed hands or the account is locked out: no network is known any more."""
        for pair in [pair for pair in self._known if pair[0] == account]:
            del self._known[pair]

    def remembered(self) -> int:
        """How many entries are held: for the metrics and for the test that it is bounded."""
        return len(self._account_from_network) + len(self._network) + len(self._account) + len(self._known)


def network_of(address: str | None) -> str:
    """What counts as one client: the IPv4 address or the IPv6 /64; "" where the address is not known."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))


class _Buckets(Generic[_Key]):
    """Token buckets, each kept as one number: when it will be full again (GCRA). Full ones need no memory."""

    def __init__(self, limit: Limit, max_remembered: int) -> None:
        self._limit = limit
        self._max_remembered = max_remembered
        self._full_at: OrderedDict[_Key, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait_s(self, now: float, key: _Key) -> float:
        """How long until the bucket holds a whole token; not above 0 means now."""
        missing_s = self._full_at.get(key, now) - now
        return missing_s - (self._limit.burst - 1) * self._limit.interval_s

    def take(self, now: float, key: _Key) -> None:
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._limit.interval_s
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._max_remembered:
            self._full_at.popitem(last=False)

    def give_back(self, now: float, key: _Key) -> None:
        full_at = self._full_at.get(key, now) - self._limit.interval_s
        if full_at > now:
            self._full_at[key] = full_at
        else:
            self.wipe(key)

    def wipe(self, key: _Key) -> None:
        self._full_at.pop(key, None)


def _too_many_attempts(retry_after_s: int) -> RefusedError:
    return RefusedError(
        "too_many_attempts",
        "There were too many attempts to sign in.",
        hint=f"Wait {_in_words(retry_after_s)} and try again. If you forgot the password, ask your administrator.",
        retry_after_s=retry_after_s,
    )


def _in_words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{ceil(seconds / 60)} minutes"
