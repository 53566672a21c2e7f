"""Rows of the layout "modern": English tables, real dates, words for states."""

from collections.abc import Mapping
from types import MappingProxyType

from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.model import FOREVER
from tongban_adapters.sandbox.population.records import Household, Person
from tongban_adapters.sandbox.rows import Codes, Ids, Row
from tongban_adapters.vocabulary import (
    BookReason,
    BookState,
    Education,
    IdCardClass,
    IdCardState,
    PersonLock,
    PersonState,
    Relation,
    Sex,
)

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "address": ("id", "division_code", "township_code", "street", "door", "police_station_code", "freeze_mode"),
        "household": (
            "id", "household_number", "household_type", "category_code", "collective_kind", "status", "head_person_id",
            "address_id", "established_on",
        ),
        "person": (
            "id", "id_number", "name", "former_name", "sex", "ethnic_code", "birth_date", "birthplace_code",
            "marital_code", "education_code", "relation_code", "household_id", "status", "lock_status",
            "residence_code", "spouse_name", "spouse_id_number", "moved_to_code", "moved_on",
        ),
        "book_issue": ("id", "household_id", "person_id", "reason", "status", "issued_on", "issuing_office_code"),
        "id_card": ("id", "person_id", "card_class", "status", "issuing_organ", "valid_from", "valid_until"),
        "card_application": (
            "id", "person_id", "acceptance_number", "reason_code", "status", "accepted_on", "fee_yuan",
        ),
        "move": ("id", "person_id", "direction", "reason_code", "moved_on", "other_division_code"),
        "item_change": ("id", "person_id", "category_code", "value_before", "value_after", "changed_on"),
    }
)  # fmt: skip

_SEX = {Sex.MALE: "M", Sex.FEMALE: "F", Sex.UNKNOWN: "U", Sex.NOT_STATED: "N"}
_STATE = {state: state.lower() for state in PersonState} | {
    PersonState.NORMAL: "active",
    PersonState.DEAD: "deceased",
    PersonState.IN_MILITARY_SERVICE: "in_service",
}
_LOCK = {lock: lock.lower() for lock in PersonLock} | {
    PersonLock.OFFLINE_DATA: "offline",
    PersonLock.PENDING_CATEGORY_CHANGE: "category_review",
    PersonLock.PENDING_DELETION: "deletion_review",
    PersonLock.PENDING_CHANGE: "change_review",
}
_HOUSEHOLD_STATE = {"NORMAL": "active", "LOCKED": "locked", "CANCELLED": "cancelled", "DELETED": "deleted"}
_BOOK_REASON = {reason: reason.lower() for reason in BookReason} | {BookReason.FIRST_ISSUE: "first"}
_BOOK_STATE = {state: state.lower() for state in BookState}
_CARD_CLASS = {kind: kind.lower() for kind in IdCardClass} | {
    IdCardClass.FIRST_GENERATION: "gen1",
    IdCardClass.SECOND_GENERATION: "gen2",
}
_CARD_STATE = {state: state.lower() for state in IdCardState} | {IdCardState.REPORTED_LOST: "lost"}
_HEADS = frozenset({Relation.HEAD, Relation.SELF, Relation.COLLECTIVE_HEAD})


class Modern:
    """Gathers the rows of one city."""

    def __init__(self, city: str) -> None:
        code = CITY_CODES[city]
        self.columns = COLUMNS
        self._rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self._ids = {table: Ids(code, kind) for kind, table in enumerate(COLUMNS, start=3)}
        self._last_person = Ids(code, 1).last
        self._last_household = Ids(code, 2).last
        self._ethnic = Codes("GB/T 3304")
        self._marital = Codes("GB/T 2261.2")
        self._education = Codes("GB/T 4658-2006", {Education.ILLITERATE: Education.OTHER})
        self._relation = Codes("GB/T 4761")
        self._category = Codes("HB")
        self._card_reason = Codes("SLYY")
        self._move_reason = Codes("move reason")
        self._change = Codes("GA/T 2000.24")

    def add(self, household: Household) -> None:
        """Gather the rows of one household with everything in it."""
        rows, ids = self._rows, self._ids
        address = ids["address"].next()
        rows["address"].append((
            address, household.division, household.township, household.street, household.door,
            household.police_station, household.address_freeze.lower(),
        ))  # fmt: skip
        head = next(
            (member.ref for member in household.members
             if member.relation in _HEADS and member.state is PersonState.NORMAL), None,
        )  # fmt: skip
        rows["household"].append((
            household.ref, household.number, household.kind.lower(), self._category.of(household.category),
            household.collective_kind.lower() if household.collective_kind else None,
            _HOUSEHOLD_STATE[household.state], head, address, household.established_on,
        ))  # fmt: skip
        self._last_household = household.ref
        for member in household.members:
            self._person(member, household.ref)
        for book in household.books:
            rows["book_issue"].append((
                ids["book_issue"].next(), household.ref, book.person_ref, _BOOK_REASON[book.reason],
                _BOOK_STATE[book.state], book.issued_on, book.issuing_office,
            ))  # fmt: skip

    def drain(self) -> dict[str, list[Row]]:
        """Hand over the rows gathered since the last time, by table."""
        rows, self._rows = self._rows, {table: [] for table in COLUMNS}
        return rows

    def sequences(self) -> Mapping[str, int]:
        """Return the last id used of every sequence."""
        used = {f"{table}_id_seq": ids.last for table, ids in self._ids.items()}
        return used | {"person_id_seq": self._last_person, "household_id_seq": self._last_household}

    def _person(self, person: Person, household: int) -> None:
        self._last_person = person.ref
        self._rows["person"].append((
            person.ref, person.number, person.name, person.former_name, _SEX[person.sex],
            self._ethnic.of(person.ethnic_group), person.birth_date, person.birthplace,
            self._marital.of(person.marital_status), self._education.of(person.education, person.ref),
            self._relation.of(person.relation), household, _STATE[person.state], _LOCK[person.lock],
            person.residence_division, person.spouse_name, person.spouse_number, person.moved_to, person.moved_on,
        ))  # fmt: skip
        self._papers(person)
        self._past(person)

    def _papers(self, person: Person) -> None:
        rows, ids = self._rows, self._ids
        for card in person.cards:
            rows["id_card"].append((
                ids["id_card"].next(), person.ref, _CARD_CLASS[card.card_class], _CARD_STATE[card.state],
                card.issuing_organ, card.valid_from, None if card.valid_until == FOREVER else card.valid_until,
            ))  # fmt: skip
        for application in person.applications:
            rows["card_application"].append((
                ids["card_application"].next(), person.ref, application.acceptance_number,
                self._card_reason.of(application.reason), application.state.lower(), application.accepted_on,
                application.fee,
            ))  # fmt: skip

    def _past(self, person: Person) -> None:
        rows, ids = self._rows, self._ids
        for move in person.moves:
            rows["move"].append((
                ids["move"].next(), person.ref, move.direction.lower(), self._move_reason.of(move.reason, person.ref),
                move.moved_on, move.other_division,
            ))  # fmt: skip
        for change in person.changes:
            rows["item_change"].append((
                ids["item_change"].next(), person.ref, self._change.of(change.category, person.ref),
                change.before, change.after, change.changed_on,
            ))  # fmt: skip
