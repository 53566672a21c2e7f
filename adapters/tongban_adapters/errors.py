"""What an adapter raises, named by what the gateway does next.

AdapterError
├── Retry            nothing was applied; ask again now (a deadlock, a broken idle connection)
├── Unavailable      nothing was applied; the registry is down or out of reach: wait
├── UnknownOutcome   sent, no answer: ask `status` before anything else
├── Refused          the registry said no on the integrity of its data, with a code
├── Unsupported      this registry cannot do that, and says so in its capabilities
└── BrokenRecord     one stored value fits no canonical value; the rest of the answer is good

MappingError         a city's TOML is wrong; raised at start-up only, names file, line and key
"""

from tongban_adapters.vocabulary import RefusalCode


class AdapterError(Exception):
    """Anything a registry call may raise; `city` is the slug of the registry."""

    def __init__(self, city: str, message: str) -> None:
        super().__init__(f"{city}: {message}")
        self.city = city


class Retry(AdapterError):
    """Nothing was applied; the same call may be made again at once."""


class Unavailable(AdapterError):
    """Nothing was applied; the registry cannot be reached now."""


class UnknownOutcome(AdapterError):
    """The call was sent and not answered; only `status` can tell what happened."""


class Refused(AdapterError):
    """The registry refused on the integrity of its data."""

    def __init__(self, city: str, code: RefusalCode, message: str) -> None:
        super().__init__(city, f"{code}: {message}")
        self.code = code


class Unsupported(AdapterError):
    """The registry does not offer this; its capabilities say so."""


class BrokenRecord(AdapterError):
    """A stored value fits no canonical value. Stands in the row in the place of that value; never holds the value."""

    def __init__(self, city: str, reference: str, field: str, reason: str) -> None:
        super().__init__(city, f"record {reference}, field {field}: {reason}")
        self.reference = reference
        self.field = field
        self.reason = reason


class MappingError(Exception):
    """A city's TOML file is wrong: where it is, and what would fit."""

    def __init__(self, file: str, line: int, key: str, problem: str) -> None:
        super().__init__(f"{file}:{line}: {key}: {problem}")
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem
