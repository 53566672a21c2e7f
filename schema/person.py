"""A person as the owning registry keeps the record."""

from datetime import date
from functools import partial

import strawberry
from strawberry.types.lazy_type import LazyType

from resolvers import access, belongings, households
from resolvers.record import Record
from schema.city import City, show_city
from schema.column import column, masked_column, needs
from schema.context import Info
from schema.division import ADDRESS_FIELDS, Address, Division, show_address, show_division
from schema.history import ItemChange, Relocation
from schema.id_card import CardApplication, IdCard
from schema.node import Node
from schema.relation import relation
from schema.scalars import CityKey
from schema.showing import shows
from schema.source import Source, show_source
from tongban_adapters.model import Kind
from tongban_adapters.vocabulary import (
    Education,
    EthnicGroup,
    MaritalStatus,
    PersonLock,
    PersonState,
    Relation,
    Sex,
)


@strawberry.type(description="A relocation under way: until it is closed, readers still see exactly one record.")
class Transfer:
    """The mark of a record that is moving."""

    case: strawberry.ID = strawberry.field(description="Number of the relocation case.")
    origin: CityKey = strawberry.field(name="from", description="The city the person leaves.")
    destination: CityKey = strawberry.field(name="to", description="The city the person moves to.")


@shows(Kind.PERSON)
@strawberry.type(
    description="A registered person. A field is null, with an error BROKEN_RECORD beside it, where the registry "
    "stores a value that fits nothing; the other fields stay good."
)
class Person(Node):
    """One current record of one registry."""

    record: strawberry.Private[Record]
    version: str = column("version", "Version of the record; changes with every write of the registry.")
    sex: Sex | None = column("sex", "Registered sex, GB/T 2261.1.")
    ethnic_group: EthnicGroup | None = column("ethnic_group", "Ethnic group, GB/T 3304.")
    birth_date: date | None = column("birth_date", "Birth date as registered.")
    marital_status: MaritalStatus | None = column("marital_status", "Marital status, GB/T 2261.2.")
    education: Education | None = column("education", "Level of education, GB/T 4658.")
    relation_to_head: Relation | None = column(
        "relation_to_head", "Relation to the head, GB/T 4761; HEAD for the head."
    )
    state: PersonState | None = column("state", "State of the record; NORMAL for an active registration.")
    lock: PersonLock | None = column("lock", "Lock by other business; NONE if free.")

    number = masked_column(
        "number",
        access.mask_number,
        "Citizen identity number, GB 11643-1999; masked for callers who may not see it in full.",
    )
    name = masked_column(
        "name", access.mask_name, "Registered name; only the family name for callers who may not see it in full."
    )
    former_name = masked_column("former_name", access.mask_name, "Former name; masked as the name is.")

    @strawberry.field(
        description="Birthplace, GB/T 2260, named as of the birth date.", metadata=needs("birthplace", "birth_date")
    )
    def birthplace(self) -> Division | None:
        """Show the birthplace under the name it had."""
        return show_division(self.record.optional_text("birthplace"), self.record.day("birth_date"))

    @strawberry.field(description="Where the person is registered.", metadata=needs(*ADDRESS_FIELDS))
    def registered_address(self) -> Address:
        """Show the registered address."""
        return show_address(self.record)

    @strawberry.field(
        description="The division the person lives in, if it is not the registered one and the registry knows it.",
        metadata=needs("residence_division"),
    )
    def residence(self) -> Division | None:
        """Show where the person lives."""
        return show_division(self.record.optional_text("residence_division"))

    household = relation(
        "household_ref",
        Kind.HOUSEHOLD,
        households.households_by_ref,
        LazyType("Household", "schema.household") | None,
        "The household the person belongs to.",
    )
    id_card = relation(
        "ref",
        Kind.ID_CARD,
        belongings.cards_of,
        IdCard | None,
        "The card in force, or the newest one if none is.",
        always=("state", "valid_from"),
    )
    card_applications = relation(
        "ref",
        Kind.CARD_APPLICATION,
        partial(belongings.newest_first, Kind.CARD_APPLICATION, "accepted_on"),
        list[CardApplication] | None,
        "Applications for an ID card, newest first; null with an error where they are not yours to see.",
        always=("accepted_on",),
    )
    relocations = relation(
        "ref",
        Kind.RELOCATION,
        partial(belongings.newest_first, Kind.RELOCATION, "moved_on"),
        list[Relocation] | None,
        "Moves this registry has written for the person, newest first; null with an error as cardApplications.",
        always=("moved_on",),
    )
    changes = relation(
        "ref",
        Kind.CHANGE,
        partial(belongings.newest_first, Kind.CHANGE, "changed_on"),
        list[ItemChange] | None,
        "Changes and corrections of registered items, newest first; null with an error as cardApplications.",
        always=("changed_on",),
    )

    @strawberry.field(description="The city whose registry owns the record.")
    def city(self, info: Info) -> City:
        """Show the owning city."""
        return show_city(info.context.province, self.record.city)

    @strawberry.field(description="Set while a relocation of this person is under way.")
    def in_transfer(self) -> Transfer | None:
        """Show the transfer; relocations are not served yet, so there is none."""
        return None

    @strawberry.field(description="Which registry answered, and when.")
    def source(self) -> Source:
        """Show the source."""
        return show_source(self.record)

    def place(self) -> tuple[str, str, str]:
        """Return what the id stands for."""
        return (Kind.PERSON.value, self.record.city, self.record.text("ref"))
