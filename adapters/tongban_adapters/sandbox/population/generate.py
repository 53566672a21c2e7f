"""The stream of synthetic households of one city: invented people only, the same ones on every run."""

from collections.abc import Iterator

from tongban_adapters.sandbox.population import defects, pairs, story
from tongban_adapters.sandbox.population.agenda import Agenda
from tongban_adapters.sandbox.population.chance import Draw, between, split, stream
from tongban_adapters.sandbox.population.families import SIZES, family, students
from tongban_adapters.sandbox.population.former import remember
from tongban_adapters.sandbox.population.households import Registrar
from tongban_adapters.sandbox.population.places import REGISTERED, Place, counties, people
from tongban_adapters.sandbox.population.records import Household, Planted
from tongban_adapters.sandbox.population.singles import MAKERS

SEED = 20210601
COLLECTIVE = 0.06
_FORMER = 0.03


def generate(city: str, scale: int, seed: int = SEED) -> Iterator[Household]:
    """Yield every household of a city at 1:scale, county after county, in a memory that does not grow.

    Ids, numbers and everything else depend on (city, scale, seed) alone; numbers are unique over all cities but for
    the planted doubles. Raises ValueError for an unknown city or a scale below 1.
    """
    if city not in REGISTERED:
        raise ValueError(f"no such city: {city}")
    if scale < 1:
        raise ValueError("the scale is the N of 1:N, at least 1")
    registrar = Registrar(city, scale)
    total = people(city, scale)
    agenda = _agenda(city, scale, total)
    in_groups = split(round(total * COLLECTIVE), counties(city))
    for county, count in split(total, counties(city)).items():
        draw = stream(seed, city, county)
        place = Place(city, county)
        agenda.enter(county)
        yield from _families(registrar, draw, place, count - in_groups[county], agenda)
        yield from _groups(registrar, draw, place, in_groups[county])


def planted(city: str, scale: int, seed: int = SEED) -> tuple[Planted, ...]:
    """Return what is wrong on purpose in a city: the kind of each defect and the record that has it."""
    return tuple(entry for household in generate(city, scale, seed) for entry in household.planted)


def _agenda(city: str, scale: int, total: int) -> Agenda:
    spread, waiting = pairs.plans(city, scale)
    waiting += defects.adjusted(city, scale)
    return Agenda(waiting + defects.schedule(defects.plans(city, scale) + spread, total))


def _families(registrar: Registrar, draw: Draw, place: Place, left: int, agenda: Agenda) -> Iterator[Household]:
    if (registrar.city, place.code) == (story.CITY, story.COUNTY) and left >= 3:
        household = story.household(registrar, place)
        left -= len(household.members)
        yield household
    while left > 0:
        household = _next(registrar, draw, place, left, agenda)
        if len(household.members) < left and not household.planted and draw() < _FORMER:
            household = remember(registrar, draw, place, household)
        left -= len(household.members)
        yield household


def _next(registrar: Registrar, draw: Draw, place: Place, left: int, agenda: Agenda) -> Household:
    due = agenda.due(registrar.registered)
    for plan in due:
        if plan.defect in MAKERS:
            agenda.done(plan)
            return MAKERS[plan.defect](registrar, draw, place, plan.index)
    size = min(SIZES.spin(draw()), left)
    household = registrar.family(draw, place, family(draw, size))
    for plan in due:
        spoiled = defects.plant(plan.defect, plan.index, household)
        if spoiled is not None:
            agenda.done(plan)
            return spoiled
    return household


def _groups(registrar: Registrar, draw: Draw, place: Place, left: int) -> Iterator[Household]:
    while left > 0:
        size = min(between(draw, 4, 60), left)
        left -= size
        yield registrar.collective(draw, place, students(draw, size))
