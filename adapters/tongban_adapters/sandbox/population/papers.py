"""The papers people hold on the day the population is taken: ID cards, their applications, household books."""

from collections.abc import Sequence
from datetime import date

from tongban_adapters.model import FOREVER
from tongban_adapters.sandbox.population.ages import TODAY, YEAR, birthday, years_at
from tongban_adapters.sandbox.population.chance import Draw, Wheel, between
from tongban_adapters.sandbox.population.places import Place
from tongban_adapters.sandbox.population.records import Book, Card, CardApplication
from tongban_adapters.vocabulary import (
    BookReason,
    BookState,
    CardApplicationState,
    CardReason,
    IdCardClass,
    IdCardState,
)

_TEN_YEARS = int(10 * YEAR)
_IN_PROGRESS: Wheel[CardApplicationState] = Wheel(
    {
        CardApplicationState.ACCEPTED: 3,
        CardApplicationState.BIOMETRICS_OK: 2,
        CardApplicationState.REGISTRY_REVIEW: 2,
        CardApplicationState.SIGNED: 2,
        CardApplicationState.IN_PRODUCTION: 4,
        CardApplicationState.DISPATCHED: 2,
        CardApplicationState.READY: 3,
    }
)
_FEES = {CardReason.LOSS: 40, CardReason.DAMAGE: 40}


def later(day: date, years: int) -> date:
    """Return the same day some years later (28 February for the 29th)."""
    if day.month == 2 and day.day == 29:
        return date(day.year + years, 2, 28)
    return day.replace(year=day.year + years)


def valid_until(born: int, issued: int) -> date:
    """Return the end of validity by the age at issue: 5 years under 16, 10 to 25, 20 to 45, then for ever."""
    years = years_at(born, issued)
    if years >= 46:
        return FOREVER
    return later(date.fromordinal(issued), 5 if years < 16 else 10 if years < 26 else 20)


def cards(draw: Draw, place: Place, born: int, years: int) -> tuple[Card, ...]:
    """Return the cards of someone `years` old: nearly everyone from 16, a few children; now and then the former one."""
    chance = draw()
    if chance > (0.965 if years >= 16 else 0.06):
        return ()
    if 27 <= years < 40 and chance < 0.03:
        issued = birthday(born, 16) + int(draw() * 150)
    else:
        earliest = birthday(born, 16) if years >= 16 else TODAY - int(4.9 * YEAR)
        earliest = max(earliest, born + 30, TODAY - _TEN_YEARS + 40)
        if earliest > TODAY - 20:
            return ()
        issued = between(draw, earliest, TODAY - 20)
    state = IdCardState.REPORTED_LOST if draw() < 0.005 else IdCardState.NORMAL
    current = _card(IdCardClass.SECOND_GENERATION, state, place, born, issued)
    if years < 36 or draw() > 0.16:
        return (current,)
    former = issued - between(draw, 3000, 5000)
    old_class = IdCardClass.FIRST_GENERATION if former < date(2005, 1, 1).toordinal() else IdCardClass.SECOND_GENERATION
    return _card(old_class, IdCardState.SURRENDERED, place, born, former), current


def _card(card_class: IdCardClass, state: IdCardState, place: Place, born: int, issued: int) -> Card:
    return Card(card_class, state, place.organ, date.fromordinal(issued), valid_until(born, issued))


def applications(draw: Draw, place: Place, ref: int, years: int, held: tuple[Card, ...]) -> tuple[CardApplication, ...]:
    """Return the applications of one person: few in progress, some of the past already delivered."""
    chance = draw()
    lost = bool(held) and held[-1].state is IdCardState.REPORTED_LOST
    limit = 0.7 if lost else 0.036
    if years < 16 or chance > limit:
        return ()
    open_now = lost or chance < 0.007
    accepted = date.fromordinal(TODAY - between(draw, 1, 50) if open_now else TODAY - between(draw, 70, 1500))
    reason = _reason(years, held, lost=lost)
    return (
        CardApplication(
            f"{place.stations[0][:9]}{accepted.isoformat().replace('-', '')}{ref % 100_000:05d}",
            reason,
            _IN_PROGRESS.spin(draw()) if open_now else CardApplicationState.DELIVERED,
            accepted,
            _FEES.get(reason, 20),
        ),
    )


def _reason(years: int, held: tuple[Card, ...], *, lost: bool) -> CardReason:
    if lost:
        return CardReason.LOSS
    if not held:
        return CardReason.FIRST_FROM_16
    if held[-1].valid_until.toordinal() < TODAY + 90:
        return CardReason.EXPIRY
    return CardReason.DAMAGE if years % 3 else CardReason.RENEWAL


def household_books(draw: Draw, office: str, established: int) -> tuple[Book, ...]:
    """Return the books a household was issued, the valid one last; a few households have none."""
    chance = draw()
    if chance > 0.97:
        return ()
    first = between(draw, max(established, date(1996, 7, 1).toordinal()), TODAY - 5)
    if chance > 0.13 or first > TODAY - 400:
        return (Book(BookReason.FIRST_ISSUE, BookState.VALID, date.fromordinal(first), office),)
    second = between(draw, first + 90, TODAY - 5)
    reason = BookReason.REPLACEMENT if chance > 0.05 else BookReason.REISSUE
    return (
        Book(BookReason.FIRST_ISSUE, BookState.VOID, date.fromordinal(first), office),
        Book(reason, BookState.VALID, date.fromordinal(second), office),
    )


def personal_pages(draw: Draw, office: str, refs: Sequence[int]) -> tuple[Book, ...]:
    """Return the personal pages of a collective household: one member in four holds one."""
    return tuple(
        Book(BookReason.PERSONAL_PAGE, BookState.VALID, date.fromordinal(TODAY - between(draw, 5, 900)), office, ref)
        for ref in refs
        if draw() < 0.25
    )
