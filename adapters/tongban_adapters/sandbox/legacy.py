"""Rows of the layout "legacy": pinyin tables, a row for every version, dates of eight digits, code lists."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from msgspec.structs import replace

from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.model import FOREVER
from tongban_adapters.sandbox.population.records import Alteration, Card, Household, Person
from tongban_adapters.sandbox.rows import Codes, Ids, Row
from tongban_adapters.vocabulary import AddressFreeze, BookReason, BookState, ChangeCategory, MoveDirection, PersonState

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "hjxx_mlpxxxxb": ("mlpnbid", "mlpid", "ssxq", "xzjd", "jlx", "mlph", "pcs", "qysj"),
        "hjxz_mlpxxdjb": ("mlpdjid", "mlpid", "djfs", "djsj"),
        "hjxx_hxxb": ("hhnbid", "hhid", "mlpnbid", "mlpid", "hh", "hlx", "hb", "jthzl", "hhzt", "jhsj", "qysj"),
        "hjxx_czrkjbxxb": (
            "rynbid", "ryid", "hhnbid", "hhid", "mlpnbid", "mlpid", "gmsfhm", "xm", "cym", "xb", "mz", "csrq",
            "csdssxq", "hyzk", "whcd", "yhzgx", "hh", "hlx", "hb", "jthzl", "ssxq", "xzjd", "jlx", "mlph", "pcs",
            "jzdssxq", "poxm", "pogmsfhm", "qwdssxq", "qcrq", "ryzt", "rysdzt", "ywnr", "jlbz", "qysj", "jssj",
        ),
        "hjyw_hkbqfxxb": ("hkbnbid", "hkbid", "hhid", "ryid", "qfyy", "hkbzt", "qfrq", "qfdw", "qysj"),
        "zjxx_jmsfzxxb": ("nbsfzid", "ryid", "qfjg", "yxqxqsrq", "yxqxjzrq", "zjlb", "zjzt"),
        "zjyw_slxxb": ("nbslid", "ryid", "slh", "slyy", "slzt", "slrq", "sfje"),
        "hjyw_qrdjxxb": ("qrdjid", "ryid", "qrlb", "qrrq", "qcdssxq"),
        "hjyw_qczxxxb": ("qczxid", "ryid", "qclb", "qcrq", "qwdssxq"),
        "hjyw_bggzxxb": ("bggzid", "ryid", "bggzlb", "bggzqnr", "bggzhnr", "bggzrq"),
    }
)  # fmt: skip

# Sequences of ids, each with its own range; persons and households bring their ids along.
_OWN = (
    "mlpid", "mlpnbid", "mlpdjid", "hhnbid", "rynbid", "hkbid", "hkbnbid", "nbsfzid", "nbslid", "qrdjid", "qczxid",
    "bggzid",
)  # fmt: skip

_BOOK_REASON = {
    BookReason.FIRST_ISSUE: "1",
    BookReason.REPLACEMENT: "2",
    BookReason.REISSUE: "3",
    BookReason.PERSONAL_PAGE: "4",
}
_BOOK_STATE = {BookState.VALID: "1", BookState.VOID: "2"}
_FREEZE = {AddressFreeze.WARN: "1", AddressFreeze.REFUSE: "2"}
# What made the current version: the load, or the act that ended the record.
_CONTENT = {PersonState.DEAD: "102", PersonState.MOVED_OUT: "106"}
_LOADED, _CHANGED = "100", "107"
_CURRENT, _HISTORICAL = "1", "2"
_LONG_TERM = "99991231"


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _time(day: date) -> str:
    return _day(day) + "090000"


def _spelled(number: str | None, ref: int) -> str | None:
    """A clerk in five typed a small x."""
    return number.lower() if number and ref % 5 == 0 else number


class Legacy:
    """Gathers the rows of one city."""

    def __init__(self, city: str) -> None:
        code = CITY_CODES[city]
        self.columns = COLUMNS
        self._rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self._ids = {name: Ids(code, kind) for kind, name in enumerate(_OWN, start=3)}
        self._last_person = Ids(code, 1).last
        self._last_household = Ids(code, 2).last
        self._sex = Codes("GB/T 2261.1")
        self._ethnic = Codes("GB/T 3304")
        self._marital = Codes("GB/T 2261.2")
        self._education = Codes("GB/T 4658-1984")
        self._relation = Codes("GB/T 4761")
        self._state = Codes("RYZT")
        self._lock = Codes("RYSDZT")
        self._kind = Codes("HLX")
        self._category = Codes("HB")
        self._collective = Codes("JTHZL")
        self._household_state = Codes("HHZT")
        self._card_reason = Codes("SLYY")
        self._card_application = Codes("SLZT")
        self._card_class = Codes("ZJLB")
        self._card_state = Codes("ZJZT")
        self._move_reason = Codes("move reason")
        self._change = Codes("GA/T 2000.24")

    def add(self, household: Household) -> None:
        """Gather the rows of one household with everything in it."""
        rows, since = self._rows, _time(household.established_on)
        address_version, address = self._next("mlpnbid"), self._next("mlpid")
        place: Row = (
            household.division, household.township, household.street, household.door, household.police_station[:9],
        )  # fmt: skip
        rows["hjxx_mlpxxxxb"].append((address_version, address, *place, since))
        if household.address_freeze in _FREEZE:
            rows["hjxz_mlpxxdjb"].append((self._next("mlpdjid"), address, _FREEZE[household.address_freeze], since))
        version = self._next("hhnbid")
        where: Row = (version, household.ref, address_version, address)
        what: Row = (
            household.number, self._kind.of(household.kind), self._category.of(household.category),
            self._collective.of(household.collective_kind),
        )  # fmt: skip
        state = self._household_state.of(household.state)
        rows["hjxx_hxxb"].append((*where, *what, state, _day(household.established_on), since))
        self._last_household = household.ref
        for member in household.members:
            self._person(member, where, what, place, since)
        for book in household.books:
            rows["hjyw_hkbqfxxb"].append((
                self._next("hkbnbid"), self._next("hkbid"), household.ref, book.person_ref, _BOOK_REASON[book.reason],
                _BOOK_STATE[book.state], _day(book.issued_on), book.issuing_office[:9], _time(book.issued_on),
            ))  # fmt: skip

    def drain(self) -> dict[str, list[Row]]:
        """Hand over the rows gathered since the last time, by table."""
        rows, self._rows = self._rows, {table: [] for table in COLUMNS}
        return rows

    def sequences(self) -> Mapping[str, int]:
        """Return the last id used of every sequence."""
        used = {f"seq_{name}": ids.last for name, ids in self._ids.items()}
        return used | {"seq_ryid": self._last_person, "seq_hhid": self._last_household}

    def _next(self, name: str) -> int:
        return self._ids[name].next()

    def _person(self, person: Person, where: Row, what: Row, place: Row, since: str) -> None:
        self._last_person = person.ref
        renamed = next((change for change in person.changes if change.category is ChangeCategory.NAME), None)
        content = _CONTENT.get(person.state, _LOADED)
        if renamed:
            self._former_version(person, renamed, where, what, place, since)
            content, since = _CONTENT.get(person.state, _CHANGED), _time(renamed.changed_on)
        self._version(person, where, what, place, (content, _CURRENT, since, None))
        self._papers(person)
        self._past(person)

    def _former_version(
        self, person: Person, renamed: Alteration, where: Row, what: Row, place: Row, since: str
    ) -> None:
        until = _time(renamed.changed_on)
        before = replace(person, name=renamed.before, former_name=None, state=PersonState.NORMAL, moved_to=None)
        self._version(
            replace(before, moved_on=None), where, what, place, (_LOADED, _HISTORICAL, min(since, until), until)
        )

    def _version(self, person: Person, where: Row, what: Row, place: Row, version: Row) -> None:
        born = person.birth_text or (person.birth_date and _day(person.birth_date)) or None
        self._rows["hjxx_czrkjbxxb"].append((
            self._next("rynbid"), person.ref, *where, _spelled(person.number, person.ref), person.name,
            person.former_name, self._sex.of(person.sex), self._ethnic.of(person.ethnic_group), born,
            person.birthplace, self._marital.of(person.marital_status),
            self._education.of(person.education, person.ref), self._relation.of(person.relation), *what, *place,
            person.residence_division, person.spouse_name,
            person.spouse_number, person.moved_to, _day(person.moved_on) if person.moved_on else None,
            self._state.of(person.state), self._lock.of(person.lock), *version,
        ))  # fmt: skip

    def _papers(self, person: Person) -> None:
        rows = self._rows
        for card in person.cards:
            rows["zjxx_jmsfzxxb"].append((
                self._next("nbsfzid"), person.ref, card.issuing_organ, _day(card.valid_from), _end(card),
                self._card_class.of(card.card_class), self._card_state.of(card.state),
            ))  # fmt: skip
        for application in person.applications:
            rows["zjyw_slxxb"].append((
                self._next("nbslid"), person.ref, application.acceptance_number,
                self._card_reason.of(application.reason), self._card_application.of(application.state, person.ref),
                _day(application.accepted_on), application.fee,
            ))  # fmt: skip

    def _past(self, person: Person) -> None:
        rows = self._rows
        for move in person.moves:
            inward = move.direction is MoveDirection.IN
            table, sequence, prefix = ("hjyw_qrdjxxb", "qrdjid", "03") if inward else ("hjyw_qczxxxb", "qczxid", "04")
            reason = f"{prefix}{self._move_reason.of(move.reason, person.ref)}"
            rows[table].append((
                self._next(sequence), person.ref, reason, _day(move.moved_on), move.other_division,
            ))  # fmt: skip
        for change in person.changes:
            rows["hjyw_bggzxxb"].append((
                self._next("bggzid"), person.ref, self._change.of(change.category, person.ref), change.before,
                change.after, _day(change.changed_on),
            ))  # fmt: skip


def _end(card: Card) -> str:
    return card.until_text or (_LONG_TERM if card.valid_until == FOREVER else _day(card.valid_until))
