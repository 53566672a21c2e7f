"""Reads what hangs on a person: cards, card applications, relocations, changes."""

from collections.abc import Mapping, Sequence
from datetime import date

from resolvers import access, purposes
from resolvers.disclosure import disclose, subject_of
from resolvers.people import ALWAYS
from resolvers.problems import Problem, one_of
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit
from tongban_adapters.model import Key, Kind
from tongban_adapters.vocabulary import IdCardState


async def belongings_of(
    province: Province, visit: Visit, kind: Kind, city: str, person_refs: Sequence[str], fields: Sequence[str]
) -> Mapping[str, list[Record] | Problem]:
    """Return each person's records of `kind`, by ref. A citizen has his own only. Raises as `person_by_ref` does."""
    await purposes.require_person_reader(province, visit)
    subjects = await _subjects(province, visit, city, person_refs)
    own = [ref for ref, subject in subjects.items() if isinstance(subject, bytes)]
    answers: dict[str, list[Record] | Problem] = {
        ref: subject for ref, subject in subjects.items() if isinstance(subject, Problem)
    }
    if not own:
        return answers
    found = await visit.loaders.read_many(province.city(city), kind, Key.PERSON_REF, own, (*fields, "ref"))
    for ref in own:
        try:
            answers[ref] = sorted(found[ref], key=_ref)
        except Problem as problem:
            answers[ref] = problem
    told = [subject for subject in subjects.values() if isinstance(subject, bytes)]
    await disclose(province, visit, f"person.{kind}", kind, city, told, fields)
    return answers


async def belongings(
    province: Province, visit: Visit, kind: Kind, city: str, person_ref: str, fields: Sequence[str]
) -> list[Record]:
    """Return one person's records of `kind`."""
    return one_of(await belongings_of(province, visit, kind, city, (person_ref,), fields), person_ref)


async def cards_of(
    province: Province, visit: Visit, city: str, person_refs: Sequence[str], fields: Sequence[str]
) -> Mapping[str, Record | Problem | None]:
    """Return each person's card in force, or the newest one if none is."""
    wanted = tuple(sorted({*fields, "state", "valid_from"}))
    found = await belongings_of(province, visit, Kind.ID_CARD, city, person_refs, wanted)
    answers: dict[str, Record | Problem | None] = {}
    for ref in person_refs:
        try:
            answers[ref] = _card(one_of(found, ref))
        except Problem as problem:
            answers[ref] = problem
    return answers


async def newest_first(
    kind: Kind,
    order: str,
    province: Province,
    visit: Visit,
    city: str,
    person_refs: Sequence[str],
    fields: Sequence[str],
) -> Mapping[str, list[Record] | Problem]:
    """Return each person's records of `kind` by the day `order`, the newest first."""
    found = await belongings_of(province, visit, kind, city, person_refs, tuple(sorted({*fields, order})))
    answers: dict[str, list[Record] | Problem] = {}
    for ref in person_refs:
        try:
            answers[ref] = sorted(one_of(found, ref), key=lambda each: each.day(order) or date.min, reverse=True)
        except Problem as problem:
            answers[ref] = problem
    return answers


async def _subjects(
    province: Province, visit: Visit, city: str, person_refs: Sequence[str]
) -> dict[str, bytes | Problem]:
    """Return whose belongings these are: known from the persons just read, else read."""
    known = visit.loaders.subjects
    unknown = [ref for ref in person_refs if (city, ref) not in known]
    read = await visit.loaders.read_many(province.city(city), Kind.PERSON, Key.REF, unknown, ALWAYS)
    subjects: dict[str, bytes | Problem] = {}
    for ref in person_refs:
        try:
            subject = known.get((city, ref)) or _subject(visit, read[ref])
            access.require_own(visit, subject)
            subjects[ref] = subject
        except Problem as problem:
            subjects[ref] = problem
    return subjects


def _subject(visit: Visit, found: Sequence[Record]) -> bytes:
    if not found:
        raise access.nothing_there()
    return subject_of(visit, found[0])


def _card(cards: Sequence[Record]) -> Record | None:
    in_force = [card for card in cards if card.value("state") is IdCardState.NORMAL]
    return max(in_force or cards, key=lambda card: card.day("valid_from") or date.min, default=None)


def _ref(record: Record) -> str:
    return record.text("ref")
