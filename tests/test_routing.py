"""Which city is asked for a person: memory, miss, stale pointer, dispute; never the number's prefix."""

from datetime import date

import pytest

from resolvers.locator import find
from resolvers.locator_rebuild import Rebuilt, rebuild
from resolvers.problems import AskOperator, NotFound, Problem, TryLater
from resolvers.province import Province
from tests.hostile import HostileRegistry, Raises
from tests.provinces import MakeProvince, visit
from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.errors import BrokenRecord, Unavailable
from tongban_adapters.model import Cell, Kind
from tongban_adapters.vocabulary import PersonState

LISHUI_ERA = "332526199001019011"
YIWU = "33078219880815907X"
LUCHENG = "33030219751120904X"
ALL = sorted(CITY_CODES)


class Eleven:
    """The eleven cities with registries in memory."""

    def __init__(self, province: Province, registries: dict[str, HostileRegistry]) -> None:
        self.province = province
        self.registries = registries

    def put(self, city: str, number: str, state: str = "NORMAL", **more: Cell) -> dict[str, Cell]:
        """Register a person, or leave another kind of record of one."""
        stored = self.registries[city].records[Kind.PERSON]
        record: dict[str, Cell] = {
            "ref": str(len(stored) + 1),
            "number": number,
            "name": "叶某",
            "state": state,
            **more,
        }
        stored.append(record)
        return record

    def asked(self) -> list[str]:
        """Return the cities asked since the last time, in order of slug, with repetition."""
        cities = [city for city, registry in sorted(self.registries.items()) for _ in registry.calls]
        for registry in self.registries.values():
            registry.calls.clear()
        return cities

    async def locate(self, number: str) -> str:
        """Locate in a request of its own."""
        return (await find(self.province, visit(self.province), number, ())).city

    async def problem(self, number: str) -> Problem:
        """Locate and return the problem this is."""
        with pytest.raises(Problem) as raised:
            await self.locate(number)
        assert number not in str(raised.value) + str(raised.value.more)
        return raised.value


@pytest.fixture
async def eleven(make_province: MakeProvince) -> Eleven:
    registries = {city: HostileRegistry(city) for city in CITY_CODES}
    return Eleven(await make_province(registries.values()), registries)


async def count(province: Province, table: str) -> int:
    async with province.ledger.session() as session:
        return int(await session.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608  # a table of this file


@pytest.mark.parametrize(
    ("number", "city"),
    [(LISHUI_ERA, "hangzhou"), (YIWU, "wenzhou"), (LUCHENG, "zhoushan")],
    ids=["lishui", "yiwu", "lucheng"],
)
async def test_the_prefix_does_not_route(eleven: Eleven, number: str, city: str) -> None:
    eleven.put(city, number)
    assert await eleven.locate(number) == city
    assert eleven.asked() == ALL
    assert await eleven.locate(number) == city
    assert eleven.asked() == [city]


async def test_a_miss_asks_everybody_and_nobody_has_the_person(eleven: Eleven) -> None:
    assert isinstance(await eleven.problem(YIWU), NotFound)
    assert eleven.asked() == ALL
    assert await count(eleven.province, "locator") == 0


async def test_a_miss_with_a_city_missing_is_no_answer(eleven: Eleven) -> None:
    eleven.put("wenzhou", YIWU)
    for down in ("huzhou", "taizhou"):
        eleven.registries[down].before = Raises(lambda: Unavailable("x", "no route"))
    problem = await eleven.problem(YIWU)
    assert isinstance(problem, TryLater)
    assert problem.more["cities"] == "huzhou,taizhou"
    assert await count(eleven.province, "locator") == 0


async def test_a_known_person_is_found_while_other_cities_are_down(eleven: Eleven) -> None:
    eleven.put("wenzhou", YIWU)
    await eleven.locate(YIWU)
    for city in ALL:
        if city != "wenzhou":
            eleven.registries[city].before = Raises(lambda: Unavailable("x", "no route"))
    assert await eleven.locate(YIWU) == "wenzhou"


async def test_the_owning_city_down_is_an_error_naming_it(eleven: Eleven) -> None:
    eleven.put("wenzhou", YIWU)
    await eleven.locate(YIWU)
    eleven.registries["wenzhou"].before = Raises(lambda: Unavailable("wenzhou", "no route"))
    problem = await eleven.problem(YIWU)
    assert (problem.code, problem.more["city"]) == ("REGISTRY_UNAVAILABLE", "wenzhou")


async def test_stale_memory_is_repaired_by_one_redirect(eleven: Eleven) -> None:
    record = eleven.put("wenzhou", YIWU)
    await eleven.locate(YIWU)
    record |= {"state": "MOVED_OUT", "moved_to": "330106", "moved_on": date(2021, 5, 1)}
    eleven.put("hangzhou", YIWU)
    eleven.asked()
    assert await eleven.locate(YIWU) == "hangzhou"
    assert eleven.asked() == ["hangzhou", "wenzhou"]
    assert await eleven.locate(YIWU) == "hangzhou"
    assert eleven.asked() == ["hangzhou"]


async def test_a_pointer_in_an_old_code_is_followed_to_the_city_the_place_is_in_now(eleven: Eleven) -> None:
    record = eleven.put("wenzhou", YIWU)
    await eleven.locate(YIWU)
    record |= {"state": "MOVED_OUT", "moved_to": "332522"}
    eleven.put("lishui", YIWU)
    assert await eleven.locate(YIWU) == "lishui"


@pytest.mark.parametrize("state", [None, "MOVED_OUT", "CANCELLED"])
async def test_after_one_redirect_there_is_no_second(eleven: Eleven, state: str | None) -> None:
    record = eleven.put("wenzhou", YIWU)
    await eleven.locate(YIWU)
    record |= {"state": "MOVED_OUT", "moved_to": "330106"}
    if state is not None:
        eleven.put("hangzhou", YIWU, state, moved_to="330602")
    eleven.put("shaoxing", YIWU)
    eleven.asked()
    problem = await eleven.problem(YIWU)
    assert (type(problem), problem.code) == (AskOperator, "LOCATOR_STALE")
    assert (problem.more["city"], problem.more["moved_to"]) == ("wenzhou", "hangzhou")
    assert eleven.asked() == ["hangzhou", "wenzhou"]


async def test_a_record_gone_from_the_remembered_city_is_looked_for_once_everywhere(eleven: Eleven) -> None:
    eleven.put("wenzhou", YIWU)
    await eleven.locate(YIWU)
    eleven.registries["wenzhou"].records[Kind.PERSON].clear()
    eleven.put("jinhua", YIWU)
    eleven.asked()
    assert await eleven.locate(YIWU) == "jinhua"
    assert sorted(eleven.asked()) == sorted([*ALL, "wenzhou"])
    assert await eleven.locate(YIWU) == "jinhua"
    assert eleven.asked() == ["jinhua"]


async def test_a_moved_record_whose_target_knows_nothing_is_stale_also_on_a_miss(eleven: Eleven) -> None:
    eleven.put("wenzhou", YIWU, "MOVED_OUT", moved_to="330106")
    assert (await eleven.problem(YIWU)).code == "LOCATOR_STALE"


async def test_a_person_who_left_the_province_is_shown_with_the_last_record(eleven: Eleven) -> None:
    eleven.put("wenzhou", YIWU, "MOVED_OUT", moved_to="330106", moved_on=date(2015, 1, 1))
    eleven.put("hangzhou", YIWU, "MOVED_OUT", moved_to="310104", moved_on=date(2019, 1, 1))
    record = await find(eleven.province, visit(eleven.province), YIWU, ("name",))
    assert (record.city, record.value("state")) == ("hangzhou", "MOVED_OUT")


async def test_eleven_cities_claim_one_number(eleven: Eleven) -> None:
    for city in ALL:
        eleven.put(city, YIWU)
    problem = await eleven.problem(YIWU)
    assert (type(problem), problem.code) == (AskOperator, "DISPUTED")
    assert problem.more["cities"] == ",".join(ALL)
    assert await count(eleven.province, "dispute") == 1
    eleven.asked()
    assert (await eleven.problem(YIWU)).more["cities"] == ",".join(ALL)
    assert eleven.asked() == []
    assert await count(eleven.province, "dispute") == 1


async def test_one_city_that_holds_a_number_twice_is_in_dispute_with_itself(eleven: Eleven) -> None:
    eleven.put("quzhou", YIWU)
    eleven.put("quzhou", YIWU)
    problem = await eleven.problem(YIWU)
    assert (problem.code, problem.more["cities"]) == ("DISPUTED", "quzhou")


@pytest.mark.parametrize("left_behind", sorted(set(PersonState) - {PersonState.NORMAL}))
async def test_beside_a_normal_record_no_other_counts(eleven: Eleven, left_behind: str) -> None:
    eleven.put("hangzhou", YIWU, left_behind, moved_to="330602")
    eleven.put("zhoushan", YIWU, left_behind, moved_to="330602")
    eleven.put("jiaxing", YIWU)
    assert await eleven.locate(YIWU) == "jiaxing"


@pytest.mark.parametrize("state", ["DEAD", "MISSING", "IN_MILITARY_SERVICE", "SETTLED_ABROAD", "CANCELLED", "OTHER"])
async def test_a_person_with_one_record_only_is_found_with_its_state(eleven: Eleven, state: str) -> None:
    eleven.put("ningbo", YIWU, state)
    record = await find(eleven.province, visit(eleven.province), YIWU, ("name",))
    assert (record.city, record.value("state"), record.value("name")) == ("ningbo", state, "叶某")


async def test_a_deleted_record_is_nobody(eleven: Eleven) -> None:
    eleven.put("ningbo", YIWU, "DELETED")
    assert (await eleven.problem(YIWU)).code == "NOT_FOUND"


async def test_the_dead_are_remembered_and_the_missing_looked_for_everywhere(eleven: Eleven) -> None:
    dead, missing = eleven.put("ningbo", YIWU), eleven.put("ningbo", LUCHENG)
    await eleven.locate(YIWU)
    await eleven.locate(LUCHENG)
    dead["state"], missing["state"] = "DEAD", "MISSING"
    eleven.asked()
    assert await eleven.locate(YIWU) == "ningbo"
    assert eleven.asked() == ["ningbo"]
    eleven.put("jinhua", LUCHENG)
    assert await eleven.locate(LUCHENG) == "jinhua"


async def test_a_state_that_fits_nothing_is_no_answer(eleven: Eleven) -> None:
    broken = BrokenRecord("ningbo", "1", "state", "no such code")
    eleven.put("ningbo", YIWU)["state"] = broken
    problem = await eleven.problem(YIWU)
    assert (problem.code, problem.more["city"]) == ("BROKEN_RECORD", "ningbo")


async def all_of(eleven: Eleven, progress: list[tuple[str, int]]) -> Rebuilt:
    return await rebuild(eleven.province, lambda city, done: progress.append((city, done)))


def number_of(serial: int) -> str:
    return f"33010219900101{serial:04d}"


async def test_a_rebuild_learns_everybody_and_a_second_one_changes_nothing(eleven: Eleven) -> None:
    for serial in range(33):
        eleven.put(ALL[serial % 11], number_of(serial), name=f"陈{serial % 4}")
    eleven.put("wenzhou", number_of(40), "DEAD")
    progress: list[tuple[str, int]] = []
    assert await all_of(eleven, progress) == Rebuilt(persons=33, changed=33, disputed=0)
    assert sorted(progress) == [(city, 3) for city in ALL]
    assert await all_of(eleven, []) == Rebuilt(persons=33, changed=0, disputed=0)
    eleven.asked()
    assert [await eleven.locate(number_of(serial)) for serial in range(11)] == ALL
    assert eleven.asked() == ALL


async def test_a_rebuild_finds_doubles_and_ends_disputes_that_are_over(eleven: Eleven) -> None:
    for city in ("wenzhou", "hangzhou"):
        eleven.put(city, YIWU)
    eleven.put("quzhou", LUCHENG)
    eleven.put("quzhou", LUCHENG)
    for _ in range(2):
        assert (await all_of(eleven, [])).disputed == 2
        assert await count(eleven.province, "dispute WHERE closed_at IS NULL") == 2
    assert (await eleven.problem(YIWU)).more["cities"] == "hangzhou,wenzhou"
    assert (await eleven.problem(LUCHENG)).more["cities"] == "quzhou"
    eleven.registries["hangzhou"].records[Kind.PERSON].clear()
    assert (await all_of(eleven, [])).disputed == 1
    assert await eleven.locate(YIWU) == "wenzhou"
    assert await count(eleven.province, "dispute WHERE closed_at IS NULL") == 1


async def test_a_rebuild_corrects_a_wrong_entry(eleven: Eleven) -> None:
    eleven.put("wenzhou", YIWU)
    await eleven.province.locator.learn(eleven.province.locator.key(YIWU), "lishui", None)
    assert (await all_of(eleven, [])).changed == 1
    eleven.asked()
    assert await eleven.locate(YIWU) == "wenzhou"
    assert eleven.asked() == ["wenzhou"]


async def test_a_person_who_moves_while_the_pages_are_read_is_not_in_dispute(eleven: Eleven) -> None:
    record = eleven.put("hangzhou", YIWU)
    eleven.put("lishui", number_of(1))

    def move(city: str, _done: int) -> None:
        if city == "hangzhou":
            record.update({"state": "MOVED_OUT", "moved_to": "331102"})
            eleven.put("lishui", YIWU)

    assert await rebuild(eleven.province, move) == Rebuilt(persons=3, changed=2, disputed=0)
    assert await eleven.locate(YIWU) == "lishui"


async def test_a_rebuild_without_one_registry_writes_nothing(eleven: Eleven) -> None:
    eleven.put("hangzhou", YIWU)
    eleven.registries["lishui"].before = Raises(lambda: Unavailable("lishui", "no route"))
    with pytest.raises(TryLater):
        await all_of(eleven, [])
    assert await count(eleven.province, "locator") == 0
