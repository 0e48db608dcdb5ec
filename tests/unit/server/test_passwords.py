"""Passwords."""

import asyncio
from collections.abc import Iterator

import pytest
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from sightline.errors import RefusedError
from sightline.server.passwords import MAX_WAITING, Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(CHEAPEST)
    yield passwords
    passwords.close()


async def test_the_right_password_is_right(passwords: Passwords) -> None:
    stored = await passwords.hashed("correct horse")
    assert stored.startswith("$argon2id$")
    assert await passwords.is_right("correct horse", stored)
    assert not await passwords.is_right("correct horsf", stored)
    assert not await passwords.is_right("", stored)


async def test_where_there_is_no_account_no_password_is_right(passwords: Passwords) -> None:
    assert not await passwords.is_right("", None)
    assert not await passwords.is_right("correct horse", None)


async def test_a_password_is_never_cut_to_fit(passwords: Passwords) -> None:
    stored = await passwords.hashed("x" * 1024)
    assert await passwords.is_right("x" * 1024, stored)
    assert not await passwords.is_right("x" * 1025, stored)


async def test_another_cost_asks_for_a_rehash(passwords: Passwords) -> None:
    stored = await passwords.hashed("correct horse")
    assert not passwords.needs_rehash(stored)
    today = Passwords(RFC_9106_LOW_MEMORY)
    assert today.needs_rehash(stored)
    today.close()


async def test_a_flood_is_turned_away_and_forgotten(passwords: Passwords) -> None:
    answers = await asyncio.gather(
        *(passwords.is_right("guess", None) for _ in range(MAX_WAITING + 10)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, RefusedError)]
    assert [answer.code for answer in refused] == ["server_busy"] * 10
    assert not await passwords.is_right("guess", None)


async def test_whoever_hangs_up_makes_no_room_before_the_work_is_done(passwords: Passwords) -> None:
    waiting = [asyncio.create_task(passwords.is_right("guess", None)) for _ in range(MAX_WAITING)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    with pytest.raises(RefusedError):
        await passwords.is_right("guess", None)
    await asyncio.gather(*waiting, return_exceptions=True)
