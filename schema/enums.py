"""The named values of the floors below as GraphQL enums, with the standard each comes from."""

from enum import StrEnum

import strawberry

from resolvers import case
from resolvers.caller import Role
from resolvers.fanout import OutcomeStatus
from tongban_adapters import vocabulary as v

DESCRIPTIONS: dict[type[StrEnum], str] = {
    v.Sex: "Sex, GB/T 2261.1.",
    v.MaritalStatus: "Marital status, GB/T 2261.2.",
    v.EthnicGroup: "Ethnic group, GB/T 3304, by its romanised name.",
    v.Relation: "Relation to the head of the household, GB/T 4761 (two-digit code).",
    v.Education: "Level of education: what the 1984 and 2006 editions of GB/T 4658 have in common.",
    v.PersonState: "State of a person's record (RYZT); business is possible on NORMAL only.",
    v.PersonLock: "Lock on a person's record (RYSDZT); anything but NONE refuses business.",
    v.HouseholdKind: "Type of household (HLX).",
    v.HouseholdCategory: "Category of household (HB); new households are RESIDENT_FAMILY or RESIDENT_COLLECTIVE.",
    v.CollectiveKind: "Kind of a collective household (JTHZL).",
    v.HouseholdState: "State of a household (HHZT).",
    v.AddressFreeze: "Whether move-ins to the address are warned about or refused.",
    v.BookState: "State of a household register book.",
    v.BookReason: "Why a book was issued: D01, D02, D03, D04 of the catalogue, in this order.",
    v.IdCardClass: "Class of an identity document (ZJLB).",
    v.IdCardState: "State of an ID card (ZJZT).",
    v.CardReason: "Why an ID card is applied for (SLYY).",
    v.CardApplicationState: "State of an ID-card application, drawn from the acceptance state (SLZT).",
    v.MoveDirection: "Whether a relocation took the person into or out of the registry.",
    v.MoveReason: "Reason of a relocation: the last two digits that 03xx, 04xx and 05xx share.",
    v.ChangeCategory: "What a change or correction concerned, GA/T 2000.24.",
    v.RefusalCode: "Why business was refused: stable and meant for programs; the messages beside it are for people.",
    Role: "The role of a caller; one caller has exactly one.",
    OutcomeStatus: "How one city answered one question.",
    case.CaseState: "Where a case stands. COMPLETED, REFUSED and WITHDRAWN are at rest, the others go on.",
    case.StepName: "The steps of a case, in order.",
    case.StepState: "Where a step stands; ASKED means sent to the registry and not confirmed yet.",
    case.CaseAction: "What the caller may do with a case now.",
    case.AccessChannel: "How an application reached the gateway; independent of the channels between cities.",
}

for _values, _description in DESCRIPTIONS.items():
    strawberry.enum(_values, description=_description)
