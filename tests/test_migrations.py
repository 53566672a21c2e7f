"""Numbered SQL files: applied once, whole or not at all, and never changed afterwards."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from gateway.postgres import PostgresServer
from tongban_adapters.migrations import MigrationError, migrate, read_scripts


@pytest.fixture
async def database(postgres: PostgresServer) -> str:
    """An empty database's address."""
    name = f"migrations_{uuid4().hex[:8]}"
    return await postgres.ensure_database(name, name, "secret")


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    (tmp_path / "0001_streets.sql").write_text("CREATE TABLE street (name text); INSERT INTO street VALUES ('江东路');")
    (tmp_path / "0002_houses.sql").write_text("CREATE TABLE house (number int);\nINSERT INTO house VALUES (7);")
    (tmp_path / "README.md").write_text("not a script")
    return tmp_path


async def counts(connection: asyncpg.Connection) -> tuple[int, int, int]:
    row = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM street), (SELECT count(*) FROM house), (SELECT count(*) FROM tongban_migrations)"
    )
    assert row is not None
    return tuple(row)


async def tables(connection: asyncpg.Connection) -> set[str]:
    return {row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


async def test_run_twice_each_file_is_applied_once(connection: asyncpg.Connection, scripts: Path) -> None:
    assert await migrate(connection, scripts) == ["0001_streets.sql", "0002_houses.sql"]
    assert await migrate(connection, scripts) == []
    assert await counts(connection) == (1, 1, 2)


async def test_a_file_that_came_later_is_applied_alone(connection: asyncpg.Connection, scripts: Path) -> None:
    await migrate(connection, scripts)
    (scripts / "0003_more.sql").write_text("INSERT INTO house VALUES (8);")
    assert await migrate(connection, scripts) == ["0003_more.sql"]
    assert await counts(connection) == (1, 2, 3)


async def test_runners_at_the_same_time_apply_each_file_once(database: str, scripts: Path) -> None:
    connections = [await asyncpg.connect(database) for _ in range(4)]
    done = await asyncio.gather(*(migrate(connection, scripts) for connection in connections))
    assert sorted(done, key=len) == [[], [], [], ["0001_streets.sql", "0002_houses.sql"]]
    assert await counts(connections[0]) == (1, 1, 2)
    for connection in connections:
        await connection.close()


async def test_a_changed_file_is_named_and_nothing_is_applied(connection: asyncpg.Connection, scripts: Path) -> None:
    await migrate(connection, scripts)
    (scripts / "0001_streets.sql").write_text("CREATE TABLE street (name text, code int);")
    (scripts / "0003_more.sql").write_text("CREATE TABLE more ();")
    with pytest.raises(MigrationError, match=r"^0001_streets\.sql: was changed after it had been applied"):
        await migrate(connection, scripts)
    assert "more" not in await tables(connection)


async def test_a_failing_file_leaves_nothing_behind(connection: asyncpg.Connection, scripts: Path) -> None:
    (scripts / "0002_houses.sql").write_text("CREATE TABLE house (number int); SELECT 1 / 0; CREATE TABLE roof ();")
    with pytest.raises(MigrationError, match=r"^0002_houses\.sql: 22012 division by zero"):
        await migrate(connection, scripts)
    assert await tables(connection) == {"street", "tongban_migrations"}
    (scripts / "0002_houses.sql").write_text("CREATE TABLE house (number int);")
    assert await migrate(connection, scripts) == ["0002_houses.sql"]


async def test_a_file_that_cannot_be_noted_is_not_applied(connection: asyncpg.Connection, scripts: Path) -> None:
    (scripts / "0002_houses.sql").write_text(
        "CREATE TABLE house (); INSERT INTO tongban_migrations VALUES ('0002_houses.sql', 'mine');"
    )
    with pytest.raises(MigrationError, match=r"^0002_houses\.sql: 23505"):
        await migrate(connection, scripts)
    assert await tables(connection) == {"street", "tongban_migrations"}


async def test_after_a_failure_the_next_runner_does_not_wait(
    connection: asyncpg.Connection, database: str, scripts: Path
) -> None:
    (scripts / "0003_wrong.sql").write_text("SELEC;")
    with pytest.raises(MigrationError, match=r"^0003_wrong\.sql: 42601"):
        await migrate(connection, scripts)
    (scripts / "0003_wrong.sql").unlink()
    other = await asyncpg.connect(database)
    async with asyncio.timeout(5):
        assert await migrate(other, scripts) == []
    await other.close()


async def test_two_ledgers_keep_two_folders_apart(
    connection: asyncpg.Connection, scripts: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "0001_streets.sql").write_text("CREATE TABLE lane ();")
    await migrate(connection, scripts)
    assert await migrate(connection, other, ledger="other_migrations") == ["0001_streets.sql"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("1_short.sql", "", "the name must be like 0001_what_it_does.sql"),
        ("0002_twice.sql", "", "has the number of 0002_houses.sql"),
        ("0003_ends.sql", "CREATE TABLE a ();\n COMMIT;", "must not begin or end a transaction, it runs in one"),
    ],
)
def test_a_folder_that_cannot_be_right_is_refused(scripts: Path, name: str, text: str, problem: str) -> None:
    (scripts / name).write_text(text)
    with pytest.raises(MigrationError) as refused:
        read_scripts(scripts)
    assert str(refused.value) == f"{name}: {problem}"


async def test_a_ledger_name_is_a_plain_word(connection: asyncpg.Connection, scripts: Path) -> None:
    with pytest.raises(ValueError, match="is not a plain table name"):
        await migrate(connection, scripts, ledger="x; DROP TABLE street")
    assert await tables(connection) == set()
