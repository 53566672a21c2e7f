"""The catalogue as a client reads it: fifty businesses and thirty inquiries with every column and its evidence."""

from datetime import date

import strawberry

from resolvers.catalogue import items
from resolvers.catalogue.items import Asker, Family, Office, Writes
from resolvers.catalogue.items import Source as AnswerSource
from schema.scalars import ItemCode


@strawberry.type(description="A paper a business asks for.")
class Material:
    """One material."""

    code: str = strawberry.field(description="Code to send in `materials`.")
    name_zh: str = strawberry.field(description="Chinese name.")
    name_en: str = strawberry.field(description="English name.")
    shared: bool = strawberry.field(description="True if it is obtained from shared data and must not be demanded.")
    required: bool = strawberry.field(description="False if only some cases need it.")
    one_of: str = strawberry.field(
        description="Materials of one business with the same non-empty value replace each other."
    )


@strawberry.type(description="The time a business may take.")
class TimeLimit:
    """0 is on the spot."""

    days_from: int = strawberry.field(description="Shortest, in days.")
    days_to: int = strawberry.field(description="Longest, in days.")
    legal: bool = strawberry.field(description="True: plain days fixed by law. False: working days.")


@strawberry.type(description="Who approves a business.")
class Approval:
    """Offices of the registry."""

    offices: list[Office] = strawberry.field(description="The offices.")
    jointly: bool = strawberry.field(
        description="True if all of them approve, false if the one the case falls to does."
    )


@strawberry.type(description="A law or notice a business rests on.")
class LegalBasis:
    """With its date and evidence."""

    code: str = strawberry.field(description="Short code.")
    name_zh: str = strawberry.field(description="Chinese name.")
    name_en: str = strawberry.field(description="English name.")
    in_force: date = strawberry.field(description="First day in force.")
    evidence: str = strawberry.field(description="How well it is known.")


@strawberry.type(
    description="How well one column of a row is known: S.. seen in a source, R recalled, P constructed, D derived."
)
class Evidence:
    """One mark."""

    column: str = strawberry.field(description="Name of the column.")
    mark: str = strawberry.field(description="The mark.")


@strawberry.type(description="The fields of one kind of record an item may read; what is outside is not fetched.")
class FieldSet:
    """Purpose limitation as data."""

    kind: str = strawberry.field(description="Kind of record.")
    fields: list[str] = strawberry.field(description="Canonical fields.")


@strawberry.type(
    description="One of the fifty businesses. Limits, fees and approvers are configuration with evidence marks."
)
class Business:
    """One row of the catalogue."""

    code: ItemCode = strawberry.field(description="Code, A01 to I02.")
    name_zh: str = strawberry.field(description="Chinese name.")
    name_en: str = strawberry.field(description="English name.")
    family: Family = strawberry.field(description="Family.")
    writes: Writes = strawberry.field(description="Whose registry it changes.")
    conditions: list[str] = strawberry.field(description="Conditions, in words.")
    materials: list[Material] = strawberry.field(description="Papers it asks for.")
    limit: TimeLimit = strawberry.field(description="How long it may take.")
    fee_yuan: int = strawberry.field(description="Fee in yuan.")
    fee_from: date | None = strawberry.field(description="Since when this fee applies, where known.")
    approver: Approval = strawberry.field(description="Who approves.")
    cross_regional: bool = strawberry.field(description="True for the 35 that may be handled in another city.")
    online_depth: int = strawberry.field(
        description="1 appointment and one visit, 2 application online and one visit, 3 fully online."
    )
    high_frequency: bool = strawberry.field(description="True for the frequent ones a pilot starts with.")
    field_sets: list[FieldSet] = strawberry.field(description="What it may read.")
    legal_basis: list[LegalBasis] = strawberry.field(description="What it rests on.")
    effective_from: date = strawberry.field(description="First day this row applies.")
    evidence: list[Evidence] = strawberry.field(description="How well each column is known.")


@strawberry.type(description="One of the thirty inquiries; none of them writes.")
class Inquiry:
    """One row of the catalogue."""

    code: ItemCode = strawberry.field(description="Code, Q01 to Q30.")
    name_zh: str = strawberry.field(description="Chinese name.")
    name_en: str = strawberry.field(description="English name.")
    sources: list[AnswerSource] = strawberry.field(description="Where the answer comes from.")
    askers: list[Asker] = strawberry.field(description="Who may ask.")
    masked: bool = strawberry.field(description="True if the answer is masked.")
    rate_limited: bool = strawberry.field(description="True if it is limited per caller.")
    field_sets: list[FieldSet] = strawberry.field(description="What it may read.")
    evidence: list[Evidence] = strawberry.field(description="How well each column is known.")


@strawberry.input(description="Which businesses to list; everything given must hold.")
class BusinessFilter:
    """All conditions are optional."""

    family: Family | None = strawberry.field(default=None, description="Of this family.")
    cross_regional: bool | None = strawberry.field(default=None, description="May (or may not) be handled elsewhere.")
    high_frequency: bool | None = strawberry.field(default=None, description="Frequent, or not.")

    def fits(self, business: items.Business) -> bool:
        """Tell whether a business is wanted."""
        return (
            (self.family is None or business.family is self.family)
            and (self.cross_regional is None or business.cross_regional == self.cross_regional)
            and (self.high_frequency is None or business.high_frequency == self.high_frequency)
        )


def show_business(business: items.Business) -> Business:
    """Show one business."""
    return Business(
        code=ItemCode(business.code),
        name_zh=business.name_zh,
        name_en=business.name_en,
        family=business.family,
        writes=business.writes,
        conditions=list(business.conditions),
        materials=[
            Material(
                code=m.code, name_zh=m.name_zh, name_en=m.name_en, shared=m.shared, required=m.required, one_of=m.one_of
            )
            for m in business.materials
        ],
        limit=TimeLimit(days_from=business.limit.days_from, days_to=business.limit.days_to, legal=business.limit.legal),
        fee_yuan=business.fee_yuan,
        fee_from=business.fee_from,
        approver=Approval(offices=list(business.approver.offices), jointly=business.approver.jointly),
        cross_regional=business.cross_regional,
        online_depth=business.online_depth,
        high_frequency=business.high_frequency,
        field_sets=_field_sets(business.field_set),
        legal_basis=[
            LegalBasis(code=b.code, name_zh=b.name_zh, name_en=b.name_en, in_force=b.in_force, evidence=b.evidence)
            for b in business.legal_basis
        ],
        effective_from=business.effective_from,
        evidence=[Evidence(column=column, mark=mark) for column, mark in business.evidence.items()],
    )


def show_inquiry(inquiry: items.Inquiry) -> Inquiry:
    """Show one inquiry."""
    return Inquiry(
        code=ItemCode(inquiry.code),
        name_zh=inquiry.name_zh,
        name_en=inquiry.name_en,
        sources=list(inquiry.source),
        askers=list(inquiry.asker),
        masked=inquiry.masked,
        rate_limited=inquiry.rate_limited,
        field_sets=_field_sets(inquiry.field_set),
        evidence=[Evidence(column=column, mark=mark) for column, mark in inquiry.evidence.items()],
    )


def _field_sets(sets: items.FieldSet) -> list[FieldSet]:
    return [FieldSet(kind=kind.value, fields=list(fields)) for kind, fields in sets.items()]
