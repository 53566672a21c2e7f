"""A household and its members."""

from datetime import date

import strawberry

from resolvers import heads, households
from resolvers.listing import ListPage
from resolvers.record import Record
from schema.book import Book
from schema.city import City, show_city
from schema.column import column, needs
from schema.context import Info
from schema.division import ADDRESS_FIELDS, Address, show_address
from schema.node import Node
from schema.outcome import Outcome, show_outcomes
from schema.page import PageInfo, show_page_info
from schema.person import Person
from schema.scalars import DivisionCode
from schema.selection import fields_for
from schema.showing import shows
from schema.source import Source, show_source
from tongban_adapters.model import Kind
from tongban_adapters.vocabulary import (
    AddressFreeze,
    CollectiveKind,
    HouseholdCategory,
    HouseholdKind,
    HouseholdState,
)


@shows(Kind.HOUSEHOLD)
@strawberry.type(description="A household of one registry. Broken values are null with an error, as on Person.")
class Household(Node):
    """One current household record."""

    record: strawberry.Private[Record]
    version: str = column("version", "Version of the record; changes with every write of the registry.")
    number: str | None = column("number", "Household number, unique in its city.")
    kind: HouseholdKind | None = column("kind", "Family or collective.")
    category: HouseholdCategory | None = column("category", "Category (HB).")
    collective_kind: CollectiveKind | None = column("collective_kind", "Kind of a collective household, else null.")
    state: HouseholdState | None = column("state", "State; business is possible on NORMAL only.")
    address_freeze: AddressFreeze | None = column("address_freeze", "Whether move-ins to the address are limited.")
    established_on: date | None = column("established_on", "Day the household was established.")

    @strawberry.field(description="The address of the household.", metadata=needs(*ADDRESS_FIELDS))
    def address(self) -> Address:
        """Show the address."""
        return show_address(self.record)

    @strawberry.field(
        description="Active members in the order of the book's pages: head, spouse, children, grandchildren, parents, "
        "grandparents, siblings, others.",
        metadata=needs("ref"),
    )
    async def members(self, info: Info) -> list[Person]:
        """Read the members."""
        return [Person(record=r) for r in await self._members(info, ())]

    @strawberry.field(
        description="The head; null with an error NO_HEAD or MULTIPLE_HEADS where the registry's data is defective.",
        metadata=needs("ref"),
    )
    async def head(self, info: Info) -> Person | None:
        """Find the head among the members."""
        members = await self._members(info, ("relation_to_head",))
        return Person(record=heads.head_of(members))

    @strawberry.field(description="The register book in force; null if the household has none.", metadata=needs("ref"))
    async def book(self, info: Info) -> Book | None:
        """Read the valid book."""
        province, visit = info.context.province, info.context.visit
        fields = fields_for(info, Book)
        record = await households.book_of(province, visit, self.record.city, self.record.text("ref"), fields)
        return Book(record=record) if record else None

    @strawberry.field(description="The city whose registry owns the household.")
    def city(self, info: Info) -> City:
        """Show the owning city."""
        return show_city(info.context.province, self.record.city)

    @strawberry.field(description="Which registry answered, and when.")
    def source(self) -> Source:
        """Show the source."""
        return show_source(self.record)

    def place(self) -> tuple[str, str, str]:
        """Return what the id stands for."""
        return (Kind.HOUSEHOLD.value, self.record.city, self.record.text("ref"))

    async def _members(self, info: Info, always: tuple[str, ...]) -> list[Record]:
        province, visit = info.context.province, info.context.visit
        fields = fields_for(info, Person, always=("ref", "number", *always))
        return await households.members(province, visit, self.record.city, self.record.text("ref"), fields)


@strawberry.type(description="A household with its cursor.")
class HouseholdEdge:
    """One entry of a household list."""

    cursor: str = strawberry.field(description="Opaque place in the list.")
    node: Household = strawberry.field(description="The household.")


@strawberry.type(description="A page of households of one city, by household number.")
class HouseholdConnection:
    """A Relay connection."""

    edges: list[HouseholdEdge] = strawberry.field(description="The entries of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    outcomes: list[Outcome] = strawberry.field(description="How the city answered.")


@strawberry.input(description="Which households to list; everything given must hold.")
class HouseholdFilter:
    """All conditions are optional."""

    number: str | None = strawberry.field(default=None, description="With this number.")
    kind: HouseholdKind | None = strawberry.field(default=None, description="Of this type.")
    state: HouseholdState | None = strawberry.field(default=None, description="In this state.")
    division: DivisionCode | None = strawberry.field(default=None, description="In this county-level division.")

    def conditions(self) -> households.HouseholdFilter:
        """Return the filter as the use case takes it."""
        return households.HouseholdFilter(number=self.number, kind=self.kind, state=self.state, division=self.division)


def show_households(page: ListPage) -> HouseholdConnection:
    """Show a page of households."""
    edges = [HouseholdEdge(cursor=item.cursor, node=Household(record=item.record)) for item in page.items]
    return HouseholdConnection(edges=edges, page_info=show_page_info(page), outcomes=show_outcomes(page.outcomes))
