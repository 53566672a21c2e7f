"""Entries in both layouts: prepared, committed once, refused, and what is left when something breaks between."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from gateway.postgres import PostgresServer
from tests.small_registry import LAYOUTS, copy_database, small_database, small_registry
from tongban_adapters import vocabulary as v
from tongban_adapters.errors import AdapterError, Refused, Retry, UnknownOutcome, Unsupported
from tongban_adapters.model import (
    Act,
    Change,
    Entry,
    EntryId,
    EntryState,
    Expected,
    Key,
    Kind,
    Operation,
    Phase,
    Prepared,
    Receipt,
)
from tongban_adapters.postgres import PostgresRegistry
from tongban_adapters.vocabulary import RefusalCode

ID = EntryId("TB-2021-000001", "issue")
OLD_BOOK = Expected(Kind.BOOK, "100", "2")
HOUSEHOLD = Expected(Kind.HOUSEHOLD, "10", "3")
PERSON = Expected(Kind.PERSON, "1", "7")
JOURNAL = {"modern": "business_journal", "legacy": "HJLS_HJYWLSB"}
BOOKS = {"modern": "book_issue", "legacy": "HJYW_HKBQFXXB"}


@dataclass(frozen=True, slots=True)
class City:
    """One small registry that a test may change, and a connection of its own clerks."""

    layout: str
    registry: PostgresRegistry
    clerk: asyncpg.Connection

    async def count(self, table: str) -> int:
        """Count the rows of a table."""
        number: int = await self.clerk.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
        return number

    async def untouched(self) -> bool:
        """Whether no journal row and no book row was added, and nothing is held."""
        counts = [await self.count(JOURNAL[self.layout]), await self.count(BOOKS[self.layout])]
        return counts == [0, 1] and await self.count("tongban.hold") == 0

    async def cut(self) -> None:
        """End the registry's connections on the server, as a crash does."""
        await self.clerk.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest_asyncio.fixture(scope="module")
async def templates(postgres: PostgresServer) -> dict[str, str]:
    names = {layout: f"writing_template_{layout}" for layout in LAYOUTS}
    for layout, name in names.items():
        await small_database(postgres, layout, name)
    return names


@pytest_asyncio.fixture(params=LAYOUTS)
async def city(
    request: pytest.FixtureRequest, postgres: PostgresServer, templates: dict[str, str]
) -> AsyncIterator[City]:
    layout: str = request.param
    name = f"writing_{layout}"
    url = await copy_database(postgres, templates[layout], name)
    registry, clerk = small_registry(layout, url), await asyncpg.connect(url)
    yield City(layout, registry, clerk)
    await registry.close()
    await clerk.close()


def entry(entry_id: EntryId = ID, **differences: object) -> Entry:
    """The issue of a replacement book for household 10: the old book is void, a new one is made."""
    usual = Entry(
        id=entry_id,
        act=Act.ISSUE_BOOK,
        business="D02",
        station="330782001000",
        operator="officer-1",
        accepted_on=date(2021, 6, 1),
        expected=(HOUSEHOLD, PERSON, OLD_BOOK),
        changes=(
            Change(Operation.UPDATE, Kind.BOOK, {"state": v.BookState.VOID}, "100", "2"),
            Change(
                Operation.INSERT,
                Kind.BOOK,
                {
                    "household_ref": "10",
                    "person_ref": None,
                    "reason": v.BookReason.REPLACEMENT,
                    "state": v.BookState.VALID,
                    "issued_on": date(2021, 6, 1),
                    "issuing_office": "330302001000",
                },
            ),
        ),
    )
    return msgspec.structs.replace(usual, **differences)


async def refusal(work: object) -> RefusalCode:
    with pytest.raises(Refused) as caught:
        await work  # type: ignore[misc]
    return caught.value.code


async def test_prepare_changes_nothing_visible_and_commit_writes_everything_with_one_journal_row(city: City) -> None:
    assert await city.registry.prepare(entry()) == Prepared(ID)
    assert await city.registry.status(ID) == EntryState(Phase.PREPARED, digest=entry().digest())
    assert await city.count(JOURNAL[city.layout]) == 0
    assert await city.count(BOOKS[city.layout]) == 1

    receipt = await city.registry.commit(ID)

    assert receipt.id == ID
    assert receipt.journal_number == "7001"
    assert receipt.inserted == ("1001",)
    assert await city.registry.status(ID) == EntryState(Phase.COMMITTED, receipt, entry().digest())
    assert await city.count(JOURNAL[city.layout]) == 1
    fields = ["ref", "reason", "state", "issued_on", "issuing_office", "person_ref"]
    assert sorted(await city.registry.read(Kind.BOOK, Key.HOUSEHOLD_REF, ["10"], fields)) == [
        ("100", "FIRST_ISSUE", "VOID", date(2001, 5, 6), "330302001000", None),
        ("1001", "REPLACEMENT", "VALID", date(2021, 6, 1), "330302001000", None),
    ]
    [(version,)] = await city.registry.read(Kind.BOOK, Key.REF, ["100"], ["version"])
    assert version != "2"
    assert await city.count("tongban.hold") == 0
    assert await city.clerk.fetchval("SELECT body FROM tongban.entry") is None


async def test_the_journal_row_names_business_case_station_and_operator(city: City) -> None:
    await city.registry.prepare(entry())
    receipt = await city.registry.commit(ID)
    row = dict(await city.clerk.fetchrow(f"SELECT * FROM {JOURNAL[city.layout]}") or {})  # noqa: S608
    if city.layout == "modern":
        assert row == {
            "id": 7001,
            "business_code": "D02",
            "act": "ISSUE_BOOK",
            "case_number": "TB-2021-000001",
            "case_step": "issue",
            "station_code": "330782001000",
            "operator_id": "officer-1",
            "accepted_on": date(2021, 6, 1),
            "record_count": 2,
            "written_at": receipt.written_at,
        }
    else:
        written_at = row.pop("slsj")
        assert len(written_at) == 14
        assert row == {
            "hjywid": 7001,
            "ywbz": "D02",
            "ywlx": "1",
            "czsm": 2,
            "sbsj": "20210601",
            "sldw": "330782001000",
            "slrid": "officer-1",
            "wbajh": "TB-2021-000001",
            "wbbz": "issue",
        }


@pytest.mark.parametrize("city", ["legacy"], indirect=True)
async def test_a_version_row_is_closed_and_its_copy_keeps_the_columns_nobody_mapped(city: City) -> None:
    await city.registry.prepare(entry())
    await city.registry.commit(ID)
    old, new = await city.clerk.fetch("SELECT * FROM HJYW_HKBQFXXB WHERE HKBID = 100 ORDER BY HKBNBID")
    assert (old["hkbnbid"], old["jlbz"], old["hkbzt"], old["cchjywid"]) == (2, "2", "1", 7001)
    assert len(old["jssj"]) == 14
    assert (new["jlbz"], new["hkbzt"], new["cjhjywid"], new["cchjywid"], new["jssj"]) == ("1", "2", 7001, None, None)
    assert new["hkbnbid"] > 2000
    assert new["qysj"] == old["jssj"]
    assert new["bz"] == old["bz"] == "不在映射中"
    assert (new["qfrq"], new["qfdw"], new["hhid"], new["cxbz"]) == ("20010506", "330302001", 10, "0")
    made = await city.clerk.fetchrow("SELECT * FROM HJYW_HKBQFXXB WHERE HKBID = 1001")
    assert made is not None
    assert (made["jlbz"], made["cxbz"], made["cjhjywid"], made["qfdw"]) == ("1", "0", 7001, "330302001")


@pytest.mark.parametrize("city", ["modern"], indirect=True)
async def test_a_row_changed_in_place_counts_its_version(city: City) -> None:
    await city.registry.prepare(entry())
    await city.registry.commit(ID)
    assert tuple(await city.clerk.fetchrow("SELECT version, status FROM book_issue WHERE id = 100") or ()) == (
        3,
        "void",
    )
    assert await city.clerk.fetchval("SELECT version FROM book_issue WHERE id = 1001") == 1


async def test_everything_may_be_delivered_twice(city: City) -> None:
    assert await city.registry.prepare(entry()) == await city.registry.prepare(entry())
    first = await city.registry.commit(ID)
    assert await city.registry.commit(ID) == first
    assert await city.registry.prepare(entry()) == Prepared(ID)
    assert await city.count(JOURNAL[city.layout]) == 1


async def test_the_same_entry_from_several_gateways_at_once_is_one_act(city: City) -> None:
    await asyncio.gather(*(city.registry.prepare(entry()) for _ in range(6)))
    receipts = await asyncio.gather(*(city.registry.commit(ID) for _ in range(6)))
    assert len(set(map(repr, receipts))) == 1
    assert await city.count(JOURNAL[city.layout]) == 1
    assert await city.count(BOOKS[city.layout]) == (2 if city.layout == "modern" else 3)


async def test_another_content_under_the_same_id_is_refused(city: City) -> None:
    await city.registry.prepare(entry())
    assert await refusal(city.registry.prepare(entry(business="D03"))) is RefusalCode.IDEMPOTENCY_CONFLICT


async def test_a_record_held_by_another_entry_is_refused_until_that_one_ends(city: City) -> None:
    other = EntryId("TB-2021-000002", "issue")
    await city.registry.prepare(entry())
    assert await refusal(city.registry.prepare(entry(other))) is RefusalCode.RECORD_LOCKED
    assert await city.registry.status(other) == EntryState(Phase.NEVER_SEEN)
    await city.registry.cancel(ID)
    assert await city.registry.prepare(entry(other)) == Prepared(other)


async def test_of_many_entries_for_one_household_exactly_one_is_prepared(city: City) -> None:
    ids = [EntryId(f"TB-2021-1{number:05}", "issue") for number in range(8)]
    answers = await asyncio.gather(*(city.registry.prepare(entry(i)) for i in ids), return_exceptions=True)
    assert sum(isinstance(answer, Prepared) for answer in answers) == 1
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert {answer.code for answer in refused} == {RefusalCode.RECORD_LOCKED}
    assert len(refused) == 7


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        (Expected(Kind.HOUSEHOLD, "10", "2"), RefusalCode.STALE_VERSION),
        (Expected(Kind.PERSON, "1", "6"), RefusalCode.STALE_VERSION),
        (Expected(Kind.HOUSEHOLD, "777", "1"), RefusalCode.SUBJECT_NOT_FOUND),
        (Expected(Kind.HOUSEHOLD, "no id", "1"), RefusalCode.SUBJECT_NOT_FOUND),
    ],
)
async def test_a_stale_or_missing_record_is_refused_at_prepare(
    city: City, expected: Expected, code: RefusalCode
) -> None:
    assert await refusal(city.registry.prepare(entry(expected=(expected,)))) is code
    assert await city.registry.status(ID) == EntryState(Phase.NEVER_SEEN)
    assert await city.untouched()


async def test_an_update_of_a_stale_version_is_refused_though_nobody_expected_it(city: City) -> None:
    change = Change(Operation.UPDATE, Kind.BOOK, {"state": v.BookState.VOID}, "100", "1")
    stale = entry(expected=(), changes=(change,))
    assert await refusal(city.registry.prepare(stale)) is RefusalCode.STALE_VERSION
    assert await city.untouched()


async def test_a_change_by_the_citys_own_clerks_between_prepare_and_commit_is_refused(city: City) -> None:
    await city.registry.prepare(entry())
    if city.layout == "modern":
        await city.clerk.execute("UPDATE household SET version = 4, status = 'locked' WHERE id = 10")
    else:
        await city.clerk.execute("UPDATE HJXX_HXXB SET JLBZ = '2' WHERE HHID = 10")
        await city.clerk.execute("INSERT INTO HJXX_HXXB (HHNBID, HHID, HH, HLX) VALUES (4, 10, '000000010', '1')")
    assert await refusal(city.registry.commit(ID)) is RefusalCode.STALE_VERSION
    assert await city.registry.status(ID) == EntryState(Phase.PREPARED, digest=entry().digest())
    await city.registry.cancel(ID)
    assert await city.untouched()


async def test_a_clerks_open_transaction_is_waited_for_and_then_found_stale(city: City) -> None:
    await city.registry.prepare(entry())
    table = {"modern": "household SET version = 4 WHERE id = 10", "legacy": "HJXX_HXXB SET JLBZ = '2' WHERE HHID = 10"}
    change = city.clerk.transaction()
    await change.start()
    await city.clerk.execute(f"UPDATE {table[city.layout]}")
    committing = asyncio.ensure_future(city.registry.commit(ID))
    async with asyncio.timeout(10):
        while not await city.clerk.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not committing.done()
    await change.commit()
    assert await refusal(committing) is RefusalCode.STALE_VERSION
    assert await city.count(JOURNAL[city.layout]) == 0


async def test_cancel_releases_and_a_second_cancel_is_fine(city: City) -> None:
    await city.registry.prepare(entry())
    await city.registry.cancel(ID)
    await city.registry.cancel(ID)
    assert await city.registry.status(ID) == EntryState(Phase.CANCELLED, digest=entry().digest())
    assert await refusal(city.registry.commit(ID)) is RefusalCode.CASE_STATE
    assert await city.untouched()


async def test_a_prepare_that_arrives_after_its_cancel_is_refused(city: City) -> None:
    await city.registry.cancel(ID)
    assert await refusal(city.registry.prepare(entry())) is RefusalCode.CASE_STATE
    assert await city.registry.status(ID) == EntryState(Phase.CANCELLED)
    assert await city.untouched()


async def test_what_is_committed_cannot_be_cancelled(city: City) -> None:
    await city.registry.prepare(entry())
    receipt = await city.registry.commit(ID)
    assert await refusal(city.registry.cancel(ID)) is RefusalCode.CASE_STATE
    assert await city.registry.status(ID) == EntryState(Phase.COMMITTED, receipt, entry().digest())


async def test_commit_of_an_entry_never_prepared_is_refused(city: City) -> None:
    assert await refusal(city.registry.commit(ID)) is RefusalCode.CASE_STATE
    assert await city.registry.status(ID) == EntryState(Phase.NEVER_SEEN)
    assert await city.untouched()


async def test_a_prepared_entry_outlives_the_gateway_that_prepared_it(city: City) -> None:
    await city.registry.prepare(entry())
    await city.cut()
    receipt = await again(city.registry, ID)
    assert receipt.journal_number == "7001"
    assert await city.count(JOURNAL[city.layout]) == 1


async def test_a_connection_lost_before_the_commit_leaves_nothing_and_may_be_tried_again(city: City) -> None:
    await city.registry.prepare(entry())
    await stop_at(city, "BEFORE INSERT", "")
    with pytest.raises(Retry):
        await city.registry.commit(ID)
    assert await city.registry.status(ID) == EntryState(Phase.PREPARED, digest=entry().digest())
    assert await city.count(JOURNAL[city.layout]) == 0
    await city.clerk.execute(f"DROP TRIGGER stop ON {JOURNAL[city.layout]}")
    await city.registry.commit(ID)
    assert await city.count(JOURNAL[city.layout]) == 1


async def test_a_connection_lost_during_the_commit_is_an_unknown_outcome_that_status_resolves(city: City) -> None:
    await city.registry.prepare(entry())
    await stop_at(city, "AFTER INSERT", "DEFERRABLE INITIALLY DEFERRED")
    with pytest.raises(UnknownOutcome):
        await city.registry.commit(ID)
    assert await city.registry.status(ID) == EntryState(Phase.PREPARED, digest=entry().digest())
    await city.clerk.execute(f"DROP TRIGGER stop ON {JOURNAL[city.layout]}")
    await city.registry.commit(ID)
    assert await city.count(JOURNAL[city.layout]) == 1


async def test_a_gateway_that_gives_up_in_the_middle_leaves_no_open_transaction(city: City) -> None:
    async with city.clerk.transaction():
        await city.clerk.execute("LOCK TABLE tongban.hold")
        preparing = asyncio.ensure_future(city.registry.prepare(entry()))
        async with asyncio.timeout(10):
            while not await city.clerk.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                assert not preparing.done()
        preparing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await preparing
    assert await city.registry.prepare(entry()) == Prepared(ID)
    assert await city.count("tongban.entry") == 1
    assert await city.clerk.fetchval("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'") == 0


async def test_an_answer_that_never_arrives_can_be_asked_for_again(city: City) -> None:
    await city.registry.prepare(entry())
    receipt = await city.registry.commit(ID)
    await city.cut()
    assert await again(city.registry, ID) == receipt
    assert await city.count(JOURNAL[city.layout]) == 1


@pytest.mark.parametrize(
    ("values", "kind", "said"),
    [
        ({"state": "BURNT"}, Kind.BOOK, "state"),
        ({"issued_on": "2021-06-01"}, Kind.BOOK, "issued_on"),
        ({"colour": "red"}, Kind.BOOK, "colour"),
        ({"ref": "5"}, Kind.BOOK, "ref"),
        ({"name": "叶二"}, Kind.PERSON, "not written"),
    ],
)
async def test_what_cannot_be_written_is_unsupported_before_anything_is_held(
    city: City, values: dict[str, str | int | date | None], kind: Kind, said: str
) -> None:
    wrong = entry(changes=(Change(Operation.INSERT, kind, values),))
    with pytest.raises(Unsupported, match=said) as caught:
        await city.registry.prepare(wrong)
    assert not any(str(value) in str(caught.value) for value in values.values() if value != "5")
    assert await city.untouched()


@pytest.mark.parametrize("city", ["legacy"], indirect=True)
async def test_an_office_that_has_no_code_of_nine_digits_cannot_be_written_there(city: City) -> None:
    wrong = entry(changes=(Change(Operation.INSERT, Kind.BOOK, {"issuing_office": "330302001001"}),))
    with pytest.raises(Unsupported, match="issuing_office of a book: the value has no code of 9 digits"):
        await city.registry.prepare(wrong)
    assert await city.untouched()


async def test_a_rule_of_the_registry_that_refuses_the_row_undoes_everything(city: City) -> None:
    await city.registry.prepare(entry())
    await city.clerk.execute(f"ALTER TABLE {BOOKS[city.layout]} ADD CONSTRAINT one CHECK (false) NOT VALID")
    with pytest.raises(Unsupported) as caught:
        await city.registry.commit(ID)
    assert "330302001" not in str(caught.value)
    assert await city.registry.status(ID) == EntryState(Phase.PREPARED, digest=entry().digest())
    assert await city.count(JOURNAL[city.layout]) == 0


async def test_without_the_companion_schema_health_says_so(city: City) -> None:
    await city.clerk.execute("DROP SCHEMA tongban CASCADE")
    health = await city.registry.health()
    assert (health.ok, health.problem) == (
        False,
        f"{city.registry.city}: the companion schema tongban is not installed",
    )


async def stop_at(city: City, moment: str, when: str) -> None:
    """Make the server end the connection that inserts a journal row: at once, or when it commits."""
    await city.clerk.execute(
        "CREATE OR REPLACE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'"
    )
    kind = "CONSTRAINT TRIGGER" if when else "TRIGGER"
    await city.clerk.execute(
        f"CREATE {kind} stop {moment} ON {JOURNAL[city.layout]} {when} FOR EACH ROW EXECUTE FUNCTION stop()"
    )


async def again(registry: PostgresRegistry, entry_id: EntryId) -> Receipt:
    """Commit as the gateway does after a cut: what may be asked again is asked again."""
    for _ in range(10):
        try:
            return await registry.commit(entry_id)
        except Retry:
            continue
    raise AdapterError(registry.city, "no answer after ten tries")
