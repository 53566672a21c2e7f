"""What a compiled query meets at run time: broken values, nulls, cities that are down; nothing is read twice for it."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from resolvers.audit import settle
from schema.context import Context
from schema.executor.compiled import CompiledSchema
from tests.both_executors import SCHEMA, ask_both
from tests.hostile import HostileRegistry, Raises
from tests.provinces import MakeProvince, visit
from tongban_adapters.errors import BrokenRecord, Unavailable
from tongban_adapters.model import Cell, Kind

FAMILY = (
    '{ household(city: "wenzhou", number: "1") { version members { name sex birthDate } head { name } } me { role } }'
)


def person(ref: str, **other: Cell) -> dict[str, Cell]:
    stored: dict[str, Cell] = {
        "ref": ref,
        "number": ref,
        "version": "1",
        "name": f"name {ref}",
        "sex": "MALE",
        "household_ref": "h1",
        "state": "NORMAL",
        "relation_to_head": "HEAD" if ref == "p1" else "SON",
        "birth_date": date(2000, 1, 1),
    }
    return {**stored, **other}


def wenzhou(*persons: dict[str, Cell], **household: Cell) -> HostileRegistry:
    home: dict[str, Cell] = {"ref": "h1", "number": "1", "version": "5", "state": "NORMAL", "kind": "FAMILY"}
    return HostileRegistry("wenzhou", {Kind.PERSON: persons, Kind.HOUSEHOLD: [{**home, **household}]})


def broken(field: str) -> BrokenRecord:
    return BrokenRecord("wenzhou", "p2", field, "no such code")


SURPRISES: dict[str, Callable[[], HostileRegistry]] = {
    "a broken text": lambda: wenzhou(person("p1"), person("p2", name=broken("name"))),
    "a broken code": lambda: wenzhou(person("p1"), person("p2", sex=broken("sex"))),
    "a broken date": lambda: wenzhou(person("p1"), person("p2", birth_date=broken("birth_date"))),
    "a broken state": lambda: wenzhou(person("p1"), person("p2", state=broken("state"))),
    "a code there is none of": lambda: wenzhou(person("p1", sex="NEITHER")),
    "a number where text belongs": lambda: wenzhou(person("p1", name=7)),
    "a text where a date belongs": lambda: wenzhou(person("p1", birth_date="2000-01-01")),
    "null where there is always a value": lambda: wenzhou(person("p1"), version=None),
    "a broken version": lambda: wenzhou(person("p1"), version=broken("version")),
    "two heads": lambda: wenzhou(person("p1"), person("p2", relation_to_head="HEAD")),
    "no head": lambda: wenzhou(person("p2")),
}


async def _accesses(context: Context) -> int:
    """Make the accesses of the request durable and count those of all requests."""
    province = context.province
    await settle(province, context.visit)
    async with province.ledger.session() as session:
        return int(await session.fetchval("SELECT count(*) FROM access_log"))


@pytest.mark.parametrize("make", SURPRISES.values(), ids=SURPRISES.keys())
async def test_a_surprise_is_answered_by_graphql_core(
    make_province: MakeProvince, make: Callable[[], HostileRegistry]
) -> None:
    both = await ask_both(await make_province([make()]), FAMILY)
    assert not both.fast
    both.assert_equal()


@pytest.mark.parametrize("make", SURPRISES.values(), ids=SURPRISES.keys())
async def test_the_second_run_reads_nothing_twice_and_puts_nothing_on_record_twice(
    make_province: MakeProvince, make: Callable[[], HostileRegistry]
) -> None:
    registry = make()
    province = await make_province([registry])
    schema, context = CompiledSchema(SCHEMA), Context(province, visit(province))
    assert await schema.execute_bytes(FAMILY, None, context) is None
    first_run = list(registry.calls), await _accesses(context), list(context.visit.outcomes)
    await SCHEMA.execute(FAMILY, None, context)
    assert (registry.calls, await _accesses(context), context.visit.outcomes) == first_run
    assert registry.calls


async def test_an_empty_value_is_null_and_no_surprise(make_province: MakeProvince) -> None:
    registry = wenzhou(person("p1", name=None, sex=None, birth_date=None), person("p2"))
    both = await ask_both(await make_province([registry]), FAMILY)
    assert both.fast, both.stock_errors
    both.assert_equal()


DOWN = {
    "read": '{ household(city: "wenzhou", number: "1") { version } me { role } }',
    "search": '{ searchPersons(filter: {name: "x"}) { edges { node { name } } outcomes { city status rows } } }',
    "page": '{ households(city: "wenzhou") { edges { node { number } } } me { role } }',
    "everywhere": '{ person(number: "33030219751120904X") { name } me { role } }',
    "count": '{ nameCount(name: "x") { total byCity { city count } } }',
}


@pytest.mark.parametrize("query", DOWN.values(), ids=DOWN.keys())
async def test_a_city_that_is_down_is_asked_once(make_province: MakeProvince, query: str) -> None:
    registry = wenzhou(person("p1"))
    registry.before = Raises(lambda: Unavailable("wenzhou", "down"))
    province = await make_province([registry])
    schema = CompiledSchema(SCHEMA)
    context = Context(province, visit(province))
    await schema.respond(query, None, context)
    assert len(registry.calls) == 1
    assert [outcome.status.value for outcome in context.visit.outcomes] == ["UNAVAILABLE"]
    both = await ask_both(province, query)
    both.assert_equal()


async def test_a_city_that_fails_at_the_second_wave_is_not_asked_again(make_province: MakeProvince) -> None:
    registry = wenzhou(person("p1"))
    asked: list[Kind] = []

    async def fail_for_members() -> None:
        asked.append(registry.calls[-1][1])
        if asked[-1] is Kind.PERSON:
            raise Unavailable("wenzhou", "down")

    failing: Callable[[], Awaitable[None]] = fail_for_members
    registry.before = failing
    province = await make_province([registry])
    answer = await CompiledSchema(SCHEMA).execute(FAMILY, None, Context(province, visit(province)))
    assert asked.count(Kind.HOUSEHOLD) == 1
    # Members and head are two questions: other fields are read for them.
    assert asked.count(Kind.PERSON) == 2
    assert answer.data is not None
    assert answer.data["me"] == {"role": "OFFICER"}
