"""A household and its members."""

from datetime import date

import strawberry

from resolvers import households
from resolvers.listing import Listed, ListPage
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
from schema.relation import relation
from schema.scalars import DivisionCode
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

    members = relation(
        "ref",
        Kind.PERSON,
        households.members_of,
        list[Person],
        "Active members in the order of the book's pages: head, spouse, children, grandchildren, parents, "
        "grandparents, siblings, others.",
        always=("ref", "number"),
    )
    head = relation(
        "ref",
        Kind.PERSON,
        households.heads_of,
        Person | None,
        "The head; null with an error NO_HEAD or MULTIPLE_HEADS where the registry's data is defective.",
        always=("ref", "number", "relation_to_head"),
    )
    book = relation(
        "ref",
        Kind.BOOK,
        households.books_of,
        Book | None,
        "The register book in force; null if the household has none.",
        always=(),
    )

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


@strawberry.type(description="A household with its cursor.")
class HouseholdEdge:
    """One entry of a household list."""

    listed: strawberry.Private[Listed]

    @strawberry.field(description="Opaque place in the list.")
    def cursor(self) -> str:
        """Seal the place."""
        return self.listed.cursor

    @strawberry.field(description="The household.")
    def node(self) -> Household:
        """Show the household."""
        return Household(record=self.listed.record)


@strawberry.type(description="A page of households of one city, by household number.")
class HouseholdConnection:
    """A Relay connection."""

    page: strawberry.Private[ListPage]

    @strawberry.field(description="The entries of the page.")
    def edges(self) -> list[HouseholdEdge]:
        """Show the entries."""
        return [HouseholdEdge(listed=item) for item in self.page.items]

    @strawberry.field(description="Where the page stands.")
    def page_info(self) -> PageInfo:
        """Show where the page stands."""
        return show_page_info(self.page)

    @strawberry.field(description="How the city answered.")
    def outcomes(self) -> list[Outcome]:
        """Show how the city answered."""
        return show_outcomes(self.page.outcomes)


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
