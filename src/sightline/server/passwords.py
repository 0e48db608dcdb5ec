"""Passwords: argon2id, in threads of their own, never more than a few at once."""

import asyncio
import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from sightline.errors import RefusedError
from sightline.people.names import MAX_PASSWORD_LENGTH

AT_ONCE: Final = 2
"""64 MiB and four lanes each (RFC 9106 §4, second recommendation): 128 MiB at most. One takes 0.11 s on two cores."""
MAX_WAITING: Final = 64
"""Seven seconds' worth: one check keeps both cores busy, so two at once are no faster than one after the other. Whoever
comes later is told to come back rather than left to wait."""

_Result = TypeVar("_Result")


class Passwords:
    """Hashes and checks passwords. `cost` is lowered by tests only."""

    def __init__(self, cost: Parameters = RFC_9106_LOW_MEMORY) -> None:
        self._hasher = PasswordHasher.from_parameters(cost)
        self._nobodys = _nobodys_hash(cost)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0

    async def hashed(self, password: str) -> str:
        """The password as it is stored."""
        return await self._in_thread(lambda: self._hasher.hash(_bytes(password)))

    async def is_right(self, password: str, stored: str | None) -> bool:
        """Whether it is the password. `stored` is None where there is no such account: it takes as long to say no."""
        wanted = self._nobodys if stored is None or len(password) > MAX_PASSWORD_LENGTH else stored
        tried = _bytes(password[:MAX_PASSWORD_LENGTH])
        return await self._in_thread(lambda: self._verified(wanted, tried)) and wanted is stored

    def needs_rehash(self, stored: str) -> bool:
        """Whether it was hashed at another cost than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verified(self, stored: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return False
        except InvalidHashError as error:
            raise AssertionError("what is stored as a password's hash is one") from error

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        if self._waiting >= MAX_WAITING:
            raise RefusedError(
                "server_busy",
                "Too many people are signing in at this moment.",
                hint="Try again in a few seconds.",
                retry_after_s=5,
            )
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # Counted down when the work is done, not when the caller has gone: a client that hangs up frees no core.
        future.add_done_callback(self._count_down)
        return await asyncio.shield(future)

    def _count_down(self, _future: object) -> None:
        self._waiting -= 1


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")  # JSON can carry half a character


def _nobodys_hash(cost: Parameters) -> str:
    # Well-formed and matched by nothing: checking against it costs what checking against a real one does.
    salt, digest = (base64.b64encode(bytes(size)).rstrip(b"=").decode() for size in (cost.salt_len, cost.hash_len))
    return f"$argon2id$v={cost.version}$m={cost.memory_cost},t={cost.time_cost},p={cost.parallelism}${salt}${digest}"
