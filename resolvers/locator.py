"""Finds the one city, of all, whose registry owns a person, without trusting the number's prefix or old memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from resolvers.access import nothing_there
from resolvers.fanout import ARRIVED
from resolvers.ledger.locator import Owner
from resolvers.plan import Why, plan_person
from resolvers.problems import AskOperator, TryLater
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit
from tongban_adapters import divisions
from tongban_adapters.model import Key, Kind
from tongban_adapters.vocabulary import PersonState

# What has to be known of a record to tell whether it is the right one.
NEEDED = ("ref", "number", "state", "moved_to", "moved_on")

# A NORMAL record claims its person. Without a claim the best of the rest is shown, in this order; DELETED never is.
_ORDER: Mapping[str, int] = {
    state: rank
    for rank, state in enumerate(
        (
            PersonState.NORMAL,
            PersonState.MISSING,
            PersonState.IN_MILITARY_SERVICE,
            PersonState.SETTLED_ABROAD,
            PersonState.DEAD,
            PersonState.OTHER,
            PersonState.CANCELLED,
            PersonState.MOVED_OUT,
        )
    )
}
# Only these are believed without asking the other cities: a person in any other state may be settled elsewhere by now.
_BELIEVED = frozenset({PersonState.NORMAL, PersonState.DEAD})


async def find(province: Province, visit: Visit, number: str, fields: Collection[str]) -> Record:
    """Return the one record of the person of this normalised number, holding `fields` and NEEDED.

    Raises NotFound; TryLater where a city that could have the person did not answer; AskOperator(DISPUTED) naming
    the cities that claim the number; AskOperator(LOCATOR_STALE) where the pointer of a moved record leads nowhere.
    """
    key = visit.accesses.key(number)
    owner = await province.locator.find(key)
    wanted = tuple({*fields, *NEEDED})
    if owner is not None and owner.disputed:
        raise disputed(owner.cities)
    plan = plan_person(province.cities, owner.city if owner else None)
    if owner is None or plan.why is Why.ALL:
        return await _ask_everyone(province, visit, number, wanted, owner)
    record = await _one_of(province, visit, number, await _at(province, visit, owner.city, number, wanted))
    if record is None:
        return await _ask_everyone(province, visit, number, wanted, owner)
    if record.value("state") in _BELIEVED:
        return record
    target = moved_to_city(province, record)
    if target is None:
        return await _ask_everyone(province, visit, number, wanted, owner)
    return await _redirected(province, visit, number, wanted, owner, target)


def moved_to_city(province: Province, record: Record) -> str | None:
    """Return the city a moved-out record points to, or None where it points to no other city of the province."""
    code = record.value("moved_to")
    if record.value("state") != PersonState.MOVED_OUT or not isinstance(code, str):
        return None
    by_code = (city.slug for city in province.cities.values() if city.code[:4] == code[:4])
    division = divisions.find(code)
    target = next(by_code, None) or (division.city if division is not None else None)
    return target if target in province.cities and target != record.city else None


def disputed(cities: Sequence[str]) -> AskOperator:
    """Return the problem of a number that more than one record claims."""
    named = ",".join(cities)
    return AskOperator(f"more than one record claims this person, in {named}", code="DISPUTED", cities=named)


async def _at(province: Province, visit: Visit, city: str, number: str, fields: Sequence[str]) -> list[Record]:
    return await visit.loaders.read(province.cities[city], Kind.PERSON, Key.NUMBER, number, fields)


async def _redirected(
    province: Province, visit: Visit, number: str, fields: Sequence[str], owner: Owner, target: str
) -> Record:
    """Follow the pointer of a moved record, once."""
    record = await _one_of(province, visit, number, await _at(province, visit, target, number, fields))
    if record is None or record.value("state") not in _BELIEVED:
        raise _stale(owner.city, target)
    await province.locator.learn(visit.accesses.key(number), target, owner)
    return record


async def _ask_everyone(
    province: Province, visit: Visit, number: str, fields: Sequence[str], owner: Owner | None
) -> Record:
    """Ask every city. A person could be in any of them, so every one has to answer."""
    answers = await visit.loaders.read_everywhere(Kind.PERSON, Key.NUMBER, number, fields)
    missing = [city.slug for city, _, outcome in answers if outcome.status not in ARRIVED]
    if missing:
        named = ",".join(missing)
        raise TryLater(f"the person could be registered in {named}, which did not answer", cities=named)
    record = await _one_of(province, visit, number, [record for _, found, _ in answers for record in found or ()])
    if record is None:
        raise nothing_there()
    target = moved_to_city(province, record)
    if target is not None:
        raise _stale(record.city, target)
    if record.value("state") in _BELIEVED:
        await province.locator.learn(visit.accesses.key(number), record.city, owner)
    return record


async def _one_of(province: Province, visit: Visit, number: str, records: Sequence[Record]) -> Record | None:
    """Return the record that counts, None if there is none. Two that count equally are put on record as a dispute."""
    ranked = sorted((record for record in records if record.value("state") in _ORDER), key=_rank)
    if not ranked:
        return None
    equals = [record for record in ranked if _rank(record) == _rank(ranked[0])]
    if len(equals) > 1:
        cities = sorted({record.city for record in equals})
        await province.locator.dispute(visit.accesses.key(number), cities)
        raise disputed(cities)
    return ranked[0]


def _rank(record: Record) -> tuple[int, int]:
    state = str(record.value("state"))
    moved_on = record.day("moved_on") or date.min
    # Of several records left behind the last move counts.
    return _ORDER[state], -moved_on.toordinal() if state == PersonState.MOVED_OUT else 0


def _stale(city: str, target: str) -> AskOperator:
    text = f"{city} says the person moved to {target}, where the person is not"
    return AskOperator(text, code="LOCATOR_STALE", city=city, moved_to=target)
