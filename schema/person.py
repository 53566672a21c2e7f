"""A person as the owning registry keeps the record."""

from collections.abc import Sequence
from datetime import date

import strawberry
from strawberry.types.lazy_type import LazyType

from resolvers import access, belongings, households
from resolvers.disclosure import subject_of
from resolvers.record import Record
from schema.city import City, show_city
from schema.column import column, needs
from schema.context import Info
from schema.division import ADDRESS_FIELDS, Address, Division, show_address, show_division
from schema.history import ItemChange, Relocation
from schema.id_card import CardApplication, IdCard
from schema.node import Node
from schema.scalars import CityKey
from schema.selection import fields_for
from schema.showing import Showing, shows, type_for
from schema.source import Source, show_source
from tongban_adapters.model import Kind
from tongban_adapters.vocabulary import (
    Education,
    EthnicGroup,
    IdCardState,
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

    @strawberry.field(
        description="Citizen identity number, GB 11643-1999; masked for callers who may not see it in full.",
        metadata=needs("number"),
    )
    def number(self, info: Info) -> str | None:
        """Show the number, masked where the caller may not see it."""
        number = self.record.optional_text("number")
        return access.mask_number(number) if number and self._masked(info) else number

    @strawberry.field(
        description="Registered name; only the family name for callers who may not see it in full.",
        metadata=needs("name", "number"),
    )
    def name(self, info: Info) -> str | None:
        """Show the name, masked where the caller may not see it."""
        name = self.record.optional_text("name")
        return access.mask_name(name) if name and self._masked(info) else name

    @strawberry.field(description="Former name; masked as the name is.", metadata=needs("former_name", "number"))
    def former_name(self, info: Info) -> str | None:
        """Show the former name, masked where the caller may not see it."""
        name = self.record.optional_text("former_name")
        return access.mask_name(name) if name and self._masked(info) else name

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

    @strawberry.field(
        description="The household the person belongs to.",
        metadata=needs("household_ref"),
        graphql_type=LazyType("Household", "schema.household") | None,
    )
    async def household(self, info: Info) -> Showing | None:
        """Read the household; a person between households (moved out, dead) has none."""
        ref = self.record.optional_text("household_ref")
        if ref is None:
            return None
        shown = type_for(Kind.HOUSEHOLD)
        province, visit = info.context.province, info.context.visit
        fields = fields_for(info, shown, always=("ref",))
        return shown(record=await households.household_by_ref(province, visit, self.record.city, ref, fields))

    @strawberry.field(description="The card in force, or the newest one if none is.", metadata=needs("ref"))
    async def id_card(self, info: Info) -> IdCard | None:
        """Read the cards and pick the one in force."""
        fields = fields_for(info, IdCard, always=("state", "valid_from"))
        cards = await self._belongings(info, Kind.ID_CARD, fields)
        in_force = [card for card in cards if card.value("state") is IdCardState.NORMAL]
        newest = max(in_force or cards, key=lambda card: card.day("valid_from") or date.min, default=None)
        return IdCard(record=newest) if newest else None

    @strawberry.field(description="Applications for an ID card, newest first.", metadata=needs("ref"))
    async def card_applications(self, info: Info) -> list[CardApplication]:
        """Read the card applications."""
        fields = fields_for(info, CardApplication, always=("accepted_on",))
        found = await self._belongings(info, Kind.CARD_APPLICATION, fields)
        return [CardApplication(record=r) for r in _newest_first(found, "accepted_on")]

    @strawberry.field(
        description="Moves this registry has written for the person, newest first.", metadata=needs("ref")
    )
    async def relocations(self, info: Info) -> list[Relocation]:
        """Read the relocations."""
        fields = fields_for(info, Relocation, always=("moved_on",))
        found = await self._belongings(info, Kind.RELOCATION, fields)
        return [Relocation(record=r) for r in _newest_first(found, "moved_on")]

    @strawberry.field(description="Changes and corrections of registered items, newest first.", metadata=needs("ref"))
    async def changes(self, info: Info) -> list[ItemChange]:
        """Read the changes."""
        fields = fields_for(info, ItemChange, always=("changed_on",))
        found = await self._belongings(info, Kind.CHANGE, fields)
        return [ItemChange(record=r) for r in _newest_first(found, "changed_on")]

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

    async def _belongings(self, info: Info, kind: Kind, fields: Sequence[str]) -> list[Record]:
        province, visit = info.context.province, info.context.visit
        ref = self.record.text("ref")
        return await belongings.belongings(province, visit, kind, self.record.city, ref, fields)

    def _masked(self, info: Info) -> bool:
        return access.masks(info.context.visit, subject_of(info.context.visit, self.record))


def _newest_first(records: list[Record], field: str) -> list[Record]:
    return sorted(records, key=lambda record: record.day(field) or date.min, reverse=True)
