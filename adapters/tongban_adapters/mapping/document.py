"""Read a city's TOML together with the layout it extends, and remember where every key stands."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tongban_adapters.errors import MappingError
from tongban_adapters.mapping import lines
from tongban_adapters.mapping.lines import key_lines

# Below these a city's value replaces the layout's as a whole: half of each would be nobody's wish.
_WHOLE = ("fields", "joins", "columns")
_POSITION = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """The merged values of a city, and the place each path was written at."""

    values: dict[str, object]
    places: dict[lines.Path, Place]

    def place(self, path: lines.Path) -> Place:
        """Return where the path stands, or the nearest table around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path]


def read_document(path: Path) -> Document:
    """Read the file and, if it says `extends`, the layout under it; raises MappingError."""
    city = _read(path)
    if "extends" not in city.values:
        return city
    place, extends = city.place(("extends",)), city.values["extends"]
    if not isinstance(extends, str):
        raise MappingError(place.file, place.line, "extends", 'must be a file name in quotes: "layouts/modern.toml"')
    below = path.parent / extends
    if not below.is_file():
        there = ", ".join(sorted(file.stem for file in below.parent.glob("*.toml"))) or "no TOML file"
        raise MappingError(place.file, place.line, "extends", f"there is no {extends}; in that folder: {there}")
    layout = _read(below)
    if "extends" in layout.values:
        place = layout.place(("extends",))
        raise MappingError(place.file, place.line, "extends", "a layout extends nothing; only a city does")
    places = dict(layout.places)
    places.update({(): city.places[()]})
    values = _merge(layout.values, city, (), places)
    return Document(values, places)


def _merge(
    below: dict[str, object], city: Document, path: lines.Path, places: dict[lines.Path, Place]
) -> dict[str, object]:
    """Lay the city's values at `path` over those of the layout."""
    over: object = city.values
    for part in path:
        over = over[part] if isinstance(over, dict) else {}
    merged = dict(below)
    for key, value in over.items() if isinstance(over, dict) else ():
        inner = (*path, key)
        old = below.get(key)
        if isinstance(old, dict) and isinstance(value, dict) and not (path and path[-1] in _WHOLE):
            merged[key] = _merge(old, city, inner, places)
            continue
        merged[key] = value
        for known in [known for known in places if known[: len(inner)] == inner]:
            del places[known]
        places.update({known: at for known, at in city.places.items() if known[: len(inner)] == inner})
    return merged


def _read(path: Path) -> Document:
    name = path.name
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise MappingError(name, line, "(file)", "is not UTF-8") from None
    except OSError as error:
        raise MappingError(name, 1, "(file)", f"cannot be read: {error.strerror}") from None
    places = _places(name, text)
    try:
        return Document(tomllib.loads(text), places)
    except tomllib.TOMLDecodeError as error:
        match = _POSITION.search(str(error))
        line = int(match[1]) if match and match[1] else text.count("\n") + 1
        raise MappingError(name, line, "(file)", f"is not TOML: {_POSITION.sub('', str(error))}") from None


def _places(name: str, text: str) -> dict[lines.Path, Place]:
    """Return the place of every key; a key written twice is a MappingError, bad TOML is left to tomllib."""
    places: dict[lines.Path, Place] = {(): Place(name, 1)}
    try:
        found = list(key_lines(text))
    except lines.NotReadable:
        return places
    for path, line in found:
        if path in places:
            key = ".".join(str(part) for part in path)
            raise MappingError(name, line, key, f"is given twice, first in line {places[path].line}")
        places[path] = Place(name, line)
    return places
