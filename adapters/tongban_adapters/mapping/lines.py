"""Find the line of every key of a TOML text, which `tomllib` does not tell."""

import re
from collections.abc import Callable, Iterator

Path = tuple[str | int, ...]
Element = Callable[[int], None]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:([A-Za-z0-9_-]+)|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)')[ \t]*""")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\s#][^,\]}\n#]*")


class NotReadable(ValueError):
    """The text is no TOML; `tomllib` says why in better words."""


def key_lines(text: str) -> Iterator[tuple[Path, int]]:
    """Yield (path, line) for every key in the order of the text; a path that comes twice was written twice.

    Tables are yielded too, by their header; elements of arrays have their index in the path. Raises NotReadable.
    """
    return _Scanner(text).statements()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: list[tuple[Path, int]] = []
        self.arrays: dict[Path, int] = {}

    def statements(self) -> Iterator[tuple[Path, int]]:
        prefix: Path = ()
        self.skip_blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                prefix = self.header()
            else:
                self.pair(prefix)
            self.skip_blank()
        yield from self.found

    def header(self) -> Path:
        start = self.at
        repeated = self.text.startswith("[[", self.at)
        self.at += 2 if repeated else 1
        path = self.indexed(self.key(), last=not repeated)
        if repeated:
            self.arrays[path] = self.arrays.get(path, -1) + 1
            path = (*path, self.arrays[path])
        self.expect("]]" if repeated else "]")
        self.note(path, start)
        return path

    def indexed(self, keys: Path, *, last: bool) -> Path:
        """Put the current index behind every array of tables that the path goes through."""
        path: Path = ()
        for position, part in enumerate(keys):
            path = (*path, part)
            if path in self.arrays and (last or position < len(keys) - 1):
                path = (*path, self.arrays[path])
        return path

    def pair(self, prefix: Path) -> None:
        start = self.at
        path = prefix + self.key()
        self.expect("=")
        self.note(path, start)
        self.skip_blank()
        self.value(path)

    def key(self) -> Path:
        parts: list[str] = []
        while True:
            match = _KEY.match(self.text, self.at)
            if match is None:
                raise NotReadable
            parts.append(next(group for group in match.groups() if group is not None))
            self.at = match.end()
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1

    def value(self, path: Path) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self.inside("]", lambda index: self.value((*path, index)))
        elif opening == "{":
            self.inside("}", lambda _: self.pair(path))
        else:
            match = (_STRING if opening in {'"', "'"} else _SCALAR).match(self.text, self.at)
            if match is None:
                raise NotReadable
            self.at = match.end()

    def inside(self, closing: str, element: Element) -> None:
        self.at += 1
        index = 0
        self.skip_blank()
        while not self.text.startswith(closing, self.at):
            element(index)
            index += 1
            self.skip_blank()
            if self.text.startswith(",", self.at):
                self.at += 1
                self.skip_blank()
            elif not self.text.startswith(closing, self.at):
                raise NotReadable
        self.at += 1

    def expect(self, mark: str) -> None:
        if not self.text.startswith(mark, self.at):
            raise NotReadable
        self.at += len(mark)

    def skip_blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def note(self, path: Path, position: int) -> None:
        self.found.append((path, self.text.count("\n", 0, position) + 1))
