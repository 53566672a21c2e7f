"""The named values of the floors below as GraphQL enums, with the standard each comes from."""

from enum import StrEnum

import strawberry
from strawberry.types.enum import has_enum_definition

from resolvers import case, channels
from resolvers.breaker import BreakerState
from resolvers.caller import Role
from resolvers.catalogue import ItemSet, items
from resolvers.fanout import OutcomeStatus
from tongban_adapters import vocabulary as v
from tongban_adapters.codes import CodeList, standard_lists

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
    case.CaseState: "Where a case stands. COMPLETED, REFUSED, WITHDRAWN and SUPERSEDED (its book was voided by a newer "
    "case before it was printed) are at rest, the others go on.",
    case.StepName: "The steps of a case, in order.",
    case.StepState: "Where a step stands; ASKED means sent to the registry and not confirmed yet.",
    case.CaseAction: "What the caller may do with a case now.",
    case.AccessChannel: "How an application reached the gateway; independent of the channels between cities.",
    BreakerState: "Whether a city is asked: CLOSED asks, OPEN leaves it alone, HALF_OPEN lets one question through.",
    items.Writes: "Whose registry a business changes.",
    items.Office: "An office that approves; always one of the registry, never of the counter.",
    items.Family: "The families of businesses, in the order of their codes A to I.",
    items.Source: "Where the answer to an inquiry comes from.",
    items.Asker: "Who may make an inquiry.",
    ItemSet: "A set of items: ALL_CR the 35 cross-regional ones, PARTIAL those of April 2021, MAIN the main ones.",
    channels.Reading: (
        "How June 2021 is read: R1 two blocks, R2 ten cities mutually open, R3 each June city open with everyone."
    ),
    channels.Weighting: (
        "What counts: PAIRS of cities, ORDERED inter-city cells, CELLS with own-city ones, CELLS_BLOCKS_ONLY without "
        "rows that open own-city cells only, VOLUME by estimated cases a year."
    ),
    channels.Precision: "How exactly the source dates a row; the row starts on the latest day it allows.",
    channels.RowStatus: "REPORTED as done, ANNOUNCED as a target, ASSUMED by a reading, WITHDRAWN by a correction.",
}

# Names that would be too general beside the others.
NAMES: dict[type[StrEnum], str] = {
    items.Family: "BusinessFamily",
    items.Source: "AnswerSource",
    channels.Precision: "DatePrecision",
    channels.RowStatus: "ChannelRowStatus",
}


def register_enums() -> None:
    """Make GraphQL enums of all of them."""
    for values, description in DESCRIPTIONS.items():
        _register(values, description)


def _register(values: type[StrEnum], description: str) -> None:
    strawberry.enum(values, name=NAMES.get(values), description=description)
    if not has_enum_definition(values):
        raise TypeError(values)
    for value in values.__strawberry_definition__.values:
        codes = [f"{code_list.name} {', '.join(code_list.raw.get(value.value, ()))}" for code_list in _lists(values)]
        value.description = f"{'; '.join(codes)}." if codes else None


def _lists(values: type) -> list[CodeList]:
    return [code_list for code_list in standard_lists().values() if code_list.values is values]
