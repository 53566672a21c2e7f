"""What stops a request, named by what the caller does next; `code` is the contract, the text is for people.

Problem
├── FixInput        the request is wrong: change it            (BAD_INPUT, NUMBER_INVALID, BAD_CURSOR, UNKNOWN_ITEM …)
├── AskForRight     the caller may not: other token or purpose (UNAUTHENTICATED, NOT_ALLOWED, PURPOSE_REQUIRED)
├── NotFound        nothing there that this caller may see     (NOT_FOUND; constant shape for "is not" and "may not")
├── TryLater        a registry or the gateway is busy or down  (REGISTRY_UNAVAILABLE, REGISTRY_TIMEOUT, OVERLOADED)
└── AskOperator     data is in conflict: people must decide    (DISPUTED, BROKEN_RECORD, LOCATOR_STALE)
"""

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")


class Problem(Exception):
    """Stops a field or a request. `message` never names a person; `place` says which argument, field or city."""

    code = "PROBLEM"

    def __init__(self, message: str, *, code: str | None = None, place: str | None = None, **more: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.place = place
        self.more: Mapping[str, str] = more


class FixInput(Problem):
    """The request is wrong; the same request will fail again."""

    code = "BAD_INPUT"


class AskForRight(Problem):
    """This caller, or this caller without that purpose, may not do this."""

    code = "NOT_ALLOWED"


class NotFound(Problem):
    """There is nothing here that this caller may see."""

    code = "NOT_FOUND"


class TryLater(Problem):
    """A registry or the gateway cannot answer now; the same request may succeed later."""

    code = "REGISTRY_UNAVAILABLE"


class AskOperator(Problem):
    """The data contradicts itself; trying again does not help, a person has to decide."""

    code = "DISPUTED"


def one_of(answers: Mapping[K, T | Problem], key: K) -> T:
    """Return one answer of a batch; raises the problem that stands in its place."""
    answer = answers[key]
    if isinstance(answer, Problem):
        raise answer
    return answer
