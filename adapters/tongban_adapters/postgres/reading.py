"""Read records by key: SQL compiled once per (kind, key, fields), then one statement per table and call."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from tongban_adapters.errors import Unsupported
from tongban_adapters.mapping.converters import Converter, Raw
from tongban_adapters.mapping.records import KindMap, RegistryMap, Source
from tongban_adapters.model import KEYS, Key, Kind, Row
from tongban_adapters.postgres.pool import Pool
from tongban_adapters.postgres.shaping import Shaper, shaper
from tongban_adapters.postgres.sql import from_clause, where_clause

_COMPILED = 512


@dataclass(frozen=True, slots=True)
class CompiledRead:
    """A read of one table: its SQL with the keys as $1, how keys become raw values, how rows become canonical."""

    sql: str
    key: Converter
    shaper: Shaper


class Reader:
    """Answers `Registry.read` for one city."""

    def __init__(self, city: str, registry: RegistryMap, pool: Pool, max_keys: int) -> None:
        self._city = city
        self._kinds = registry.kinds
        self._pool = pool
        self._max_keys = max_keys
        self._compiled: OrderedDict[tuple[Kind, Key, tuple[str, ...]], list[CompiledRead]] = OrderedDict()

    async def read(self, kind: Kind, by: Key, keys: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """Return the current records whose `by` is one of `keys`; see `Registry.read`."""
        if len(keys) > self._max_keys:
            raise Unsupported(self._city, f"at most {self._max_keys} keys may be read at once")
        rows: list[Row] = []
        for part in self._reads(kind, by, tuple(fields)):
            raw: list[Raw] = []
            for key in dict.fromkeys(keys):
                raw.extend(part.key.candidates(key))
            if raw:
                rows.extend(part.shaper.rows(await self._pool.fetch(part.sql, (raw,))))
        return rows

    def _reads(self, kind: Kind, by: Key, fields: tuple[str, ...]) -> list[CompiledRead]:
        known = self._compiled.get((kind, by, fields))
        if known is None:
            if by not in KEYS[kind]:
                raise Unsupported(self._city, f"a {kind} is not read by {by}")
            known = compile_read(self._city, self._kinds[kind], by, fields)
            self._compiled[kind, by, fields] = known
            if len(self._compiled) > _COMPILED:
                self._compiled.popitem(last=False)
        else:
            self._compiled.move_to_end((kind, by, fields))
        return known


def compile_read(city: str, kind: KindMap, by: Key, fields: Sequence[str]) -> list[CompiledRead]:
    """Compile the read of every table the kind is kept in; raises Unsupported for a field that is not mapped."""
    return [_compile(city, source, by, fields) for source in kind.sources]


def _compile(city: str, source: Source, by: Key, fields: Sequence[str]) -> CompiledRead:
    key = source.fields[by]
    shape = shaper(city, source, fields)
    tables = shape.tables | key.tables
    sql = f"SELECT {shape.select} {from_clause(source, tables)}{where_clause(source, [f'{key.sql} = ANY($1)'])}"
    return CompiledRead(sql, key.converter, shape)
