"""People, sessions, invites and calls: what is stored comes back."""

import asyncio
from dataclasses import replace

import pytest

from sightline.store import calls, invites, meta, people, sessions
from sightline.store.calls import CallRecord
from sightline.store.database import Database
from sightline.store.invites import InviteRecord
from sightline.store.people import LoginTakenError, OrganisationRecord, PersonRecord
from sightline.store.sessions import SessionRecord
from tests.service.store.conftest import MARIA

SESSION = SessionRecord("s1", "maria", b"t" * 32, created_at=1.0, last_seen_at=1.0, expires_at=100.0)
INVITE = InviteRecord("i1", "maria", b"i" * 32, "pump 3", created_at=1.0, expires_at=100.0)


async def add(database: Database, *records: PersonRecord | SessionRecord | InviteRecord) -> None:
    async with database.writing() as connection:
        for record in records:
            match record:
                case PersonRecord():
                    await people.add_person(connection, record)
                case SessionRecord():
                    await sessions.add(connection, record)
                case InviteRecord():
                    await invites.add(connection, record)


async def test_people_come_back_as_they_were(database: Database) -> None:
    async with database.reading() as connection:
        assert await people.by_id(connection, "maria") == MARIA
        assert await people.by_login(connection, "maria") == MARIA
        assert await people.by_login(connection, "noor") is None
        assert await people.organisation_by_id(connection, "acme") == OrganisationRecord("acme", "Acme", 1.0)
        assert await people.has_own_passwords(connection)


async def test_people_are_listed_by_name(database: Database) -> None:
    await add(
        database,
        replace(MARIA, id="2", login="b", name="adam"),
        replace(MARIA, id="3", login="c", name="Zoe"),
    )
    async with database.reading() as connection:
        assert [person.name for person in await people.of_organisation(connection, "acme")] == ["adam", "Maria", "Zoe"]
        assert await people.of_organisation(connection, "other") == []


async def test_a_login_is_given_once(database: Database) -> None:
    with pytest.raises(LoginTakenError):
        await add(database, replace(MARIA, id="other"))


async def test_a_lock_out_counts_once(database: Database) -> None:
    async with database.writing() as connection:
        assert await people.lock_out(connection, "maria", 5.0)
        assert not await people.lock_out(connection, "maria", 6.0)
        assert not await people.lock_out(connection, "nobody", 6.0)
        assert await people.by_id(connection, "maria") == replace(MARIA, locked_out_at=5.0)


async def test_administrators_who_are_locked_out_do_not_count(database: Database) -> None:
    await add(
        database, replace(MARIA, id="a", login="a", role="admin"), replace(MARIA, id="b", login="b", role="admin")
    )
    async with database.writing() as connection:
        assert await people.count_active_admins(connection, "acme") == 2
        await people.lock_out(connection, "a", 5.0)
        assert await people.count_active_admins(connection, "acme") == 1


async def test_a_rehash_does_not_undo_a_change_of_password(database: Database) -> None:
    async with database.writing() as connection:
        await people.set_password(connection, "maria", "new", must_change_password=True)
        await people.replace_hash(connection, "maria", old_hash="hash", new_hash="rehashed")
        assert await people.by_id(connection, "maria") == replace(MARIA, password_hash="new", must_change_password=True)
        await people.replace_hash(connection, "maria", old_hash="new", new_hash="rehashed")
        changed = await people.by_id(connection, "maria")
        assert changed is not None
        assert changed.password_hash == "rehashed"


async def test_a_session_says_who_it_is(database: Database) -> None:
    await add(database, SESSION)
    async with database.reading() as connection:
        found = await sessions.by_token_hash(connection, SESSION.token_hash, 99.0)
        assert found == sessions.SignedIn(SESSION, MARIA, "Acme")
        assert await sessions.by_token_hash(connection, b"x" * 32, 99.0) is None


async def test_a_session_ends_when_it_expires_or_its_person_is_locked_out(database: Database) -> None:
    await add(database, SESSION)
    async with database.writing() as connection:
        assert await sessions.by_token_hash(connection, SESSION.token_hash, 100.0) is None
        await sessions.touch(connection, "s1", last_seen_at=90.0, expires_at=200.0)
        assert await sessions.by_token_hash(connection, SESSION.token_hash, 199.0) is not None
        await people.lock_out(connection, "maria", 150.0)
        assert await sessions.by_token_hash(connection, SESSION.token_hash, 199.0) is None


async def test_all_sessions_but_one_are_ended(database: Database) -> None:
    await add(database, SESSION, replace(SESSION, id="s2", token_hash=b"2"), replace(SESSION, id="s3", token_hash=b"3"))
    async with database.writing() as connection:
        await sessions.end_all_of(connection, "maria", but="s2")
        assert await sessions.by_token_hash(connection, SESSION.token_hash, 1.0) is None
        assert await sessions.by_token_hash(connection, b"2", 1.0) is not None
        await sessions.end(connection, "s2")
        assert await sessions.by_token_hash(connection, b"2", 1.0) is None


async def test_expired_sessions_are_swept(database: Database) -> None:
    await add(database, SESSION, replace(SESSION, id="s2", token_hash=b"2", expires_at=500.0))
    async with database.writing() as connection:
        assert await sessions.sweep(connection, 100.0) == 1
        assert await sessions.by_token_hash(connection, b"2", 100.0) is not None


async def test_an_invite_knows_its_host(database: Database) -> None:
    await add(database, INVITE)
    async with database.reading() as connection:
        assert await invites.by_token_hash(connection, INVITE.token_hash) == invites.HostedInvite(
            INVITE, "Maria", "acme", "Acme"
        )
        assert await invites.by_token_hash(connection, b"x" * 32) is None
        assert await invites.by_id(connection, "i1") == INVITE


async def test_invites_are_listed_newest_first(database: Database) -> None:
    await add(database, INVITE, replace(INVITE, id="i2", token_hash=b"2", created_at=2.0))
    async with database.reading() as connection:
        assert [invite.id for invite in await invites.of_host(connection, "maria")] == ["i2", "i1"]


async def test_of_twenty_who_use_an_invite_at_once_one_wins(database: Database) -> None:
    await add(database, INVITE)

    async def use(number: int) -> bool:
        async with database.writing() as connection:
            return await invites.use(
                connection, "i1", now=50.0, guest_name=f"guest {number}", seat_token_hash=bytes([number])
            )

    won = await asyncio.gather(*(use(number) for number in range(20)))
    assert sum(won) == 1
    async with database.reading() as connection:
        used = await invites.by_id(connection, "i1")
    assert used is not None
    assert used.guest_name == f"guest {won.index(True)}"


async def test_an_invite_is_not_used_once_expired_or_revoked(database: Database) -> None:
    await add(database, INVITE, replace(INVITE, id="i2", token_hash=b"2"))
    async with database.writing() as connection:
        assert not await invites.use(connection, "i1", now=100.0, guest_name="g", seat_token_hash=b"s")
        assert await invites.revoke(connection, "i2", 10.0)
        assert not await invites.revoke(connection, "i2", 10.0)
        assert not await invites.use(connection, "i2", now=50.0, guest_name="g", seat_token_hash=b"s")


async def test_a_seat_is_found_once_it_was_given_and_until_it_is_too_old(database: Database) -> None:
    await add(database, INVITE)
    async with database.writing() as connection:
        await invites.use(connection, "i1", now=50.0, guest_name="Guest", seat_token_hash=b"s")
        assert await invites.by_seat_token_hash(connection, b"s", used_after=0.0) is None
        await invites.seat(connection, "i1", call_id="c", participant_id="p")
        found = await invites.by_seat_token_hash(connection, b"s", used_after=49.0)
        assert found is not None
        assert (found.invite.call_id, found.invite.participant_id) == ("c", "p")
        assert await invites.by_seat_token_hash(connection, b"s", used_after=50.0) is None


async def test_a_use_without_a_seat_can_be_undone(database: Database) -> None:
    await add(database, INVITE)
    async with database.writing() as connection:
        await invites.use(connection, "i1", now=50.0, guest_name="Guest", seat_token_hash=b"s")
        await invites.undo_use(connection, "i1")
        assert await invites.by_id(connection, "i1") == INVITE
        await invites.use(connection, "i1", now=50.0, guest_name="Guest", seat_token_hash=b"s")
        await invites.seat(connection, "i1", call_id="c", participant_id="p")
        await invites.undo_use(connection, "i1")
        seated = await invites.by_id(connection, "i1")
        assert seated is not None
        assert seated.used_at == 50.0


async def test_the_invites_of_a_host_are_revoked_together(database: Database) -> None:
    await add(database, INVITE, replace(INVITE, id="i2", token_hash=b"2"), replace(INVITE, id="i3", token_hash=b"3"))
    async with database.writing() as connection:
        await invites.use(connection, "i2", now=50.0, guest_name="Guest", seat_token_hash=b"s")
        assert await invites.revoke_all_of(connection, "maria", 60.0) == 2


async def test_open_calls_are_taken_up_again(database: Database) -> None:
    first = CallRecord("c1", "acme", "{}", opened_at=2.0)
    second = CallRecord("c2", "acme", "{}", opened_at=1.0)
    async with database.writing() as connection:
        await calls.save(connection, first)
        await calls.save(connection, second)
        assert await calls.open_calls(connection) == [second, first]
        ended = replace(second, state='{"phase":"ended"}', ended_at=5.0)
        await calls.save(connection, ended)
        assert await calls.open_calls(connection) == [first]
        assert await calls.by_id(connection, "c2") == ended


async def test_an_invite_that_led_to_no_seat_is_opened_again(database: Database) -> None:
    await add(database, INVITE, replace(INVITE, id="i2", token_hash=b"j" * 32))
    async with database.writing() as connection:
        for invite_id, token in (("i1", b"1" * 32), ("i2", b"2" * 32)):
            assert await invites.use(connection, invite_id, now=2.0, guest_name="Olu", seat_token_hash=token)
        await invites.seat(connection, "i2", call_id="c", participant_id="p")
    async with database.writing() as connection:
        assert await invites.reopen_unseated(connection) == 1
        assert await invites.by_id(connection, "i1") == INVITE
        seated = await invites.by_id(connection, "i2")
    assert seated is not None
    assert seated.used_at == 2.0


async def test_a_host_is_shown_the_newest_hundred_invites(database: Database) -> None:
    many = [replace(INVITE, id=f"i{n}", token_hash=bytes([n]) * 32, created_at=float(n)) for n in range(102)]
    await add(database, *many)
    async with database.reading() as connection:
        listed = await invites.of_host(connection, "maria")
    assert [record.id for record in listed] == [f"i{n}" for n in range(101, 1, -1)]


async def test_a_sign_in_is_remembered_after_its_session(database: Database) -> None:
    async with database.writing() as connection:
        assert not await meta.has_been_signed_in_to(connection)
        await meta.note_sign_in(connection, 5.0)
        await meta.note_sign_in(connection, 6.0)
        assert await meta.has_been_signed_in_to(connection)
