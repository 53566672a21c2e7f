"""Reads one person, by number or by reference."""

from collections.abc import Mapping, Sequence

from resolvers import access, purposes
from resolvers.disclosure import disclose, subject_of
from resolvers.locator import find
from resolvers.problems import FixInput, Problem, one_of
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit
from tongban_adapters import citizen_number
from tongban_adapters.model import Key, Kind

# Read with every person: the access check and the access log rest on them.
ALWAYS = ("ref", "number")


async def person_by_number(province: Province, visit: Visit, number: str, fields: Sequence[str]) -> Record:
    """Return the person's record from the city that owns it, holding `fields`, ref and number.

    Raises AskForRight, FixInput(NUMBER_INVALID), NotFound, TryLater, AskOperator(DISPUTED, LOCATOR_STALE, …).
    """
    await purposes.require_person_reader(province, visit)
    normal = checked_number(province, number)
    # Before any city is asked: who may not see the person learns nothing from the time it takes either.
    access.require_own(visit, visit.accesses.key(normal))
    placed = ("household_ref",) if purposes.names_case(visit) else ()
    record = await find(province, visit, normal, (*fields, *ALWAYS, *placed))
    ref = record.text("ref")
    return one_of(await _shown(province, visit, record.city, {ref: record}, fields), ref)


async def persons_by_ref(
    province: Province, visit: Visit, city: str, refs: Sequence[str], fields: Sequence[str]
) -> Mapping[str, Record | Problem]:
    """Return each record `ref` of `city` as it stands there, NotFound where it is not there or not to be seen."""
    await purposes.require_person_reader(province, visit)
    wanted = (*fields, *ALWAYS, "household_ref")
    found = await visit.loaders.read_many(province.city(city), Kind.PERSON, Key.REF, refs, wanted)
    answers: dict[str, Record | Problem] = {}
    for ref in refs:
        try:
            answers[ref] = await _visible(province, visit, city, found[ref])
        except Problem as problem:
            answers[ref] = problem
    return await _shown(province, visit, city, answers, fields)


async def person_by_ref(province: Province, visit: Visit, city: str, ref: str, fields: Sequence[str]) -> Record:
    """Return the record `ref` of `city` as it stands there. Raises as `person_by_number` does."""
    return one_of(await persons_by_ref(province, visit, city, (ref,), fields), ref)


async def member_keys(province: Province, visit: Visit, city: str, household_ref: object) -> set[bytes]:
    """Return the subject keys of a household's active members, for access checks only."""
    if not isinstance(household_ref, str):
        return set()
    members = await visit.loaders.read(
        province.city(city), Kind.PERSON, Key.HOUSEHOLD_REF, household_ref, (*ALWAYS, "state")
    )
    return {subject_of(visit, member) for member in members if is_active(member)}


def is_active(record: Record) -> bool:
    """Whether the person is registered here now: state NORMAL."""
    return record.row[record.shape.index["state"]] == "NORMAL" or record.value("state") == "NORMAL"


def checked_number(province: Province, number: str, place: str = "number") -> str:
    """Return the normal form; raises FixInput(NUMBER_INVALID; more reason), which never repeats the number."""
    try:
        return citizen_number.check(number, province.clock.today())
    except citizen_number.NumberInvalid as wrong:
        raise FixInput(
            "this is not a citizen number", code="NUMBER_INVALID", place=place, reason=wrong.reason.value
        ) from None


async def _visible(province: Province, visit: Visit, city: str, found: Sequence[Record]) -> Record:
    if not found:
        raise access.nothing_there()
    record = found[0]
    if access.masks(visit, subject_of(visit, record)):
        access.require_own_household(visit, await member_keys(province, visit, city, record.value("household_ref")))
    return record


async def _shown(
    province: Province, visit: Visit, city: str, found: Mapping[str, Record | Problem], fields: Sequence[str]
) -> Mapping[str, Record | Problem]:
    """Put on record who is shown; a person the case named as purpose is not about is not."""
    case = await purposes.case_of(province, visit)
    answers = dict(found)
    shown, unrelated = [], []
    for ref, record in found.items():
        if isinstance(record, Problem):
            continue
        subject = subject_of(visit, record)
        if case is not None and not purposes.is_about(case, record, subject):
            answers[ref] = purposes.not_about()
            unrelated.append(subject)
        else:
            visit.loaders.subjects[city, ref] = subject
            shown.append(subject)
    await disclose(province, visit, "person", Kind.PERSON, city, shown, fields)
    # That there is such a person has been learnt, nothing else.
    await disclose(province, visit, "person", Kind.PERSON, city, unrelated, ())
    return answers
