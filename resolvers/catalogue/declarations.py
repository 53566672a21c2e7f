"""Reads the declarations in `data/` as plain typed values; a key or value that fits nothing stops the start."""

from collections.abc import Mapping
from importlib.resources import files
from typing import TypeVar

import msgspec

T = TypeVar("T")


class DeclarationError(Exception):
    """A file of the catalogue is wrong: which file, and what is wrong with it."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file = file
        self.problem = problem


def read(name: str, shape: type[T]) -> T:
    """Read `data/<name>.toml` as a value of `shape`; raises DeclarationError."""
    file = f"{name}.toml"
    text = files("resolvers.catalogue").joinpath("data", file).read_bytes()
    try:
        return msgspec.toml.decode(text, type=shape)
    except (msgspec.DecodeError, ValueError) as problem:
        raise DeclarationError(file, str(problem)) from problem


def known(table: Mapping[str, T], code: str, file: str, where: str) -> T:
    """Return `table[code]`; raises DeclarationError that names the place and the codes there are."""
    if code not in table:
        raise DeclarationError(f"{file}.toml", f"{where}: {code} is none of {', '.join(sorted(table))}")
    return table[code]
