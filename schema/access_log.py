"""Who looked at one's record, when and why."""

from datetime import datetime

import strawberry

from resolvers import audit
from resolvers.caller import Role
from schema.page import PageInfo
from schema.scalars import CityKey


@strawberry.type(description="One access to one's record: the unit, never the name of the person who looked.")
class AccessEntry:
    """One row of the access log."""

    at: datetime = strawberry.field(description="When (UTC).")
    unit: str = strawberry.field(description="The unit that looked, GA/T 380 code or name of the platform.")
    role: Role = strawberry.field(description="In which role.")
    purpose: str = strawberry.field(description="For which catalogue item or case.")
    city: CityKey = strawberry.field(description="In which city's registry.")
    operation: str = strawberry.field(description="What was done.")
    kind: str = strawberry.field(description="Which kind of record was read.")
    fields: list[str] = strawberry.field(description="Which items were read.")


@strawberry.type(description="An access with its cursor.")
class AccessLogEdge:
    """One entry of the list."""

    cursor: str = strawberry.field(description="Opaque place in the list.")
    node: AccessEntry = strawberry.field(description="The access.")


@strawberry.type(description="A page of accesses to one's own record, newest first.")
class AccessLogConnection:
    """A Relay connection."""

    edges: list[AccessLogEdge] = strawberry.field(description="The entries of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


def show_access_page(page: audit.AccessPage) -> AccessLogConnection:
    """Show a page of the access log."""
    return AccessLogConnection(
        edges=[AccessLogEdge(cursor=item.cursor, node=_show(item.entry)) for item in page.items],
        page_info=PageInfo(
            has_next_page=page.has_next,
            end_cursor=page.end_cursor,
            start_cursor=page.items[0].cursor if page.items else None,
        ),
    )


def _show(entry: audit.AccessEntry) -> AccessEntry:
    return AccessEntry(
        at=entry.at,
        unit=entry.unit,
        role=entry.role,
        purpose=entry.purpose,
        city=CityKey(entry.city),
        operation=entry.operation,
        kind=entry.kind.value,
        fields=list(entry.fields),
    )
