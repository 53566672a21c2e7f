"""Where an answer comes from and how fresh it is."""

from datetime import datetime

import strawberry

from resolvers.record import Record
from schema.scalars import CityKey


@strawberry.type(description="The registry behind a record, and the moment it spoke.")
class Source:
    """Freshness of one record."""

    city: CityKey = strawberry.field(description="The city whose registry answered.")
    as_of: datetime = strawberry.field(description="When the registry answered (UTC).")
    stale: bool = strawberry.field(
        description="True if the registry may have written since, e.g. because it applies writes at the end of the day."
    )


def show_source(record: Record) -> Source:
    """Show the source of a record that was read just now."""
    return Source(city=CityKey(record.city), as_of=record.shape.as_of, stale=False)
