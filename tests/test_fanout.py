"""Asking cities: patience, queue, breaker, shared reads, and a meaning for everything that can go wrong."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine

import pytest
import uvloop

from resolvers.breaker import Breaker, BreakerState
from resolvers.fanout import MEANINGS, Outcome, OutcomeStatus, ask, ask_all, meaning_of, problem_of, read
from resolvers.line import AdapterFault, Line, LineFault, asyncio_time
from resolvers.problems import AskOperator, FixInput, Problem, TryLater
from resolvers.province import City
from tests.hostile import Gate, HostileRegistry, Raises, never
from tongban_adapters import errors
from tongban_adapters.model import Key, Kind, Row
from tongban_adapters.vocabulary import RefusalCode

FAR = 3600.0


def city(
    slug: str = "huzhou", patience_ms: int = 60_000, max_connections: int = 4, queue: int = 4, threshold: int = 3
) -> tuple[City, HostileRegistry]:
    registry = HostileRegistry(slug, {Kind.PERSON: [{"ref": "1", "number": "n", "name": "陈一"}]})
    line = Line(patience_ms, max_connections, queue, Breaker(threshold, FAR, asyncio_time))
    return City(slug, "330500", "湖州市", "Huzhou", registry, line), registry


def reading(registry: HostileRegistry) -> Callable[[], Coroutine[object, object, list[Row]]]:
    return lambda: registry.read(Kind.PERSON, Key.REF, ["1"], ["name"])


async def ask_one(one: City, registry: HostileRegistry, within: float = FAR) -> list[Row]:
    return await ask(one, reading(registry), asyncio_time() + within)


async def read_one(one: City, registry: HostileRegistry, outcomes: list[Outcome], within: float = FAR) -> list[Row]:
    return await read(one, "same", reading(registry), len, asyncio_time() + within, outcomes)


async def problem(asking: Awaitable[object]) -> Problem:
    with pytest.raises(Problem) as raised:
        await asking
    return raised.value


def every_kind(parent: type) -> set[type]:
    children: list[type] = parent.__subclasses__()
    return {parent}.union(*map(every_kind, children))


def test_every_fault_has_a_meaning() -> None:
    adapter = every_kind(errors.AdapterError) - {errors.AdapterError}
    line = every_kind(LineFault) - {LineFault}
    own = {kind for kind in adapter | line if not kind.__module__.startswith("tests.")}
    assert set(MEANINGS) == own


def test_a_kind_an_adapter_made_up_means_what_its_parent_means() -> None:
    class MaintenanceWindow(errors.Unavailable):
        """Made up by a city."""

    class Novelty(errors.AdapterError):
        """Made up without a parent."""

    assert meaning_of(MaintenanceWindow("huzhou", "back at six")) is MEANINGS[errors.Unavailable]
    assert meaning_of(Novelty("huzhou", "?")) is MEANINGS[AdapterFault]


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (errors.Unavailable("huzhou", "x"), TryLater, "REGISTRY_UNAVAILABLE"),
        (errors.UnknownOutcome("huzhou", "x"), TryLater, "REGISTRY_TIMEOUT"),
        (errors.Unsupported("huzhou", "x"), FixInput, "UNSUPPORTED"),
        (errors.Refused("huzhou", RefusalCode.RECORD_LOCKED, "x"), AskOperator, "REGISTRY_REFUSED"),
        (AdapterFault("x"), AskOperator, "ADAPTER_FAULT"),
    ],
    ids=["unavailable", "unknown", "unsupported", "refused", "fault"],
)
def test_a_fault_becomes_a_problem_that_names_the_city(fault: Exception, kind: type[Problem], code: str) -> None:
    assert isinstance(fault, errors.AdapterError | LineFault)
    told = problem_of("huzhou", fault)
    assert (type(told), told.code, told.more["city"]) == (kind, code, "huzhou")
    assert told.more.get("refusal") == ("RECORD_LOCKED" if isinstance(fault, errors.Refused) else None)


async def test_retry_is_tried_once_more_and_no_further() -> None:
    one, registry = city()
    registry.before = Raises(lambda: errors.Retry("huzhou", "deadlock"), times=1)
    assert await ask_one(one, registry) == [("陈一",)]
    assert len(registry.calls) == 2
    registry.before = Raises(lambda: errors.Retry("huzhou", "deadlock"))
    assert (await problem(ask_one(one, registry))).code == "REGISTRY_UNAVAILABLE"
    assert len(registry.calls) == 4


async def test_a_slow_city_costs_its_patience_and_is_named() -> None:
    one, registry = city(patience_ms=20)
    registry.before = never
    told = await problem(ask_one(one, registry))
    assert (told.code, told.more["city"]) == ("REGISTRY_TIMEOUT", "huzhou")


async def test_the_requests_deadline_ends_the_wait_before_the_patience() -> None:
    one, registry = city()
    registry.before = never
    outcomes: list[Outcome] = []
    assert (await problem(read_one(one, registry, outcomes, within=0.02))).code == "REGISTRY_TIMEOUT"
    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.TIMED_OUT]
    assert one.line.state is BreakerState.CLOSED


async def test_a_full_queue_says_so_at_once() -> None:
    one, registry = city(max_connections=1, queue=1)
    gate = registry.before = Gate()
    first = asyncio.ensure_future(ask_one(one, registry))
    await gate.waiting.wait()
    second = asyncio.ensure_future(ask_one(one, registry))
    await asyncio.sleep(0)
    assert (await problem(ask_one(one, registry))).code == "OVERLOADED"
    assert len(registry.calls) == 1
    gate.open()
    assert await first == await second == [("陈一",)]
    assert one.line.state is BreakerState.CLOSED


async def test_the_breaker_spares_a_city_that_is_down_and_one_probe_brings_it_back() -> None:
    hand = [0.0]
    one, registry = city()
    line = Line(60_000, 4, 4, Breaker(3, 2.0, lambda: hand[0]))
    one = City(one.slug, one.code, one.name_zh, one.name_en, registry, line)
    registry.before = Raises(lambda: errors.Unavailable("huzhou", "no route"))
    for _ in range(5):
        assert (await problem(ask_one(one, registry))).code == "REGISTRY_UNAVAILABLE"
    assert (len(registry.calls), line.state) == (3, BreakerState.OPEN)
    told = (await problem(ask_one(one, registry))).message
    assert told == "the registry of huzhou did not answer several times and is not asked for a moment"

    hand[0] = 2.0
    gate = registry.before = Gate()
    probe = asyncio.ensure_future(ask_one(one, registry))
    await gate.waiting.wait()
    assert (await problem(ask_one(one, registry))).code == "REGISTRY_UNAVAILABLE"
    assert len(registry.calls) == 4
    gate.open()
    assert await probe == [("陈一",)]
    assert line.state is BreakerState.CLOSED


async def test_a_probe_whose_caller_leaves_does_not_block_the_next() -> None:
    hand = [0.0]
    one, registry = city()
    line = Line(60_000, 4, 4, Breaker(1, 2.0, lambda: hand[0]))
    one = City(one.slug, one.code, one.name_zh, one.name_en, registry, line)
    registry.before = Raises(lambda: errors.Unavailable("huzhou", "no route"), times=1)
    await problem(ask_one(one, registry))
    hand[0] = 2.0
    gate = registry.before = Gate()
    probe = asyncio.ensure_future(ask_one(one, registry))
    await gate.waiting.wait()
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    gate.open()
    assert await ask_one(one, registry) == [("陈一",)]


async def test_a_refusal_is_an_answer_and_opens_no_breaker() -> None:
    one, registry = city(threshold=1)
    registry.before = Raises(lambda: errors.Refused("huzhou", RefusalCode.RECORD_LOCKED, "held"))
    for _ in range(3):
        assert (await problem(ask_one(one, registry))).more["refusal"] == "RECORD_LOCKED"
    assert (len(registry.calls), one.line.state) == (3, BreakerState.CLOSED)


async def test_what_no_contract_allows_is_a_fault_of_the_adapter_and_its_text_is_told_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, registry = city()
    registry.before = Raises(lambda: ValueError("33030219751120904X"))
    with caplog.at_level(logging.DEBUG):
        told = await problem(ask_one(one, registry))
    assert told.code == "ADAPTER_FAULT"
    assert "ValueError" in caplog.text
    assert "1975" not in caplog.text + str(told) + str(told.more)


async def test_the_same_read_in_flight_is_shared_and_each_asker_has_an_outcome() -> None:
    one, registry = city()
    gate = registry.before = Gate()
    outcomes: list[Outcome] = []
    both = [asyncio.ensure_future(read_one(one, registry, outcomes)) for _ in range(2)]
    await gate.waiting.wait()
    gate.open()
    assert await asyncio.gather(*both) == [[("陈一",)], [("陈一",)]]
    assert len(registry.calls) == 1
    assert [(outcome.status, outcome.rows) for outcome in outcomes] == [(OutcomeStatus.ANSWERED, 1)] * 2
    await read_one(one, registry, outcomes)
    assert len(registry.calls) == 2


async def test_a_short_call_takes_time_on_the_clock_of_the_server_too() -> None:
    async def asked() -> float:
        one, registry = city()
        outcomes: list[Outcome] = []
        await read_one(one, registry, outcomes)
        return outcomes[0].elapsed_ms

    assert await asyncio.to_thread(uvloop.run, asked()) > 0


async def test_an_asker_who_leaves_does_not_take_the_answer_from_the_other() -> None:
    one, registry = city()
    gate = registry.before = Gate()
    leaving = asyncio.ensure_future(read_one(one, registry, []))
    await gate.waiting.wait()
    staying = asyncio.ensure_future(read_one(one, registry, []))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    gate.open()
    assert await staying == [("陈一",)]
    assert len(registry.calls) == 1


async def test_a_read_after_a_write_is_not_given_what_was_read_before_it() -> None:
    one, registry = city()
    gate = registry.before = Gate()
    early = asyncio.ensure_future(read_one(one, registry, []))
    await gate.waiting.wait()
    registry.before = None
    await ask_one(one, registry)
    assert await read_one(one, registry, []) == [("陈一",)]
    assert len(registry.calls) == 3
    gate.open()
    await early


async def test_every_city_asked_has_an_outcome_whatever_it_did() -> None:
    well, well_registry = city("hangzhou")
    empty, empty_registry = city("ningbo")
    slow, slow_registry = city("wenzhou", patience_ms=20)
    down, down_registry = city("jiaxing")
    odd, odd_registry = city("huzhou")
    unable, unable_registry = city("quzhou")
    refusing, refusing_registry = city("lishui")
    empty_registry.records[Kind.PERSON].clear()
    slow_registry.before = never
    down_registry.before = Raises(lambda: errors.Unavailable("jiaxing", "no route"))
    odd_registry.before = Raises(lambda: KeyError("column"))
    unable_registry.before = Raises(lambda: errors.Unsupported("quzhou", "no such read"))
    refusing_registry.before = Raises(lambda: errors.Refused("lishui", RefusalCode.NO_RIGHT, "no"))
    cities = [well, empty, slow, down, odd, unable, refusing]
    registries = [
        *(well_registry, empty_registry, slow_registry, down_registry),
        *(odd_registry, unable_registry, refusing_registry),
    ]
    by_slug = {one.slug: registry for one, registry in zip(cities, registries, strict=True)}

    answers = await ask_all(
        cities,
        lambda _: "same",
        lambda one: by_slug[one.slug].read(Kind.PERSON, Key.REF, ["1"], ["name"]),
        len,
        asyncio_time() + FAR,
    )
    assert [(one.slug, rows, outcome.status.value, outcome.rows) for one, rows, outcome in answers] == [
        ("hangzhou", [("陈一",)], "ANSWERED", 1),
        ("ningbo", [], "EMPTY", 0),
        ("wenzhou", None, "TIMED_OUT", 0),
        ("jiaxing", None, "UNAVAILABLE", 0),
        ("huzhou", None, "UNAVAILABLE", 0),
        ("quzhou", None, "UNSUPPORTED", 0),
        ("lishui", None, "REFUSED", 0),
    ]
    assert all(outcome.city == one.slug and outcome.elapsed_ms >= 0 for one, _, outcome in answers)
