"""Turn driver rows into canonical rows, column by column; a cell that fits nothing becomes a BrokenRecord."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import asyncpg

from tongban_adapters.errors import BrokenRecord, Unsupported
from tongban_adapters.mapping.converters import DoesNotFit, Raw
from tongban_adapters.mapping.records import FieldMap, Source
from tongban_adapters.model import Cell, Row, Value
from tongban_adapters.postgres.sql import select_item


@dataclass(frozen=True, slots=True)
class _Cell:
    """One asked field: its column in the driver's row, or a constant where `column` is None."""

    name: str
    column: int | None
    decode: Callable[[Raw], Value] | None
    constant: Value


@dataclass(frozen=True, slots=True)
class Shaper:
    """The SELECT list for some fields of a source, and the way back from its rows. Column 0 is the ref."""

    city: str
    select: str
    tables: frozenset[str]
    cells: tuple[_Cell, ...]
    ref: FieldMap

    def rows(self, records: Sequence[asyncpg.Record]) -> list[Row]:
        """Return canonical rows in the order of the fields."""
        if not records or not self.cells:
            return [()] * len(records)
        columns = list(zip(*records, strict=True))
        try:
            return list(zip(*(self._column(cell, columns) for cell in self.cells), strict=False))
        except DoesNotFit:
            return [self._careful(record) for record in records]

    def _column(self, cell: _Cell, columns: Sequence[Sequence[Raw]]) -> Iterable[Value]:
        if cell.column is None:
            # Endless unless it is the only kind of column, so it is cut to the number of rows.
            return repeat(cell.constant, len(columns[0]))
        column = columns[cell.column]
        return map(cell.decode, column) if cell.decode else column

    def _careful(self, record: asyncpg.Record) -> Row:
        return tuple(self._cell(cell, record) for cell in self.cells)

    def _cell(self, cell: _Cell, record: asyncpg.Record) -> Cell:
        if cell.column is None:
            return cell.constant
        raw = record[cell.column]
        if cell.decode is None:
            value: Value = raw
            return value
        try:
            return cell.decode(raw)
        except DoesNotFit as problem:
            return BrokenRecord(self.city, str(self.ref.converter.read(record[0])), cell.name, str(problem))


def shaper(city: str, source: Source, fields: Sequence[str]) -> Shaper:
    """Build the shaper of `fields`; raises Unsupported for one this registry does not map."""
    ref = source.fields["ref"]
    items, tables = [select_item(ref)], set(ref.tables)
    cells: list[_Cell] = []
    places: dict[str, int] = {"ref": 0}
    for name in fields:
        field = field_of(city, source.fields, name)
        if field.sql is None:
            cells.append(_Cell(name, None, None, field.constant))
            continue
        if name not in places:
            places[name] = len(items)
            items.append(select_item(field))
            tables |= field.tables
        cells.append(_Cell(name, places[name], field.converter.decode, None))
    return Shaper(city, ", ".join(items), frozenset(tables), tuple(cells), ref)


def field_of(city: str, fields: Mapping[str, FieldMap], name: str) -> FieldMap:
    """Return one field of a source; raises Unsupported."""
    if name not in fields:
        raise Unsupported(city, f"this registry keeps no field {name}")
    return fields[name]
