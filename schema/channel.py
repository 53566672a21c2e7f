"""The channels between handling cities and registries, and how much of the province they cover."""

from datetime import date, datetime

import strawberry

from resolvers import channels
from resolvers.catalogue import ItemSet
from resolvers.channels import Precision, Reading, RowStatus, Weighting
from schema.scalars import CityKey, ItemCode


@strawberry.type(description="A row of the channel policy, with both time axes and its evidence.")
class ChannelRow:
    """One row."""

    id: str = strawberry.field(description="Id of the row.")
    valid_from: date = strawberry.field(description="First day it opens.")
    valid_to: date | None = strawberry.field(description="First day it does not; null if open-ended.")
    precision: Precision = strawberry.field(description="How exactly the first day is known.")
    item_set: ItemSet = strawberry.field(description="The items it opens.")
    readings: list[Reading] = strawberry.field(description="The readings it belongs to; empty: all of them.")
    status: RowStatus = strawberry.field(description="Whether it is reported, announced or assumed.")
    evidence: str = strawberry.field(description="Where it comes from.")
    recorded_at: datetime = strawberry.field(description="Since when this system knows it (UTC).")


@strawberry.type(description="One cell: who may handle for whose registry on the day in question.")
class Channel:
    """Handling city × registry city."""

    handling_city: CityKey = strawberry.field(description="Where the applicant stands.")
    registry_city: CityKey = strawberry.field(description="Whose registry is written.")
    open: bool = strawberry.field(description="True if at least one of the items asked about is open.")
    items: list[ItemCode] = strawberry.field(description="The items asked about that are open.")
    rows: list[ChannelRow] = strawberry.field(description="The rows that open them.")
    opens_on: date | None = strawberry.field(
        description="The next day on which more of the items open, if one is known."
    )


@strawberry.type(description="A figure somebody published, to be shown beside the computed one.")
class AnnouncedFigure:
    """Quoted, not computed."""

    as_of: date = strawberry.field(description="The day it is about.")
    text: str = strawberry.field(description="Its words.")
    of: str = strawberry.field(description="What it counts, as published.")
    source: str = strawberry.field(description="Who said so.")


@strawberry.type(description="How much of the province is open on a day: computed from the rows, never typed in.")
class Coverage:
    """The computed figure and the announced one."""

    as_of: date = strawberry.field(description="The day.")
    items: ItemSet = strawberry.field(description="The set of items.")
    weighting: Weighting = strawberry.field(description="What was counted.")
    reading: Reading = strawberry.field(description="The reading of June 2021 that was applied.")
    opened: int = strawberry.field(description="Units with at least one item of the set open.")
    fully_opened: int = strawberry.field(description="Units with every item of the set open.")
    total: int = strawberry.field(description="All units.")
    share: float = strawberry.field(description="opened / total, from 0 to 1.")
    rows: list[str] = strawberry.field(description="Ids of the rows that open something.")
    announced: AnnouncedFigure | None = strawberry.field(description="The last figure announced up to that day.")


def show_channel(cell: channels.Channel) -> Channel:
    """Show one cell of the matrix."""
    return Channel(
        handling_city=CityKey(cell.handling),
        registry_city=CityKey(cell.registry),
        open=cell.is_open,
        items=[ItemCode(code) for code in sorted(cell.open_items)],
        rows=[_show_row(row) for row in cell.rows],
        opens_on=cell.opens_on,
    )


def show_coverage(found: channels.Coverage) -> Coverage:
    """Show a coverage."""
    told = found.announced
    return Coverage(
        as_of=found.as_of,
        items=found.items,
        weighting=found.weighting,
        reading=found.reading,
        opened=found.opened,
        fully_opened=found.fully_opened,
        total=found.total,
        share=found.share,
        rows=list(found.rows),
        announced=AnnouncedFigure(as_of=told.as_of, text=told.text, of=told.of, source=told.source) if told else None,
    )


def _show_row(row: channels.ChannelRow) -> ChannelRow:
    return ChannelRow(
        id=row.id,
        valid_from=row.from_,
        valid_to=None if row.to == date.max else row.to,
        precision=row.precision,
        item_set=row.items,
        readings=sorted(row.readings),
        status=row.status,
        evidence=row.evidence,
        recorded_at=row.recorded_at,
    )
