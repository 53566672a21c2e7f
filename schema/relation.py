"""Fields that lead from one registry record to others of the same registry, read for all parents at once."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, get_args, get_origin

import strawberry

from resolvers.problems import Problem, one_of
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit
from schema.column import NEEDS, Recorded
from schema.context import Info
from schema.selection import fields_for
from schema.showing import Showing, type_for
from tongban_adapters.model import Kind

# Metadata key: the Relation a GraphQL field stands for.
RELATION = "relation"

Related = Record | Sequence[Record] | Problem | None


class Load(Protocol):
    """Reads what hangs on the records `refs` of a city: one answer per ref, a Problem where there is one."""

    def __call__(
        self, province: Province, visit: Visit, city: str, refs: Sequence[str], fields: Sequence[str], /
    ) -> Awaitable[Mapping[str, Related]]:
        """Return the answers; raises a Problem where none of them can be read."""


@dataclass(frozen=True, slots=True)
class Relation:
    """From the canonical field `key` of a record to one record of `kind`, or to many."""

    key: str
    kind: Kind
    load: Load
    many: bool
    always: tuple[str, ...]

    @property
    def shown(self) -> type[Showing]:
        """The type that shows the records it leads to."""
        return type_for(self.kind)


def relation(
    key: str, kind: Kind, load: Load, declared: object, description: str, always: tuple[str, ...] = ("ref",)
) -> Any:
    """Declare a field that leads from the canonical field `key` to records of `kind`, as `load` reads them.

    `declared` is the type of the field, `always` what of the records is read in any case. A record whose key is empty
    leads nowhere: null. Both executors are made of this declaration: here is the one for graphql-core.
    """
    many = any(get_origin(part) is list for part in (declared, *get_args(declared)))
    leads = Relation(key, kind, load, many, always)

    async def resolve(root: Recorded, info: Info) -> Showing | list[Showing] | None:
        record, shown = root.record, leads.shown
        ref = record.text(key) if key == "ref" else record.optional_text(key)
        if ref is None:
            return None
        province, visit = info.context.province, info.context.visit
        fields = fields_for(info, shown, always=always)
        together = partial(_load, load, province, visit, record.city, fields)
        found = one_of({ref: await visit.loaders.batched((load, record.city, fields), together, ref)}, ref)
        if found is None:
            return None
        return shown(record=found) if isinstance(found, Record) else [shown(record=each) for each in found]

    metadata = {NEEDS: (key,), RELATION: leads}
    return strawberry.field(resolver=resolve, graphql_type=declared, description=description, metadata=metadata)


async def _load(
    load: Load, province: Province, visit: Visit, city: str, fields: Sequence[str], refs: Sequence[str]
) -> Mapping[str, Related]:
    return await load(province, visit, city, refs, fields)
