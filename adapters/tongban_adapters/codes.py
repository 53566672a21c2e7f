"""The code lists a registry may hold: several raw codes may mean one canonical value, one of them is written."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType

from tongban_adapters import vocabulary


class CodeListError(ValueError):
    """A code list contradicts itself; `value` is the canonical value whose line is wrong."""

    def __init__(self, value: str, problem: str) -> None:
        super().__init__(problem)
        self.value = value


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list: the `meaning` of every raw code, and the `raw` codes of every value, the one to write first."""

    name: str
    values: type[StrEnum]
    meaning: Mapping[str, StrEnum]
    raw: Mapping[StrEnum, tuple[str, ...]]

    def written(self, value: str) -> str | None:
        """Return the code to write for a canonical value, None when the list has none."""
        codes = self.raw.get(self.values(value))
        return codes[0] if codes else None


def code_list(name: str, values: type[StrEnum], table: Mapping[str, object]) -> CodeList:
    """Build a list from `VALUE = "code"` or `VALUE = ["code to write", "other code", …]`; raises CodeListError."""
    meaning: dict[str, StrEnum] = {}
    raw: dict[StrEnum, tuple[str, ...]] = {}
    for value, given in table.items():
        if value not in values.__members__:
            raise CodeListError(value, f"is not a {values.__name__}")
        codes = (given,) if isinstance(given, str) else given
        if not isinstance(codes, list | tuple) or not codes or not all(isinstance(code, str) for code in codes):
            raise CodeListError(value, 'must be a code in quotes, or a list of them: "1" or ["1", "01"]')
        member = values[value]
        for code in codes:
            if code in meaning:
                raise CodeListError(value, f"has the code {code!r}, which already means {meaning[code]}")
            meaning[code] = member
        raw[member] = tuple(codes)
    return CodeList(name, values, MappingProxyType(meaning), MappingProxyType(raw))


@cache
def standard_lists() -> Mapping[str, CodeList]:
    """Return the lists that come with the SDK, by the name of their standard or their column in GA 214 systems."""
    text = resources.files("tongban_adapters").joinpath("code_lists.toml").read_text(encoding="utf-8")
    lists = {
        name: code_list(name, getattr(vocabulary, entry["enum"]), entry["values"])
        for name, entry in tomllib.loads(text).items()
    }
    return MappingProxyType(lists)
