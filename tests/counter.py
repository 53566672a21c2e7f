"""The window of the story: who stands where, whose household it is, and what to lay on the counter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from resolvers.book_application import BookApplication
from resolvers.books import apply_household_book
from resolvers.caller import Caller, Purpose, Role
from resolvers.case import Case, CaseState, Decision
from resolvers.case_view import stored_case
from resolvers.clock import FixedClock
from resolvers.ledger.cases import StoredCase
from resolvers.province import Province
from resolvers.registry_work import Worker
from resolvers.visit import Visit
from tests.journal import JournalRegistry
from tests.provinces import MakeProvince, visit
from tongban_adapters.citizen_number import check_character
from tongban_adapters.model import Cell, Kind
from tongban_adapters.vocabulary import (
    BookReason,
    BookState,
    HouseholdKind,
    HouseholdState,
    PersonLock,
    PersonState,
    Relation,
)

YE, WIFE, CHILD, STUDENT = "33030219751120904X", "330302197806150022", "330302201001010013", "330302200001010019"
YIWU, WUMA, XIHU, LISHUI = "330782001000", "330302001000", "330106001000", "331102001000"
EVE = FixedClock(datetime(2021, 5, 31, 15, 59, 59, tzinfo=UTC))
LAUNCH = FixedClock(datetime(2021, 5, 31, 16, 0, tzinfo=UTC))
APPROVER = Caller(Role.APPROVER, "wenzhou-approver", division="330300")
AUDITOR = Caller(Role.AUDITOR, "auditor")


def officer(station: str = YIWU, name: str = "officer") -> Caller:
    """Return a window officer of a station."""
    return Caller(Role.OFFICER, f"{name}@{station}", station=station, division=station[:6])


def person(ref: str, number: str, relation: Relation, born: date, household: str = "h1") -> dict[str, Cell]:
    """Return an active, unlocked person."""
    return {
        "ref": ref,
        "version": "1",
        "number": number,
        "household_ref": household,
        "state": PersonState.NORMAL,
        "lock": PersonLock.NONE,
        "relation_to_head": relation,
        "birth_date": born,
    }


def household(ref: str, kind: HouseholdKind = HouseholdKind.FAMILY) -> dict[str, Cell]:
    """Return a normal household of the Wuma station."""
    state = HouseholdState.NORMAL
    return {"ref": ref, "version": "5", "kind": kind, "state": state, "police_station": WUMA}


def book(ref: str, household_ref: str) -> dict[str, Cell]:
    """Return a valid household book."""
    return {
        "ref": ref,
        "version": "2",
        "household_ref": household_ref,
        "person_ref": None,
        "reason": BookReason.FIRST_ISSUE,
        "state": BookState.VALID,
        "issued_on": date(2010, 5, 4),
        "issuing_office": WUMA,
    }


def wenzhou() -> JournalRegistry:
    """Return Wenzhou's registry: the Ye family with its book, and a student in a collective household."""
    return JournalRegistry(
        "wenzhou",
        {
            Kind.PERSON: [
                person("p1", YE, Relation.HEAD, date(1975, 11, 20)),
                person("p2", WIFE, Relation.WIFE, date(1978, 6, 15)),
                person("p3", CHILD, Relation.SON, date(2010, 1, 1)),
                person("p9", STUDENT, Relation.NON_RELATIVE, date(2000, 1, 1), "h9"),
            ],
            Kind.HOUSEHOLD: [household("h1"), household("h9", HouseholdKind.COLLECTIVE)],
            Kind.BOOK: [book("b1", "h1")],
        },
    )


@dataclass(frozen=True, slots=True)
class Window:
    """A province of the cities of the story, with the registries at hand."""

    province: Province
    wenzhou: JournalRegistry
    jinhua: JournalRegistry

    def at(self, clock: FixedClock) -> "Window":
        """Return the same window on another day."""
        return replace(self, province=replace(self.province, clock=clock))

    def visit(self, caller: Caller | None = None, purpose: str | None = "D02") -> Visit:
        """Start a request of the Yiwu officer, or of somebody else."""
        return visit(self.province, caller or officer(), Purpose(purpose) if purpose else None)

    async def apply(
        self, application: BookApplication | None = None, caller: Caller | None = None, *, purpose: str | None = None
    ) -> Decision:
        """Apply for a book under the purpose that fits, or another one."""
        asked = application or replacement()
        return await apply_household_book(self.province, self.visit(caller, purpose or asked.business), asked)

    async def accepted(self, application: BookApplication | None = None) -> Case:
        """Apply and return the case there must be."""
        decision = await self.apply(application)
        assert decision.case is not None, decision.refusals
        return decision.case

    async def stored(self, number: str) -> StoredCase:
        """Return the case as the ledger has it."""
        case = await stored_case(self.province, number)
        assert case is not None
        return case

    async def reached(self, number: str, *states: CaseState) -> StoredCase:
        """Wait until the case is in one of the states; each look is a question to the ledger."""
        while (case := await self.stored(number)).state not in states:
            pass
        return case

    async def rows(self) -> dict[str, int]:
        """Count what the ledger holds about cases."""
        tables = ("cases", "case_steps", "case_refusals", "requests", "sheets")
        pool = self.province.ledger.pool
        return {table: await pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608

    async def enrol(self, nth: int) -> str:
        """Add a student to the collective household and return the number."""
        first17 = f"3303022001020200{nth}"
        number = first17 + check_character(first17)
        student = person(f"s{nth}", number, Relation.NON_RELATIVE, date(2001, 2, 2), "h9")
        self.wenzhou.records[Kind.PERSON].append(student)
        await self.province.locator.learn(self.province.locator.key(number), "wenzhou", None)
        return number

    def writes(self) -> list[str]:
        """Return what any registry was asked to write."""
        asked = [*self.wenzhou.asked, *self.jinhua.asked]
        return [method for method in asked if method not in ("read", "status")]


async def open_window(make_province: MakeProvince) -> Window:
    """Open a window on the first day of the block of Jinhua and Wenzhou; the locator already knows the people."""
    here, there = wenzhou(), JournalRegistry("jinhua")
    others = [JournalRegistry("hangzhou"), JournalRegistry("lishui")]
    province = replace(await make_province([here, there, *others]), clock=LAUNCH)
    for number in (YE, WIFE, CHILD, STUDENT):
        await province.locator.learn(province.locator.key(number), "wenzhou", None)
    return Window(province, here, there)


def replacement(
    key: UUID | None = None, number: str = YE, station: str = YIWU, *, surrendered: bool = True
) -> BookApplication:
    """Return an application for a new book against the old one."""
    return BookApplication(key or uuid4(), "D02", number, station, old_book_surrendered=surrendered)


def codes(decision: Decision) -> list[str]:
    """Return the codes of the refusals."""
    return [refusal.code.value for refusal in decision.refusals]


@asynccontextmanager
async def working(province: Province) -> AsyncIterator[None]:
    """Let a worker run meanwhile; then it ends cleanly."""
    worker = asyncio.create_task(Worker(province).run())
    try:
        async with asyncio.timeout(60):
            yield
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
