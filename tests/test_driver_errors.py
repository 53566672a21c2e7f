"""Every error asyncpg knows is turned into one of ours, and none of its values come along."""

import inspect
from collections.abc import Iterator

import asyncpg
import pytest
from asyncpg import exceptions as pg

from gateway.postgres import PostgresServer
from tongban_adapters.errors import AdapterError, Refused, Retry, Unavailable, UnknownOutcome, Unsupported
from tongban_adapters.postgres.driver_errors import DRIVER_ERRORS, MEANINGS, Doing, Meaning, meaning_of, translate
from tongban_adapters.vocabulary import RefusalCode

SECRET = "姓名秘密"


def driver_classes() -> Iterator[type[BaseException]]:
    """Yield every class asyncpg may raise; warnings and notices are not raised, nor is the base of all."""
    for _, found in inspect.getmembers(pg, inspect.isclass):
        if issubclass(found, BaseException) and not issubclass(found, Warning) and found is not pg.PostgresError:
            yield found


def error_of(kind: type[BaseException]) -> BaseException:
    error = kind.__new__(kind)
    error.args = (SECRET,)
    return error


def test_there_are_classes_to_look_at() -> None:
    assert len(list(driver_classes())) > 250


@pytest.mark.parametrize("doing", Doing)
def test_every_class_of_the_driver_becomes_an_adapter_error_without_the_drivers_text(doing: Doing) -> None:
    named = (pg.UndefinedTableError, pg.UndefinedColumnError, pg.InsufficientPrivilegeError)
    for kind in driver_classes():
        assert issubclass(kind, DRIVER_ERRORS), kind.__name__
        assert meaning_of(kind) is not None, kind.__name__
        translated = translate("wenzhou", error_of(kind), doing)
        assert isinstance(translated, AdapterError)
        assert kind.__name__ in str(translated)
        assert (SECRET in str(translated)) is (kind in named)


def test_every_class_of_sqlstates_is_decided_by_itself() -> None:
    undecided = [kind.__name__ for kind in pg.PostgresError.__subclasses__() if kind not in MEANINGS]
    assert undecided == []
    assert pg.PostgresError not in MEANINGS  # a new class must be decided, not fall through


@pytest.mark.parametrize(
    ("kind", "opening", "working", "committing"),
    [
        (pg.ConnectionDoesNotExistError, Unavailable, Retry, UnknownOutcome),
        (ConnectionResetError, Unavailable, Retry, UnknownOutcome),
        (pg.InterfaceError, Unavailable, Retry, UnknownOutcome),
        (pg.AdminShutdownError, Unavailable, Retry, UnknownOutcome),
        (TimeoutError, Unavailable, Unavailable, UnknownOutcome),
        (pg.QueryCanceledError, Unavailable, Unavailable, UnknownOutcome),
        (pg.CannotConnectNowError, Unavailable, Unavailable, UnknownOutcome),
        (pg.TooManyConnectionsError, Unavailable, Unavailable, UnknownOutcome),
        (pg.InvalidPasswordError, Unavailable, Unavailable, UnknownOutcome),
        (pg.DeadlockDetectedError, Unavailable, Retry, Retry),
        (pg.SerializationError, Unavailable, Retry, Retry),
        (pg.LockNotAvailableError, Unavailable, Retry, Retry),
        (pg.StatementCompletionUnknownError, Unavailable, Retry, UnknownOutcome),
        (pg.InvalidCachedStatementError, Unavailable, Retry, UnknownOutcome),
        (pg.UniqueViolationError, Unavailable, Refused, Refused),
        (pg.NotNullViolationError, Unavailable, Unsupported, Unsupported),
        (pg.UndefinedColumnError, Unavailable, Unsupported, Unsupported),
        (pg.InsufficientPrivilegeError, Unavailable, Unsupported, Unsupported),
        (pg.ReadOnlySQLTransactionError, Unavailable, Unavailable, UnknownOutcome),
        (ZeroDivisionError, Unavailable, Unavailable, UnknownOutcome),
    ],
)
def test_what_the_gateway_does_next(
    kind: type[BaseException],
    opening: type[AdapterError],
    working: type[AdapterError],
    committing: type[AdapterError],
) -> None:
    error = error_of(kind)
    assert type(translate("wenzhou", error, Doing.OPENING)) is opening
    assert type(translate("wenzhou", error, Doing.WORKING)) is working
    assert type(translate("wenzhou", error, Doing.COMMITTING)) is committing


def test_a_clash_of_rows_is_refused_as_stale() -> None:
    refused = translate("wenzhou", error_of(pg.UniqueViolationError), Doing.WORKING)
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.STALE_VERSION
    assert str(refused) == (
        "wenzhou: STALE_VERSION: failed: another record stands in the way (UniqueViolationError 23505)"
    )


def test_no_meaning_is_left_without_a_next_step() -> None:
    for doing in Doing:
        for meaning in Meaning:
            kind = next(kind for kind, known in MEANINGS.items() if known is meaning)
            assert isinstance(translate("wenzhou", error_of(kind), doing), AdapterError)


async def test_a_real_error_of_the_server_leaves_its_values_behind(postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(postgres.admin_url())
    with pytest.raises(asyncpg.PostgresError) as caught:
        await connection.execute(f"SELECT '{SECRET}'::integer")
    await connection.close()
    assert SECRET in str(caught.value)
    assert str(translate("wenzhou", caught.value, Doing.WORKING)) == (
        "wenzhou: failed: the tables do not fit the mapping (InvalidTextRepresentationError 22P02)"
    )
