"""Puts on record whose data is about to leave the gateway, one record for all that leaves together."""

from collections.abc import Mapping, Sequence

from resolvers.audit import record_access
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit
from tongban_adapters.model import Kind


def subject_of(province: Province, record: Record) -> bytes:
    """Return the key a record is accounted under: of a person the number's, without a number the record's own."""
    place = record.shape.index.get("number") if record.kind is Kind.PERSON else None
    number = None if place is None else record.row[place]
    if isinstance(number, str):
        return province.locator.key(number)
    return own_key(province, record.kind, record.city, record.text("ref"))


def subjects_of(province: Province, records: Sequence[Record]) -> list[bytes]:
    """Return the keys of many records of one read."""
    if not records or records[0].kind is not Kind.PERSON or "number" not in records[0].shape.index:
        return [subject_of(province, record) for record in records]
    key, place = province.locator.key, records[0].shape.index["number"]
    numbers = [record.row[place] for record in records]
    return [
        key(number) if isinstance(number, str) else subject_of(province, record)
        for record, number in zip(records, numbers, strict=True)
    ]


def own_key(province: Province, kind: Kind, city: str, ref: str) -> bytes:
    """Return the key of a record that has no citizen number."""
    return province.locator.key(f"{kind}:{city}:{ref}")


async def disclose(
    province: Province,
    visit: Visit,
    operation: str,
    kind: Kind,
    city: str,
    subject_keys: Sequence[bytes],
    fields: Sequence[str],
) -> None:
    """Return once the access to these subjects is durable. Raises TryLater(AUDIT_UNAVAILABLE): nothing may leave.

    The same access of the same request is put on record once, however often it is asked for.
    """
    if not subject_keys:
        return
    read = tuple(sorted(set(fields)))

    async def record(subjects: Sequence[bytes]) -> Mapping[bytes, None]:
        await record_access(province, visit, operation, kind, city, subjects, read)
        return dict.fromkeys(subjects)

    await visit.loaders.many(("access", operation, kind, city, read), subject_keys, record, len(subject_keys))
