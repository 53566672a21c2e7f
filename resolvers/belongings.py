"""Reads what hangs on a person: cards, card applications, relocations, changes."""

from collections.abc import Sequence

from resolvers import access, purposes
from resolvers.disclosure import disclose, subject_of
from resolvers.people import ALWAYS
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit
from tongban_adapters.model import Key, Kind


async def belongings(
    province: Province, visit: Visit, kind: Kind, city: str, person_ref: str, fields: Sequence[str]
) -> list[Record]:
    """Return the person's records of `kind`, by ref. A citizen has his own only. Raises as `person_by_ref` does."""
    await purposes.require_person_reader(province, visit)
    subject = await _subject(province, visit, city, person_ref)
    access.require_own(visit, subject)
    wanted = (*fields, "ref")
    found = await visit.loaders.read(province.city(city), kind, Key.PERSON_REF, person_ref, wanted)
    await disclose(province, visit, f"person.{kind}", kind, city, (subject,), fields)
    return sorted(found, key=_ref)


async def _subject(province: Province, visit: Visit, city: str, person_ref: str) -> bytes:
    """Return whose belongings these are: known from the person just read, else read."""
    known = visit.loaders.subjects.get((city, person_ref))
    if known is not None:
        return known
    found = await visit.loaders.read(province.city(city), Kind.PERSON, Key.REF, person_ref, ALWAYS)
    if not found:
        raise access.nothing_there()
    return subject_of(visit, found[0])


def _ref(record: Record) -> str:
    return record.text("ref")
