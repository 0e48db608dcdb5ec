"""Opening, migrating, transactions."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text

from sightline.errors import DataFolderError, NewerDataError
from sightline.store import calls, meta
from sightline.store.calls import CallRecord
from sightline.store.database import Database
from sightline.store.migrations import REVISIONS
from sightline.store.tables import metadata, person


async def pragma(database: Database, name: str) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(text(f"PRAGMA {name}"))).scalar()


async def test_sqlite_is_set_up(database: Database) -> None:
    assert await pragma(database, "journal_mode") == "wal"
    assert await pragma(database, "foreign_keys") == 1
    assert await pragma(database, "synchronous") == 1
    assert await pragma(database, "busy_timeout") == 5000


async def test_the_tables_are_those_of_the_newest_migration(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def differences(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


def test_the_list_of_revisions_is_that_of_the_files() -> None:
    from alembic.script import ScriptDirectory

    import sightline.store.migrations as package

    scripts = ScriptDirectory(str(Path(package.__file__).parent))
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == REVISIONS


async def test_opening_again_finds_what_was_written(url: str) -> None:
    first = await Database.open(url)
    async with first.writing() as connection:
        assert await meta.instance_id(connection, "one") == "one"
    await first.close()
    second = await Database.open(url)
    async with second.writing() as connection:
        assert await meta.instance_id(connection, "two") == "one"
    await second.close()


def test_a_second_start_does_not_import_alembic(url: str) -> None:
    program = f"""
import asyncio, sys
from sightline.store.database import Database
async def main():
    await (await Database.open({url!r})).close()
asyncio.run(main())
print("alembic" in sys.modules)
"""
    said = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["True", "False"]


async def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    database = await Database.open(url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(NewerDataError, match="9999") as refused:
        await Database.open(url)
    assert refused.value.hint


async def test_a_file_that_is_no_database_is_the_operators_trouble(tmp_path: Path) -> None:
    (tmp_path / "sightline.db").write_text("This is a letter to my grandmother, and rather a long one at that. " * 99)
    with pytest.raises(DataFolderError, match="not a database") as refused:
        await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'sightline.db'}")
    assert refused.value.hint


async def test_a_folder_that_is_not_there_is_the_operators_trouble(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="unable to open"):
        await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'nowhere' / 'sightline.db'}")


async def test_a_failed_migration_leaves_nothing_behind(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sightline.store.migrations import upgrade

    whole = upgrade.upgrade

    def half_way(connection: Connection) -> None:
        whole(connection)
        raise RuntimeError("power cut")

    monkeypatch.setattr(upgrade, "upgrade", half_way)
    with pytest.raises(RuntimeError):
        await Database.open(url)
    monkeypatch.undo()
    database = await Database.open(url)
    async with database.reading() as connection:
        assert (await connection.execute(select(person))).all() == []
    await database.close()


async def test_a_block_that_raises_is_undone(database: Database) -> None:
    with pytest.raises(RuntimeError):
        await _write_and_fail(database)
    async with database.reading() as connection:
        assert await meta.value(connection, "colour") is None


async def _write_and_fail(database: Database) -> None:
    async with database.writing() as connection:
        await meta.set_once(connection, "colour", "blue")
        raise RuntimeError


async def test_writers_that_read_first_do_not_fail_each_other(database: Database) -> None:
    async def count_up() -> None:
        async with database.writing() as connection:
            stored = await calls.by_id(connection, "counter")
            number = int(stored.state) if stored else 0
            await asyncio.sleep(0)
            await calls.save(connection, CallRecord("counter", "acme", str(number + 1), 1.0))

    await asyncio.gather(*(count_up() for _ in range(50)))
    async with database.reading() as connection:
        stored = await calls.by_id(connection, "counter")
    assert stored is not None
    assert stored.state == "50"


async def test_two_programs_may_write(database: Database, url: str) -> None:
    other = await Database.open(url)

    async def count_up(through: Database) -> None:
        async with through.writing() as connection:
            stored = await calls.by_id(connection, "counter")
            await calls.save(
                connection, CallRecord("counter", "acme", str(int(stored.state) + 1 if stored else 1), 1.0)
            )

    await asyncio.gather(*(count_up(through) for through in [database, other] * 10))
    async with other.reading() as connection:
        stored = await calls.by_id(connection, "counter")
    assert stored is not None
    assert stored.state == "20"
    await other.close()


async def test_readers_go_on_while_somebody_writes(database: Database) -> None:
    async with database.writing() as connection:
        await meta.set_once(connection, "colour", "blue")
        async with database.reading() as reader:
            assert await meta.value(reader, "colour") is None


async def test_errors_do_not_carry_the_values(database: Database) -> None:
    with pytest.raises(Exception, match="NOT NULL") as failed:
        await _add_half_a_person(database)
    assert "Ida" not in str(failed.value)


async def _add_half_a_person(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(person).values(id="x", name="Ida"))
