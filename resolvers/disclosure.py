"""Notes whose data is about to leave the gateway, and under which key each of them is accounted."""

from collections.abc import Sequence
from typing import cast

from resolvers.accesses import Look
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit
from tongban_adapters.model import Kind


def subject_of(visit: Visit, record: Record) -> bytes:
    """Return the key a record is accounted under: of a person the number's, without a number the record's own."""
    place = record.shape.index.get("number") if record.kind is Kind.PERSON else None
    number = None if place is None else record.row[place]
    if isinstance(number, str):
        return visit.accesses.key(number)
    return own_key(visit, record.kind, record.city, record.text("ref"))


def subjects_of(visit: Visit, records: Sequence[Record]) -> list[bytes]:
    """Return the keys of persons of one read."""
    if not records:
        return []
    place = records[0].shape.index["number"]
    numbers = [record.row[place] for record in records]
    if all(number.__class__ is str for number in numbers):
        return visit.accesses.keys(cast("list[str]", numbers))
    return [subject_of(visit, record) for record in records]


def own_key(visit: Visit, kind: Kind, city: str, ref: str) -> bytes:
    """Return the key of a record that has no citizen number."""
    return visit.accesses.key(f"{kind}:{city}:{ref}")


async def disclose(
    province: Province,
    visit: Visit,
    operation: str,
    kind: Kind,
    city: str,
    subject_keys: Sequence[bytes],
    fields: Sequence[str],
) -> None:
    """Note the access to these subjects. It is durable, and the data may leave, once `audit.settle` has returned."""
    look = Look(operation, kind, city, tuple(sorted(set(fields))))
    visit.accesses.note(look, province.clock.now(), subject_keys)
