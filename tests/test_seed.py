"""A registry filled with synthetic people: what the tables hold is what was generated."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from importlib.resources import files
from uuid import uuid4

import asyncpg
import pytest

from gateway.postgres import PostgresServer
from tongban_adapters.migrations import migrate
from tongban_adapters.model import FOREVER
from tongban_adapters.sandbox.population import generate, planted
from tongban_adapters.sandbox.population.defects import Defect
from tongban_adapters.sandbox.population.records import Household, Person
from tongban_adapters.sandbox.seed import Seeded, seed
from tongban_adapters.vocabulary import ChangeCategory, MoveDirection

SCALE = 4000
Open = Callable[[str], Awaitable[asyncpg.Connection]]


@pytest.fixture
async def empty_registry(postgres: PostgresServer) -> AsyncIterator[Open]:
    """Open databases with the tables of a layout and nothing in them."""
    opened: list[asyncpg.Connection] = []

    async def make(layout: str) -> asyncpg.Connection:
        name = f"seed_{uuid4().hex[:8]}"
        connection = await asyncpg.connect(await postgres.ensure_database(name, name, "secret"))
        opened.append(connection)
        await migrate(connection, files(f"tongban_adapters.sandbox.layouts.{layout}"))
        return connection

    yield make
    for connection in opened:
        await connection.close()


async def counts(connection: asyncpg.Connection, tables: Mapping[str, int]) -> dict[str, int]:
    return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608


def people_of(city: str) -> tuple[list[Household], list[Person]]:
    households = list(generate(city, SCALE))
    return households, [person for household in households for person in household.members]


def nothing(people: int) -> None:
    assert people >= 0


async def test_modern_tables_hold_what_was_generated(empty_registry: Open) -> None:
    connection = await empty_registry("modern")
    households, people = people_of("ningbo")
    assert await seed(connection, "modern", "ningbo", SCALE, nothing) == Seeded(len(people), len(households))
    expected = {
        "address": len(households),
        "household": len(households),
        "person": len(people),
        "book_issue": sum(len(household.books) for household in households),
        "id_card": sum(len(person.cards) for person in people),
        "card_application": sum(len(person.applications) for person in people),
        "move": sum(len(person.moves) for person in people),
        "item_change": sum(len(person.changes) for person in people),
        "business_journal": 0,
    }
    assert await counts(connection, expected) == expected
    assert min(count for table, count in expected.items() if table != "business_journal") > 10


async def test_legacy_tables_hold_what_was_generated(empty_registry: Open) -> None:
    connection = await empty_registry("legacy")
    households, people = people_of("wenzhou")
    renamed = sum(change.category is ChangeCategory.NAME for person in people for change in person.changes)
    assert await seed(connection, "legacy", "wenzhou", SCALE, nothing) == Seeded(len(people), len(households))
    moves = [move.direction for person in people for move in person.moves]
    expected = {
        "hjxx_mlpxxxxb": len(households),
        "hjxx_hxxb": len(households),
        "hjxx_czrkjbxxb": len(people) + renamed,
        "hjyw_hkbqfxxb": sum(len(household.books) for household in households),
        "zjxx_jmsfzxxb": sum(len(person.cards) for person in people),
        "zjyw_slxxb": sum(len(person.applications) for person in people),
        "hjyw_qrdjxxb": moves.count(MoveDirection.IN),
        "hjyw_qczxxxb": moves.count(MoveDirection.OUT),
        "hjyw_bggzxxb": sum(len(person.changes) for person in people),
        "hjls_hjywlsb": 0,
    }
    assert await counts(connection, expected) == expected
    assert renamed > 5


async def test_a_renamed_person_has_an_earlier_version_in_the_legacy_layout(empty_registry: Open) -> None:
    connection = await empty_registry("legacy")
    await seed(connection, "legacy", "wenzhou", SCALE, nothing)
    rows = await connection.fetch(
        "SELECT old.xm AS old, now.xm AS now, old.jssj = now.qysj AS joined, old.rynbid < now.rynbid AS ordered"
        " FROM hjxx_czrkjbxxb old JOIN hjxx_czrkjbxxb now USING (ryid) WHERE old.jlbz = '2' AND now.jlbz = '1'"
    )
    assert rows
    assert all(row["old"] != row["now"] and row["joined"] and row["ordered"] for row in rows)
    assert await connection.fetchval("SELECT count(*) FROM hjxx_czrkjbxxb WHERE jlbz = '1'") == len(
        people_of("wenzhou")[1]
    )


async def test_the_subject_of_the_story_is_read_by_plain_sql(empty_registry: Open) -> None:
    connection = await empty_registry("legacy")
    await seed(connection, "legacy", "wenzhou", SCALE, nothing)
    row = await connection.fetchrow(
        "SELECT p.ryid, p.xm, p.xb, p.csrq, p.yhzgx, p.ryzt, p.rysdzt, p.ssxq, p.jzdssxq, p.pcs, h.hh, h.hhzt,"
        " (SELECT count(*) FROM hjxx_czrkjbxxb m WHERE m.hhid = h.hhid AND m.jlbz = '1') AS members,"
        " (SELECT string_agg(b.hkbzt, '') FROM hjyw_hkbqfxxb b WHERE b.hhid = h.hhid AND b.jlbz = '1') AS books"
        " FROM hjxx_czrkjbxxb p JOIN hjxx_hxxb h ON h.hhid = p.hhid AND h.jlbz = '1'"
        " WHERE p.gmsfhm = '33030219751120904X' AND p.jlbz = '1'"
    )
    assert row is not None
    assert dict(row) == {
        "ryid": 3303010000001, "xm": "叶静芳", "xb": "2", "csrq": "19751120", "yhzgx": "02", "ryzt": "0", "rysdzt": "0",
        "ssxq": "330302", "jzdssxq": "330782", "pcs": "330302001", "hh": "020000001", "hhzt": "0", "members": 3,
        "books": "1",
    }  # fmt: skip


async def test_the_head_of_a_modern_household_is_named_there_too(empty_registry: Open) -> None:
    connection = await empty_registry("modern")
    await seed(connection, "modern", "hangzhou", SCALE, nothing)
    agree = await connection.fetchval(
        "SELECT count(*) FROM household h JOIN person p ON p.id = h.head_person_id"
        " WHERE p.household_id = h.id AND p.relation_code IN ('02', '03') AND p.status = 'active'"
    )
    without = await connection.fetchval("SELECT count(*) FROM household WHERE head_person_id IS NULL")
    assert agree + without == await connection.fetchval("SELECT count(*) FROM household")
    assert without <= 3


async def test_planted_oddities_reach_the_legacy_columns(empty_registry: Open) -> None:
    connection = await empty_registry("legacy")
    await seed(connection, "legacy", "lishui", SCALE, nothing)
    stored = {
        Defect.IMPOSSIBLE_DATE: "SELECT csrq FROM hjxx_czrkjbxxb WHERE ryid = $1 AND csrq = substr(gmsfhm, 7, 8)",
        Defect.LONG_TERM_WORD: "SELECT yxqxjzrq FROM zjxx_jmsfzxxb WHERE ryid = $1 AND yxqxjzrq LIKE '长期%'",
        Defect.LONG_TERM_ZEROS: "SELECT yxqxjzrq FROM zjxx_jmsfzxxb WHERE ryid = $1 AND yxqxjzrq = '00000000'",
    }
    found = {entry.defect: entry.ref for entry in planted("lishui", SCALE) if entry.defect in stored}
    assert set(found) == set(stored)
    for defect, ref in found.items():
        assert await connection.fetchval(stored[Defect(defect)], ref), defect


async def test_long_term_cards_and_small_letters_as_the_clerks_wrote_them(empty_registry: Open) -> None:
    connection = await empty_registry("legacy")
    await seed(connection, "legacy", "jinhua", SCALE, nothing)
    usual = await connection.fetchval("SELECT count(*) FROM zjxx_jmsfzxxb WHERE yxqxjzrq = '99991231'")
    assert usual == sum(
        card.valid_until == FOREVER and card.until_text is None
        for person in people_of("jinhua")[1]
        for card in person.cards
    )
    small = await connection.fetchval("SELECT count(*) FROM hjxx_czrkjbxxb WHERE gmsfhm LIKE '%x'")
    large = await connection.fetchval("SELECT count(*) FROM hjxx_czrkjbxxb WHERE gmsfhm LIKE '%X'")
    assert 0 < small < large


@pytest.mark.parametrize(("layout", "city"), [("modern", "hangzhou"), ("legacy", "jinhua")])
async def test_every_sequence_continues_after_the_ids_in_use(empty_registry: Open, layout: str, city: str) -> None:
    connection = await empty_registry(layout)
    await seed(connection, layout, city, SCALE, nothing)
    defaults = await connection.fetch(
        "SELECT table_name AS table, column_name AS column, substring(column_default FROM '''(.*)''') AS sequence"
        " FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_default LIKE 'nextval%'"
    )
    assert len(defaults) >= 9
    for row in defaults:
        highest = await connection.fetchval(f"SELECT max({row['column']}) FROM {row['table']}")  # noqa: S608
        assert await connection.fetchval("SELECT nextval($1::text::regclass)", row["sequence"]) > (highest or 0)


async def test_progress_is_told_and_ends_with_everyone(empty_registry: Open) -> None:
    connection = await empty_registry("modern")
    told: list[int] = []
    seeded = await seed(connection, "modern", "ningbo", 700, told.append)
    assert told == sorted(set(told))
    assert len(told) > 2
    assert told[-1] == seeded.people == 8767


async def test_the_same_rows_on_every_run(empty_registry: Open) -> None:
    digests = set()
    for _ in range(2):
        connection = await empty_registry("legacy")
        await seed(connection, "legacy", "lishui", SCALE, nothing)
        digests.add(
            await connection.fetchval("SELECT md5(string_agg(p::text, '' ORDER BY rynbid)) FROM hjxx_czrkjbxxb p")
        )
    assert len(digests) == 1


async def test_an_unknown_layout_writes_nothing(empty_registry: Open) -> None:
    connection = await empty_registry("modern")
    with pytest.raises(ValueError, match="no such layout: modernist; there are legacy, modern"):
        await seed(connection, "modernist", "ningbo", SCALE, nothing)
    assert await connection.fetchval("SELECT count(*) FROM person") == 0


async def test_an_error_on_the_way_leaves_nothing_behind(empty_registry: Open) -> None:
    connection = await empty_registry("modern")
    await connection.execute("DROP TABLE item_change")

    with pytest.raises(asyncpg.UndefinedTableError):
        await seed(connection, "modern", "ningbo", SCALE, nothing)
    assert await connection.fetchval("SELECT count(*) FROM person") == 0


async def test_all_eleven_registries_stand_ready(registries: Mapping[str, str]) -> None:
    people = {}
    for city, url in registries.items():
        connection = await asyncpg.connect(url)
        table = await connection.fetchval("SELECT coalesce(to_regclass('person'), to_regclass('hjxx_czrkjbxxb'))::text")
        people[city] = await connection.fetchval(
            "SELECT count(*) FROM person"
            if table == "person"
            else "SELECT count(*) FROM hjxx_czrkjbxxb WHERE jlbz = '1'"
        )
        assert await connection.fetchval("SELECT to_regnamespace('tongban') IS NOT NULL")
        assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        await connection.close()
    assert people == {
        "hangzhou": 814, "ningbo": 614, "wenzhou": 834, "jiaxing": 368, "huzhou": 269, "shaoxing": 447, "jinhua": 493,
        "quzhou": 256, "zhoushan": 96, "taizhou": 607, "lishui": 270,
    }  # fmt: skip
