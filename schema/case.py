"""A case: one act of business from acceptance to rest."""

from datetime import date, datetime
from typing import cast

import strawberry

from resolvers import case, people
from resolvers.case import AccessChannel, CaseAction, CaseState, StepName, StepState
from schema.context import Info
from schema.division import Station, show_station
from schema.node import Node
from schema.page import PageInfo
from schema.person import Person, Transfer
from schema.refusal import Refusal, show_refusals
from schema.scalars import CityKey, ItemCode
from schema.selection import fields_for
from tongban_adapters.vocabulary import BookReason

CASE = "case"


@strawberry.type(description="One step of a case at one city.")
class CaseStep:
    """Where one step stands."""

    name: StepName = strawberry.field(description="Which step.")
    city: CityKey = strawberry.field(description="The city it is done at.")
    state: StepState = strawberry.field(description="Where it stands.")
    journal_number: str | None = strawberry.field(description="The registry's journal number, once it confirmed.")
    attempts: int = strawberry.field(description="How often it was tried.")
    at: datetime | None = strawberry.field(description="The last attempt (UTC).")
    next_at: datetime | None = strawberry.field(description="The next attempt, if one is due (UTC).")


@strawberry.type(description="The book a registry issued in a case: what the handling station prints.")
class IssuedBook:
    """Known once the registry confirmed."""

    reference: str = strawberry.field(description="The registry's reference of the issue.")
    reason: BookReason = strawberry.field(description="Why it was issued.")
    issued_on: date = strawberry.field(description="Day of issue.")
    issuing_office: Station = strawberry.field(description="The registry's office, printed as the issuer.")


@strawberry.type(description="A sheet of controlled stock used in a case.")
class PrintedSheet:
    """Every serial is accounted for once."""

    serial: str = strawberry.field(description="Serial number of the sheet.")
    spoiled: bool = strawberry.field(description="True if it was spoiled and another one had to be printed.")
    station: Station = strawberry.field(description="The station that printed it.")
    at: datetime = strawberry.field(description="When it was recorded (UTC).")


@strawberry.type(description="A person a case is about.")
class CaseSubject:
    """Read only when asked for, with the caller's own rights."""

    subject: strawberry.Private[case.Subject]
    city: CityKey = strawberry.field(description="The city that owned the record at acceptance.")

    @strawberry.field(description="The person; null until the registry has been read.")
    async def person(self, info: Info) -> Person | None:
        """Read the person."""
        if self.subject.ref is None:
            return None
        province, visit = info.context.province, info.context.visit
        fields = fields_for(info, Person)
        return Person(record=await people.person_by_ref(province, visit, self.subject.city, self.subject.ref, fields))


@strawberry.type(description="A case. Nothing in it says done before the registry confirmed.")
class Case(Node):
    """One case as the ledger keeps it."""

    case: strawberry.Private[case.Case]
    number: strawberry.ID = strawberry.field(description="Case number; says nothing about the person.")
    item: ItemCode = strawberry.field(description="Catalogue code of the business.")
    state: CaseState = strawberry.field(description="Where the case stands.")
    handling_station: Station = strawberry.field(description="Where the applicant stood.")
    handling_city: CityKey = strawberry.field(description="The city of the handling station.")
    registry_cities: list[CityKey] = strawberry.field(description="The cities whose registries are written.")
    accepted_on: date = strawberry.field(description="Day of acceptance; its rules and channels apply.")
    due_on: date = strawberry.field(description="Day by which it has to be done, in working days from acceptance.")
    rule_version: str = strawberry.field(description="The set of rules it is judged by.")
    channel: str = strawberry.field(description="The policy row that let it through the gate.")
    access: AccessChannel = strawberry.field(description="How the application came in.")

    @strawberry.field(description="The persons the case is about.")
    def subjects(self) -> list[CaseSubject]:
        """Show the subjects."""
        return [CaseSubject(subject=s, city=CityKey(s.city)) for s in self.case.subjects]

    @strawberry.field(description="The steps, in order.")
    def steps(self) -> list[CaseStep]:
        """Show the steps."""
        return [
            CaseStep(
                name=s.name,
                city=CityKey(s.city),
                state=s.state,
                journal_number=s.journal_number,
                attempts=s.attempts,
                at=s.at,
                next_at=s.next_at,
            )
            for s in self.case.steps
        ]

    @strawberry.field(description="Why the case was refused, if it was.")
    def refusals(self) -> list[Refusal]:
        """Show the refusals."""
        return show_refusals(self.case.refusals)

    @strawberry.field(description="What this caller may do with the case now.")
    def allowed_actions(self) -> list[CaseAction]:
        """Show the allowed actions."""
        return list(self.case.allowed_actions)

    @strawberry.field(description="For relocations: from where to where. Null for all other business.")
    def transfer(self) -> Transfer | None:
        """Show the transfer; relocations are not served yet, so there is none."""
        return None

    @strawberry.field(description="The book to print; null until the registry confirmed.")
    def book(self) -> IssuedBook | None:
        """Show the issued book."""
        book = self.case.book
        if book is None:
            return None
        return IssuedBook(
            reference=book.ref,
            reason=book.reason,
            issued_on=book.issued_on,
            issuing_office=cast("Station", show_station(book.issuing_office)),
        )

    @strawberry.field(description="The sheets used, spoiled ones too.")
    def sheets(self) -> list[PrintedSheet]:
        """Show the sheets."""
        return [
            PrintedSheet(serial=s.serial, spoiled=s.spoiled, station=cast("Station", show_station(s.station)), at=s.at)
            for s in self.case.sheets
        ]

    def place(self) -> tuple[str, str, str]:
        """Return what the id stands for."""
        return (CASE, "", self.case.number)


def show_case(found: case.Case) -> Case:
    """Show a case."""
    return Case(
        case=found,
        number=strawberry.ID(found.number),
        item=ItemCode(found.item),
        state=found.state,
        handling_station=cast("Station", show_station(found.handling_station)),
        handling_city=CityKey(found.handling_city),
        registry_cities=[CityKey(city) for city in found.registry_cities],
        accepted_on=found.accepted_on,
        due_on=found.due_on,
        rule_version=found.rule_version,
        channel=found.channel,
        access=found.access,
    )


@strawberry.input(description="Which cases to list; everything given must hold.")
class CaseFilter:
    """All conditions are optional."""

    states: list[CaseState] | None = strawberry.field(default=None, description="In one of these states.")
    city: CityKey | None = strawberry.field(
        default=None, description="Handled in this city, or written in its registry."
    )
    item: ItemCode | None = strawberry.field(default=None, description="Of this business.")
    accepted_from: date | None = strawberry.field(default=None, description="Accepted on this day or later.")
    accepted_to: date | None = strawberry.field(default=None, description="Accepted on this day or earlier.")
    due_before: date | None = strawberry.field(default=None, description="Due before this day.")

    def conditions(self) -> case.CaseFilter:
        """Return the filter as the use case takes it."""
        return case.CaseFilter(
            states=tuple(self.states or ()),
            city=self.city,
            item=self.item,
            accepted_from=self.accepted_from,
            accepted_to=self.accepted_to,
            due_before=self.due_before,
        )


@strawberry.type(description="A case with its cursor.")
class CaseEdge:
    """One entry of a case list."""

    cursor: str = strawberry.field(description="Opaque place in the list.")
    node: Case = strawberry.field(description="The case.")


@strawberry.type(description="A page of cases, newest first.")
class CaseConnection:
    """A Relay connection."""

    edges: list[CaseEdge] = strawberry.field(description="The entries of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


def show_case_page(page: case.CasePage) -> CaseConnection:
    """Show a page of cases."""
    return CaseConnection(
        edges=[CaseEdge(cursor=item.cursor, node=show_case(item.case)) for item in page.items],
        page_info=PageInfo(
            has_next_page=page.has_next,
            end_cursor=page.end_cursor,
            start_cursor=page.items[0].cursor if page.items else None,
        ),
    )
