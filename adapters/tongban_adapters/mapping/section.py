"""One table of a city's document: typed access that answers every mistake with file, line and what would fit."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from tongban_adapters.errors import MappingError
from tongban_adapters.mapping.document import Document
from tongban_adapters.mapping.lines import Path


def what_fits(word: str, known: Iterable[str]) -> str:
    """Return a hint: the close matches, and the whole list while it is short enough to read."""
    names = sorted(set(known))
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"{hint}known: {', '.join(names)}" if names else f"{hint}nothing may stand here"


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the document at `path`; `short` where a single value stands for the table."""

    document: Document
    path: Path
    values: Mapping[str, object]
    short: bool = False

    def fail(self, key: str, problem: str) -> NoReturn:
        """Raise the MappingError for a key of this table; an absent key is shown at the table's own line."""
        path = (*self.path, key) if key and not self.short else self.path
        place = self.document.place(path)
        raise MappingError(place.file, place.line, ".".join(str(part) for part in path) or "(file)", problem)

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that mean nothing here."""
        names = tuple(known)
        for key in self.values:
            if key not in names:
                self.fail(key, f"unknown key; {what_fits(key, names)}")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty."""
        value = self.values.get(key, default)
        if value is None:
            self.fail(key, "is missing; a text is needed")
        if not isinstance(value, str) or not value:
            self.fail(key, f"must be a text in quotes, not {_shape(value)}")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None when the key is absent."""
        return self.text(key) if key in self.values else None

    def number(self, key: str, default: int, smallest: int = 1) -> int:
        """Return a whole number not below `smallest`."""
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            self.fail(key, f"must be a whole number, not {_shape(value)}")
        if value < smallest:
            self.fail(key, f"must be at least {smallest}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; an absent key is an empty list."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(key, f'must be a list of texts: ["…", "…"], not {_shape(value)}')
        return tuple(value)

    def section(self, key: str) -> "Section":
        """Return the table under a key; an absent one is empty."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.fail(key, f"must be a table, not {_shape(value)}")
        return Section(self.document, (*self.path, key), value)

    def sections(self, key: str) -> Iterator["Section"]:
        """Yield the tables of an array of tables."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fail(key, f"must be tables under [[{'.'.join(map(str, self.path))}.{key}]], not {_shape(value)}")
        for index, item in enumerate(value):
            yield Section(self.document, (*self.path, key, index), item)

    def pick(self, key: str, known: Iterable[str], default: str | None = None) -> str:
        """Return a text that is one of `known`."""
        names = tuple(known)
        value = self.text(key, default)
        if value not in names:
            self.fail(key, f"there is no {value!r}; {what_fits(value, names)}")
        return value


def _shape(value: object) -> str:
    names = {bool: "true or false", int: "a number", str: "a text", list: "a list", dict: "a table"}
    return "an empty text" if value == "" else names.get(type(value), "a date or a decimal number")
