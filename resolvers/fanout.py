"""Asks one city or several at once, and says how each of them answered."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter
from typing import Generic, NamedTuple, TypeVar

from resolvers.line import AdapterFault, BreakerOpen, LineFault, QueueFull, TooSlow
from resolvers.problems import AskOperator, FixInput, Problem, TryLater
from resolvers.province import City
from tongban_adapters.errors import (
    AdapterError,
    BrokenRecord,
    Refused,
    Retry,
    Unavailable,
    UnknownOutcome,
    Unsupported,
)

log = logging.getLogger(__name__)
T = TypeVar("T")


class OutcomeStatus(StrEnum):
    """How one city answered one question."""

    ANSWERED = "ANSWERED"
    EMPTY = "EMPTY"
    TIMED_OUT = "TIMED_OUT"
    UNAVAILABLE = "UNAVAILABLE"
    REFUSED = "REFUSED"
    UNSUPPORTED = "UNSUPPORTED"


ARRIVED = frozenset({OutcomeStatus.ANSWERED, OutcomeStatus.EMPTY})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One city's part in an answer: `rows` it gave, `elapsed_ms` it took, asked at `since` (seconds, perf_counter)."""

    city: str
    status: OutcomeStatus
    rows: int
    elapsed_ms: float
    since: float = field(default=0.0, compare=False)


class Meaning(NamedTuple):
    """What a fault means: the status shown, and the problem raised where the answer depends on this city alone."""

    status: OutcomeStatus
    problem: type[Problem]
    code: str
    text: str


# Every way a call can fail, and what it means to the caller. A test holds the table complete.
MEANINGS: dict[type, Meaning] = {
    Retry: Meaning(OutcomeStatus.UNAVAILABLE, TryLater, "REGISTRY_UNAVAILABLE", "cannot answer now"),
    Unavailable: Meaning(OutcomeStatus.UNAVAILABLE, TryLater, "REGISTRY_UNAVAILABLE", "cannot be reached now"),
    BreakerOpen: Meaning(
        OutcomeStatus.UNAVAILABLE,
        TryLater,
        "REGISTRY_UNAVAILABLE",
        "did not answer several times and is not asked for a moment",
    ),
    QueueFull: Meaning(OutcomeStatus.UNAVAILABLE, TryLater, "OVERLOADED", "has too many questions waiting"),
    TooSlow: Meaning(OutcomeStatus.TIMED_OUT, TryLater, "REGISTRY_TIMEOUT", "did not answer in time"),
    UnknownOutcome: Meaning(OutcomeStatus.TIMED_OUT, TryLater, "REGISTRY_TIMEOUT", "was asked and did not answer"),
    Refused: Meaning(OutcomeStatus.REFUSED, AskOperator, "REGISTRY_REFUSED", "refused"),
    Unsupported: Meaning(OutcomeStatus.UNSUPPORTED, FixInput, "UNSUPPORTED", "does not offer this"),
    BrokenRecord: Meaning(OutcomeStatus.UNAVAILABLE, AskOperator, "BROKEN_RECORD", "holds a record that fits nothing"),
    AdapterFault: Meaning(OutcomeStatus.UNAVAILABLE, AskOperator, "ADAPTER_FAULT", "is connected by a faulty adapter"),
}


def meaning_of(fault: AdapterError | LineFault) -> Meaning:
    """Return the fault's row of the table; a kind an adapter made up itself means what its parent means."""
    return next((MEANINGS[kind] for kind in type(fault).__mro__ if kind in MEANINGS), MEANINGS[AdapterFault])


def problem_of(city: str, fault: AdapterError | LineFault) -> Problem:
    """Return the problem a fault of this city is to the caller; `more` names the city (and a refusal's code)."""
    meaning = meaning_of(fault)
    more = {"city": city}
    if isinstance(fault, Refused):
        more["refusal"] = fault.code.value
    return meaning.problem(f"the registry of {city} {meaning.text}", code=meaning.code, place=city, **more)


async def ask(city: City, call: Callable[[], Awaitable[T]], deadline: float) -> T:
    """Make one call to one city, never shared. `deadline` is loop time in seconds.

    Raises TryLater(REGISTRY_UNAVAILABLE, REGISTRY_TIMEOUT, OVERLOADED; more city), AskOperator(REGISTRY_REFUSED;
    more city, refusal), AskOperator(ADAPTER_FAULT), FixInput(UNSUPPORTED); the cause is the adapter's own error.
    """
    try:
        return await city.line.run(call, deadline)
    except (AdapterError, LineFault) as fault:
        raise _told(city, fault) from fault


async def read(
    city: City,
    key: Hashable,
    call: Callable[[], Coroutine[object, object, T]],
    rows: Callable[[T], int],
    deadline: float,
    outcomes: list[Outcome],
) -> T:
    """Make one read of one city, shared with the same read in flight; adds its outcome. Raises as `ask` does."""
    heard = await _read(city, key, call, rows, deadline)
    outcomes.append(heard.outcome)
    if heard.fault is not None:
        raise _told(city, heard.fault) from heard.fault
    return heard.answers[0]


async def ask_all(
    cities: Sequence[City],
    key: Callable[[City], Hashable],
    call: Callable[[City], Coroutine[object, object, T]],
    rows: Callable[[T], int],
    deadline: float,
) -> list[tuple[City, T | None, Outcome]]:
    """Read from several cities at once; one entry per city asked, in their order. A city that failed answers None."""

    async def one(city: City) -> tuple[City, T | None, Outcome]:
        heard = await _read(city, key(city), lambda: call(city), rows, deadline)
        if heard.fault is not None:
            _told(city, heard.fault)
            return city, None, heard.outcome
        return city, heard.answers[0], heard.outcome

    return list(await asyncio.gather(*(one(city) for city in cities)))


@dataclass(frozen=True, slots=True)
class _Heard(Generic[T]):
    """Either one answer or a fault."""

    answers: list[T]
    fault: AdapterError | LineFault | None
    outcome: Outcome


async def _read(
    city: City,
    key: Hashable,
    call: Callable[[], Coroutine[object, object, T]],
    rows: Callable[[T], int],
    deadline: float,
) -> "_Heard[T]":
    since = perf_counter()  # the loop's clock stands still between two rounds of the loop

    def outcome(status: OutcomeStatus, count: int) -> Outcome:
        return Outcome(city.slug, status, count, (perf_counter() - since) * 1000, since)

    try:
        answer = await city.line.share(key, call, deadline)
    except (AdapterError, LineFault) as fault:
        return _Heard([], fault, outcome(meaning_of(fault).status, 0))
    count = rows(answer)
    status = OutcomeStatus.ANSWERED if count else OutcomeStatus.EMPTY
    return _Heard([answer], None, outcome(status, count))


def _told(city: City, fault: AdapterError | LineFault) -> Problem:
    """Log what an operator should know and return what the caller is told; never the text of a fault."""
    problem = problem_of(city.slug, fault)
    detail = str(fault) if isinstance(fault, AdapterFault) else type(fault).__name__
    log.warning("registry %s: %s (%s)", city.slug, problem.code, detail)
    return problem
