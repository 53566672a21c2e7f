"""What a compiled mapping says about every kind of record: where it is read, searched and written."""

from collections.abc import Mapping
from dataclasses import dataclass

from tongban_adapters.mapping.converters import Converter
from tongban_adapters.model import Act, Kind, Value


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Where one canonical field comes from.

    `sql` is its expression over the aliases `tables`, None for a constant. `column` is the column of the source's
    own table that a write sets, None where the field is read only.
    """

    name: str
    converter: Converter
    sql: str | None
    tables: frozenset[str] = frozenset()
    column: str | None = None
    constant: Value = None


@dataclass(frozen=True, slots=True)
class Join:
    """A table of which at most one row belongs to each row of the source; left out of a query that does not need it."""

    alias: str
    table: str
    on: str
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Source:
    """One table a kind is kept in, with its joins, the condition its rows always fulfil, and its fields."""

    table: str
    alias: str
    joins: tuple[Join, ...]
    where: str | None
    fields: Mapping[str, FieldMap]


@dataclass(frozen=True, slots=True)
class RowStyle:
    """Records changed in place; an integer version counts the changes."""

    ref_column: str
    version_column: str
    ref_sequence: str
    constants: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class VersionStyle:
    """Records changed by a new row; the old one is closed. `times` names the form of the two time columns."""

    ref_column: str
    version_column: str
    ref_sequence: str
    version_sequence: str
    current: Mapping[str, str | int]
    closed: Mapping[str, str | int]
    valid_from: str
    valid_to: str
    opened_by: str
    closed_by: str
    times: str
    constants: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class KindMap:
    """One kind: its sources, the fields a search may name, and how it is written, if it is."""

    kind: Kind
    sources: tuple[Source, ...]
    search: frozenset[str]
    write: RowStyle | VersionStyle | None


@dataclass(frozen=True, slots=True)
class JournalColumn:
    """A column of the journal: filled with the entry's `value` in the form `form`, or with a constant."""

    column: str
    value: str | None
    form: str
    constant: str | int | None


@dataclass(frozen=True, slots=True)
class JournalMap:
    """The table that gets one row for every business act; `number` is its key, taken from `sequence`."""

    table: str
    sequence: str
    number: str
    columns: tuple[JournalColumn, ...]


@dataclass(frozen=True, slots=True)
class RegistryMap:
    """The whole registry of a city."""

    kinds: Mapping[Kind, KindMap]
    journal: JournalMap | None
    acts: frozenset[Act]
