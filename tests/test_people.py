"""One person: found by number or reference, seen by who may, put on record before anything leaves."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest

from gateway.postgres import PostgresServer
from resolvers.audit import access_log, settle
from resolvers.belongings import belongings
from resolvers.caller import ANONYMOUS, Caller, Purpose, Role
from resolvers.people import person_by_number, person_by_ref
from resolvers.problems import AskForRight, FixInput, NotFound, Problem, TryLater
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit
from tests.cities_down import stopped
from tests.hostile import HostileRegistry, Raises
from tests.provinces import MakeProvince, citizen, impatient, visit
from tongban_adapters.errors import Unavailable
from tongban_adapters.model import Kind

SUBJECT = "33030219751120904X"
STRANGER = "33078219880815907X"


async def by_number(province: Province, asking: Visit, number: str = SUBJECT) -> Record:
    record = await person_by_number(province, asking, number, ("name", "birth_date", "household_ref"))
    await settle(province, asking)
    return record


async def refused(province: Province, asking: Visit, number: str = SUBJECT) -> Problem:
    with pytest.raises(Problem) as raised:
        await by_number(province, asking, number)
    assert number not in str(raised.value) + str(raised.value.more)
    return raised.value


async def accesses(province: Province) -> int:
    async with province.ledger.session() as session:
        return int(await session.fetchval("SELECT count(*) FROM access_log"))


async def test_the_subject_of_the_story_is_found_in_wenzhou(province: Province) -> None:
    asking = visit(province)
    record = await by_number(province, asking)
    assert (record.city, record.text("name"), record.day("birth_date")) == ("wenzhou", "叶静芳", date(1975, 11, 20))
    assert record.shape.as_of == province.clock.now()
    assert [(outcome.city, outcome.status.value) for outcome in asking.outcomes] == [("wenzhou", "ANSWERED")]


@pytest.mark.parametrize(
    "written", ["33030219751120904x", " 330302 19751120 904X ", "３３０３０２１９７５１１２０９０４Ｘ"]
)
async def test_a_number_is_recognised_however_it_is_written(province: Province, written: str) -> None:
    assert (await by_number(province, visit(province), written)).text("name") == "叶静芳"


@pytest.mark.parametrize(
    ("number", "reason"),
    [("330302197511209041", "CHECKSUM"), ("330113202202299047", "DATE"), ("3303021975112090", "STRUCTURE")],
    ids=["check", "date", "length"],
)
async def test_a_bad_number_is_refused_with_its_reason(province: Province, number: str, reason: str) -> None:
    problem = await refused(province, visit(province), number)
    assert (type(problem), problem.code, problem.more["reason"]) == (FixInput, "NUMBER_INVALID", reason)


async def test_a_person_nobody_has_is_not_found(province: Province) -> None:
    problem = await refused(province, visit(province), "11010519491231002X")
    assert (type(problem), problem.code) == (NotFound, "NOT_FOUND")


async def test_the_owning_city_down_is_a_typed_error_and_over_when_it_is_back(
    province: Province, postgres: PostgresServer
) -> None:
    async with stopped(postgres, "wenzhou"):
        problem = await refused(province, visit(province))
        assert (type(problem), problem.code, problem.more["city"]) == (TryLater, "REGISTRY_UNAVAILABLE", "wenzhou")
    assert (await by_number(province, visit(province))).city == "wenzhou"


# ---- who may


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.POLICY_OWNER, Role.CITY_IT, Role.ANONYMOUS])
async def test_the_other_roles_read_nobody_and_no_city_is_asked(province: Province, role: Role) -> None:
    asking = visit(province, Caller(role))
    assert isinstance(await refused(province, asking), AskForRight)
    with pytest.raises(AskForRight):
        await person_by_ref(province, asking, "wenzhou", "1", ("name",))
    assert asking.outcomes == []


async def test_an_officer_without_a_purpose_is_refused_and_no_city_is_asked(province: Province) -> None:
    asking = visit(province, purpose=None)
    assert (await refused(province, asking)).code == "PURPOSE_REQUIRED"
    assert asking.outcomes == []


async def test_a_citizen_reads_himself_and_of_others_learns_as_little_as_of_nobody(province: Province) -> None:
    own = citizen(province, SUBJECT)
    assert (await by_number(province, visit(province, own, None))).text("name") == "叶静芳"
    other = visit(province, citizen(province, STRANGER), None)
    not_allowed = await refused(province, other)
    not_there = await refused(province, visit(province, own, None), "11010519491231002X")
    assert (not_allowed.message, not_allowed.code, not_allowed.more) == (
        not_there.message,
        not_there.code,
        not_there.more,
    )
    assert other.outcomes == []


async def test_by_reference_a_citizen_sees_his_household_and_no_further(province: Province) -> None:
    officer = visit(province)
    subject = await by_number(province, officer)
    spouse_number = (await person_by_number(province, officer, SUBJECT, ("spouse_number",))).text("spouse_number")
    husband = await person_by_number(province, officer, spouse_number, ("name",))
    assert husband.text("name") == "陈建军"
    own = visit(province, citizen(province, SUBJECT), None)
    assert (await person_by_ref(province, own, "wenzhou", husband.text("ref"), ("name",))).text("name") == "陈建军"
    stranger = visit(province, citizen(province, STRANGER), None)
    for ref in (subject.text("ref"), "999999999999", "no number"):
        with pytest.raises(NotFound):
            await person_by_ref(province, stranger, "wenzhou", ref, ("name",))


async def test_belongings_are_the_persons_own(province: Province) -> None:
    officer = visit(province)
    ref = (await by_number(province, officer)).text("ref")
    cards = await belongings(province, officer, Kind.ID_CARD, "wenzhou", ref, ("card_class", "state"))
    assert [card.text("card_class") for card in cards] == ["SECOND_GENERATION"]
    assert [outcome.city for outcome in officer.outcomes] == ["wenzhou", "wenzhou"]
    alone = await belongings(province, visit(province), Kind.ID_CARD, "wenzhou", ref, ("card_class", "state"))
    assert [card.text("ref") for card in alone] == [card.text("ref") for card in cards]
    own = visit(province, citizen(province, SUBJECT), None)
    assert len(await belongings(province, own, Kind.ID_CARD, "wenzhou", ref, ("state",))) == 1
    stranger = visit(province, citizen(province, STRANGER), None)
    with pytest.raises(NotFound):
        await belongings(province, stranger, Kind.ID_CARD, "wenzhou", ref, ("state",))
    with pytest.raises(NotFound):
        await belongings(province, visit(province), Kind.ID_CARD, "wenzhou", "999999999999", ("state",))


async def test_an_unknown_city_is_told_what_there_is(province: Province) -> None:
    with pytest.raises(FixInput) as raised:
        await person_by_ref(province, visit(province), "shanghai", "1", ("name",))
    assert raised.value.code == "UNKNOWN_CITY"
    assert "wenzhou" in raised.value.message


# ---- on record


async def test_every_read_is_on_record_and_the_citizen_finds_it(province: Province) -> None:
    before = await accesses(province)
    await by_number(province, visit(province, purpose=Purpose("D02")))
    assert await accesses(province) == before + 1
    own = visit(province, citizen(province, SUBJECT), None)
    latest = (await access_log(province, own, 1, None)).items[0].entry
    assert (latest.purpose, latest.city, latest.operation, latest.kind) == ("D02", "wenzhou", "person", Kind.PERSON)
    assert latest.fields == ("birth_date", "household_ref", "name")


async def test_a_refused_read_is_not_on_record(province: Province) -> None:
    before = await accesses(province)
    await refused(province, visit(province, ANONYMOUS, None))
    await refused(province, visit(province, citizen(province, STRANGER), None))
    assert await accesses(province) == before


@asynccontextmanager
async def without_access_log(province: Province) -> AsyncIterator[None]:
    """Take the table away, as a broken audit store does."""
    async with province.ledger.session() as session:
        await session.execute("ALTER TABLE access_log RENAME TO gone")
        try:
            yield
        finally:
            await session.execute("ALTER TABLE gone RENAME TO access_log")


async def test_nothing_leaves_while_it_cannot_be_put_on_record(make_province: MakeProvince) -> None:
    registry = HostileRegistry(
        "wenzhou", {Kind.PERSON: [{"ref": "1", "number": SUBJECT, "name": "叶静芳", "state": "NORMAL"}]}
    )
    province = await make_province([registry])
    await by_number(province, visit(province))
    async with without_access_log(province):
        with pytest.raises(TryLater) as raised:
            await by_number(province, visit(province))
        assert raised.value.code == "AUDIT_UNAVAILABLE"
    await province.ledger.close()
    with pytest.raises(TryLater):
        await by_number(province, visit(province))


async def test_no_number_is_logged_whatever_happens(
    province: Province, make_province: MakeProvince, caplog: pytest.LogCaptureFixture
) -> None:
    registry = HostileRegistry("wenzhou")
    registry.before = Raises(lambda: Unavailable("wenzhou", f"no route for {SUBJECT}"))
    broken = await make_province([registry])
    with caplog.at_level(logging.DEBUG):
        await by_number(province, visit(province))
        await refused(broken, visit(broken))
        registry.before = Raises(lambda: ValueError(SUBJECT))
        await refused(broken, visit(broken))
    assert "registry wenzhou" in caplog.text
    assert SUBJECT[:17] not in caplog.text


async def test_a_request_that_runs_out_of_time_says_so(province: Province) -> None:
    problem = await refused(impatient(province, "wenzhou", 30_000), visit(province, within_s=0.0))
    assert problem.code == "REGISTRY_TIMEOUT"
