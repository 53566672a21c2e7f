"""Turn what asyncpg raises into what the gateway does next, in one table."""

from collections.abc import Mapping
from enum import Enum

import asyncpg
from asyncpg import exceptions as pg

from tongban_adapters.errors import AdapterError, Refused, Retry, Unavailable, UnknownOutcome, Unsupported
from tongban_adapters.vocabulary import RefusalCode


class Doing(Enum):
    """What the connection was doing: opening, working (nothing can be applied yet), or committing."""

    OPENING = "cannot connect"
    WORKING = "failed"
    COMMITTING = "failed while committing"


class Meaning(Enum):
    """What a driver error says."""

    LOST = "the connection broke"
    SLOW = "no answer within the city's patience"
    AGAIN = "the server undid the transaction"
    DOWN = "the server cannot serve now"
    UNSURE = "the server does not know"
    CLASH = "another record stands in the way"
    UNFIT = "the tables do not fit the mapping"


DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

# The nearest class in the method resolution order decides; every direct child of PostgresError must be here.
MEANINGS: Mapping[type[BaseException], Meaning] = {
    # the client's side
    asyncpg.InterfaceError: Meaning.LOST,
    asyncpg.InternalClientError: Meaning.LOST,
    pg.ClientConfigurationError: Meaning.DOWN,
    pg.TargetServerAttributeNotMatched: Meaning.DOWN,
    pg.UnsupportedClientFeatureError: Meaning.UNFIT,
    pg.UnsupportedServerFeatureError: Meaning.UNFIT,
    pg.OutdatedSchemaCacheError: Meaning.LOST,
    TimeoutError: Meaning.SLOW,
    OSError: Meaning.LOST,
    # 08, 57, 25: the connection and its session
    pg.FatalPostgresError: Meaning.LOST,
    pg.PostgresConnectionError: Meaning.LOST,
    pg.TransactionResolutionUnknownError: Meaning.UNSURE,
    pg.OperatorInterventionError: Meaning.LOST,
    pg.QueryCanceledError: Meaning.SLOW,
    pg.CannotConnectNowError: Meaning.DOWN,
    pg.DatabaseDroppedError: Meaning.DOWN,
    pg.InvalidTransactionStateError: Meaning.LOST,
    pg.ReadOnlySQLTransactionError: Meaning.DOWN,
    pg.InvalidTransactionInitiationError: Meaning.LOST,
    pg.InvalidTransactionTerminationError: Meaning.LOST,
    pg.InvalidSQLStatementNameError: Meaning.LOST,
    pg.SQLStatementNotYetCompleteError: Meaning.LOST,
    # 28, 3D, 53, 58, XX …: the server
    pg.InvalidAuthorizationSpecificationError: Meaning.DOWN,
    pg.InvalidRoleSpecificationError: Meaning.DOWN,
    pg.InvalidCatalogNameError: Meaning.DOWN,
    pg.InsufficientResourcesError: Meaning.DOWN,
    pg.PostgresSystemError: Meaning.DOWN,
    pg.ConfigFileError: Meaning.DOWN,
    pg.InternalServerError: Meaning.DOWN,
    pg.FDWError: Meaning.DOWN,
    # 40, 55, 72: nothing was applied, the next try may succeed
    pg.TransactionRollbackError: Meaning.AGAIN,
    pg.StatementCompletionUnknownError: Meaning.UNSURE,
    pg.ObjectNotInPrerequisiteStateError: Meaning.AGAIN,
    pg.SnapshotTooOldError: Meaning.AGAIN,
    pg.InvalidCachedStatementError: Meaning.LOST,
    # 23: the registry's own integrity
    pg.IntegrityConstraintViolationError: Meaning.UNFIT,
    pg.UniqueViolationError: Meaning.CLASH,
    pg.ExclusionViolationError: Meaning.CLASH,
    # the rest: tables, rights or triggers are not what the mapping takes them for
    pg.FeatureNotSupportedError: Meaning.UNFIT,
    pg.TriggeredActionError: Meaning.UNFIT,
    pg.LocatorError: Meaning.UNFIT,
    pg.InvalidGrantorError: Meaning.UNFIT,
    pg.DiagnosticsError: Meaning.UNFIT,
    pg.InvalidArgumentForXqueryError: Meaning.UNFIT,
    pg.CaseNotFoundError: Meaning.UNFIT,
    pg.CardinalityViolationError: Meaning.UNFIT,
    pg.DataError: Meaning.UNFIT,
    pg.InvalidCursorStateError: Meaning.UNFIT,
    pg.TriggeredDataChangeViolationError: Meaning.UNFIT,
    pg.DependentPrivilegeDescriptorsStillExistError: Meaning.UNFIT,
    pg.SQLRoutineError: Meaning.UNFIT,
    pg.InvalidCursorNameError: Meaning.UNFIT,
    pg.ExternalRoutineError: Meaning.UNFIT,
    pg.ExternalRoutineInvocationError: Meaning.UNFIT,
    pg.SavepointError: Meaning.UNFIT,
    pg.InvalidSchemaNameError: Meaning.UNFIT,
    pg.SyntaxOrAccessError: Meaning.UNFIT,
    pg.WithCheckOptionViolationError: Meaning.UNFIT,
    pg.ProgramLimitExceededError: Meaning.UNFIT,
    pg.PLPGSQLError: Meaning.UNFIT,
}

_NEXT: Mapping[Doing, Mapping[Meaning, type[AdapterError]]] = {
    Doing.OPENING: dict.fromkeys(Meaning, Unavailable),
    Doing.WORKING: {
        Meaning.LOST: Retry,
        Meaning.AGAIN: Retry,
        Meaning.UNSURE: Retry,
        Meaning.SLOW: Unavailable,
        Meaning.DOWN: Unavailable,
        Meaning.CLASH: Refused,
        Meaning.UNFIT: Unsupported,
    },
    Doing.COMMITTING: {
        Meaning.LOST: UnknownOutcome,
        Meaning.SLOW: UnknownOutcome,
        Meaning.DOWN: UnknownOutcome,
        Meaning.UNSURE: UnknownOutcome,
        Meaning.AGAIN: Retry,
        Meaning.CLASH: Refused,
        Meaning.UNFIT: Unsupported,
    },
}


def meaning_of(error: type[BaseException]) -> Meaning | None:
    """Return what the table says about a class of errors, None where it says nothing."""
    return next((MEANINGS[kind] for kind in error.__mro__ if kind in MEANINGS), None)


def translate(city: str, error: BaseException, doing: Doing) -> AdapterError:
    """Return the error to raise instead. Its text has class and SQLSTATE, never the driver's text with its values."""
    meaning = meaning_of(type(error))
    text = f"{doing.value}: {meaning.value if meaning else 'unexpected'} ({_name(error)})"
    if meaning is None:
        return (UnknownOutcome if doing is Doing.COMMITTING else Unavailable)(city, text)
    kind = _NEXT[doing][meaning]
    if kind is Refused:
        return Refused(city, RefusalCode.STALE_VERSION, text)
    return kind(city, text)


def _name(error: BaseException) -> str:
    name = type(error).__name__
    state = getattr(error, "sqlstate", None)
    if isinstance(error, pg.UndefinedTableError | pg.UndefinedColumnError | pg.InsufficientPrivilegeError):
        # These texts name tables and columns only, and city IT needs them to mend the mapping.
        return f"{name} {state}: {error}"
    return f"{name} {state}" if state else name
