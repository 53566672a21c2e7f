"""Finds persons by name over the cities, and counts a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from resolvers import purposes
from resolvers.disclosure import disclose, subject_of
from resolvers.fanout import Outcome, ask_all
from resolvers.line import AdapterFault
from resolvers.listing import ListPage, list_page, question
from resolvers.people import ALWAYS
from resolvers.plan import plan_list
from resolvers.problems import FixInput
from resolvers.province import City, Province
from resolvers.visit import Visit
from tongban_adapters import divisions
from tongban_adapters.model import Condition, Criteria, Kind, Match, Page
from tongban_adapters.vocabulary import PersonState, Sex

MAX_PERSONS = 100
# A count below this is not told: it could point to one person.
SMALL_CELL = 5


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """Whom to look for; every condition holds. A name or the beginning of one is needed. Both ends are inclusive."""

    name: str | None = None
    name_starts_with: str | None = None
    sex: Sex | None = None
    born_from: date | None = None
    born_to: date | None = None
    division: str | None = None
    state: PersonState = PersonState.NORMAL


@dataclass(frozen=True, slots=True)
class CityCount:
    """One city's count; None where the city did not answer or (`suppressed`) the count is below SMALL_CELL."""

    city: str
    count: int | None
    suppressed: bool


@dataclass(frozen=True, slots=True)
class NameCount:
    """How many registered persons bear exactly this name.

    `total` is told only if every city's count is: beside a total, the shown cities would give away what the others
    hide (exactly, where one is hidden; and where several are, that they hide nobody or the most they can). So nothing
    that depends on a hidden count leaves: not its sum, not whether it is zero, not by the outcomes.
    """

    total: int | None
    suppressed: bool
    by_city: list[CityCount]
    outcomes: list[Outcome]


async def search_persons(
    province: Province,
    visit: Visit,
    filter: PersonFilter,
    cities: Sequence[str] | None,
    first: int,
    after: str | None,
    fields: Sequence[str],
) -> ListPage:
    """Return a page of persons in (name, city, ref) order over `cities` (None: all), holding `fields`, ref and number.

    Raises AskForRight (not for citizens); FixInput(FILTER_TOO_WIDE, UNKNOWN_CITY, UNKNOWN_DIVISION, PAGE_SIZE,
    BAD_CURSOR). A city that fails is in `outcomes`, and its persons come on a later page once it is back.
    """
    await purposes.require_register_reader(province, visit)
    plan = plan_list(Kind.PERSON, tuple(province.cities), cities)
    asked = question(_criteria(filter), [province.cities[slug] for slug in plan.cities], (*fields, *ALWAYS))
    page = await list_page(province, visit, asked, first, after, MAX_PERSONS)
    await _disclose(province, visit, page, fields)
    return page


async def name_count(province: Province, visit: Visit, name: str) -> NameCount:
    """Count the persons registered now under exactly this name. Open to everybody. Raises FixInput(FILTER_TOO_WIDE)."""
    criteria = _criteria(PersonFilter(name=name))

    async def ask() -> list[tuple[City, int | None, Outcome]]:
        answers = await ask_all(
            tuple(province.cities.values()),
            lambda _: ("count", criteria),
            lambda city: _count(city, criteria),
            lambda _: 1,  # the number of counts, not of persons: an outcome must not tell what is suppressed
            visit.deadline,
        )
        visit.outcomes.extend(outcome for _, _, outcome in answers)
        return answers

    answers = await visit.loaders.once(("count", criteria), ask)
    outcomes = [outcome for _, _, outcome in answers]
    cells = [CityCount(city.slug, *_cell(count)) for city, count, _ in answers]
    shown = [cell.count for cell in cells if cell.count is not None]
    total = sum(shown) if len(shown) == len(cells) else None
    return NameCount(total, any(cell.suppressed for cell in cells), cells, outcomes)


def _cell(count: int | None) -> tuple[int | None, bool]:
    """Return (count to show, suppressed). Zero is hidden too, else the hidden ones would be known to be somebody."""
    if count is None:
        return None, False
    return (None, True) if count < SMALL_CELL else (count, False)


async def _count(city: City, criteria: Criteria) -> int:
    found = await city.registry.search(criteria, ("ref",), Page(1, count=True))
    if not isinstance(found.total, int):
        raise AdapterFault("no total where one was asked for")
    return found.total


def _criteria(filter: PersonFilter) -> Criteria:
    """Return the filter as conditions; raises FixInput where it is too wide or cannot match."""
    if not (filter.name or "").strip() and not (filter.name_starts_with or "").strip():
        raise FixInput("give a name or the beginning of one", code="FILTER_TOO_WIDE", place="filter")
    if filter.division is not None and divisions.find(filter.division) is None:
        raise FixInput("there is no such division", code="UNKNOWN_DIVISION", place="filter.division")
    if filter.born_from and filter.born_to and filter.born_from > filter.born_to:
        raise FixInput("bornFrom lies after bornTo", place="filter.bornFrom")
    conditions = (
        ("name", Match.EQUALS, filter.name and filter.name.strip()),
        ("name", Match.STARTS_WITH, filter.name_starts_with and filter.name_starts_with.strip()),
        ("sex", Match.EQUALS, filter.sex and filter.sex.value),
        ("birth_date", Match.AT_LEAST, filter.born_from),
        ("birth_date", Match.AT_MOST, filter.born_to),
        ("division", Match.EQUALS, filter.division),
        ("state", Match.EQUALS, filter.state.value),
    )
    return Criteria(Kind.PERSON, tuple(Condition(*condition) for condition in conditions if condition[2]))


async def _disclose(province: Province, visit: Visit, page: ListPage, fields: Sequence[str]) -> None:
    """Put every person of the page on record, by city."""
    subjects: dict[str, list[bytes]] = {}
    for item in page.items:
        subject = subject_of(visit, item.record)
        visit.loaders.subjects[item.record.city, item.record.text("ref")] = subject
        subjects.setdefault(item.record.city, []).append(subject)
    for city, keys in subjects.items():
        await disclose(province, visit, "searchPersons", Kind.PERSON, city, keys, fields)
