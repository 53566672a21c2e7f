"""Search a kind page by page: conditions on declared fields, ordered by (order value, ref) by code point."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date

from tongban_adapters.errors import Unsupported
from tongban_adapters.mapping.converters import DoesNotFit, Raw
from tongban_adapters.mapping.records import FieldMap, KindMap, RegistryMap, Source
from tongban_adapters.model import ORDER, Condition, Criteria, Found, Kind, Match, Page
from tongban_adapters.postgres.pool import Pool
from tongban_adapters.postgres.shaping import Shaper, shaper
from tongban_adapters.postgres.sql import from_clause, select_item, where_clause

_COMPILED = 512
_LAST = 0x10FFFF
_SURROGATES = (0xD7FF, 0xE000)


@dataclass(slots=True)
class _Conditions:
    """The WHERE of one search as it grows: SQL, arguments from $1 on, and the aliases it names."""

    sql: list[str] = field(default_factory=list)
    arguments: list[object] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)

    def argument(self, value: object) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}"


class Searcher:
    """Answers `Registry.search` for one city."""

    def __init__(self, city: str, registry: RegistryMap, pool: Pool) -> None:
        self._city = city
        self._kinds = registry.kinds
        self._pool = pool
        self._shapers: OrderedDict[tuple[Kind, tuple[str, ...]], Shaper] = OrderedDict()

    async def search(self, criteria: Criteria, fields: tuple[str, ...], page: Page) -> Found:
        """Return one page, strictly after `page.after`; see `Registry.search`."""
        kind = self._kinds[criteria.kind]
        if not kind.search:
            raise Unsupported(self._city, f"a {criteria.kind} cannot be searched here")
        source = kind.sources[0]
        where = _Conditions()
        for condition in criteria.where:
            self._add(where, kind, source, condition)
        total = await self._count(source, where) if page.count else None
        shape = self._shaper(criteria.kind, source, tuple(fields))
        value, ref = _order(criteria.kind, source)
        if page.after is not None:
            after = f"({where.argument(page.after[0])}, {where.argument(page.after[1])})"
            where.sql.append(f"({value}, {ref}) > {after}")
        tables = where.tables | shape.tables | source.fields[ORDER[criteria.kind]].tables
        limit = where.argument(page.first + 1)
        sql = (
            f"SELECT {shape.select} {from_clause(source, tables)}{where_clause(source, where.sql)}"
            f" ORDER BY {value}, {ref} LIMIT {limit}"
        )
        rows = shape.rows(await self._pool.fetch(sql, where.arguments))
        return Found(rows[: page.first], len(rows) > page.first, total)

    def _shaper(self, kind: Kind, source: Source, fields: tuple[str, ...]) -> Shaper:
        known = self._shapers.get((kind, fields))
        if known is None:
            known = self._shapers[kind, fields] = shaper(self._city, source, fields)
            if len(self._shapers) > _COMPILED:
                self._shapers.popitem(last=False)
        else:
            self._shapers.move_to_end((kind, fields))
        return known

    async def _count(self, source: Source, where: _Conditions) -> int:
        sql = f"SELECT count(*) {from_clause(source, where.tables)}{where_clause(source, where.sql)}"
        total: int = (await self._pool.fetch(sql, where.arguments))[0][0]
        return total

    def _add(self, where: _Conditions, kind: KindMap, source: Source, condition: Condition) -> None:
        if condition.field not in kind.search:
            raise Unsupported(self._city, f"a {kind.kind} cannot be searched by {condition.field}")
        found = source.fields[condition.field]
        converter = found.converter
        if condition.match is Match.EQUALS:
            sql = _equals(where, found, condition.value, ordered=condition.field == ORDER[kind.kind])
        elif condition.match is Match.STARTS_WITH and converter.prefixed and isinstance(condition.value, str):
            sql = _starts_with(where, found, condition.value)
        elif condition.match in {Match.AT_LEAST, Match.AT_MOST} and converter.ordered:
            sql = _range(where, found, condition)
        else:
            raise Unsupported(self._city, f"{condition.field} cannot be searched with {condition.match}")
        where.sql.append(sql)
        where.tables |= found.tables


def _equals(where: _Conditions, found: FieldMap, value: str | int | date, *, ordered: bool) -> str:
    raw = found.converter.candidates(value)
    given: list[Raw] = [candidate for candidate in raw if candidate is not None]
    left = f'{found.sql} COLLATE "C"' if ordered else f"{found.sql}"
    # A single value is compared with `=`: the index then gives the order of the page as well.
    parts = [f"{left} = {where.argument(given[0])}"] if len(given) == 1 else []
    if len(given) > 1:
        parts.append(f"{left} = ANY({where.argument(given)})")
    if None in raw:
        parts.append(f"{found.sql} IS NULL")
    return " OR ".join(parts) or "false"


def _starts_with(where: _Conditions, found: FieldMap, prefix: str) -> str:
    try:
        low = found.converter.encode(prefix)
    except DoesNotFit:
        return "false"
    left = f'{found.sql} COLLATE "C"'
    sql = f"{left} >= {where.argument(low)}"
    high = just_after(prefix)
    return f"{sql} AND {left} < {where.argument(high)}" if high else sql


def _range(where: _Conditions, found: FieldMap, condition: Condition) -> str:
    converter = found.converter
    try:
        bound = converter.encode(condition.value)
    except DoesNotFit:
        return "false"
    left = f'{found.sql} COLLATE "C"' if isinstance(bound, str) else f"{found.sql}"
    if condition.match is Match.AT_LEAST:
        return f"{left} >= {where.argument(bound)}"
    sql = f"{left} <= {where.argument(bound)}"
    return sql if converter.least is None else f"{sql} AND {left} >= {where.argument(converter.least)}"


def _order(kind: Kind, source: Source) -> tuple[str, str]:
    """Return the SQL of the two values a page is ordered by."""
    return f'{source.fields[ORDER[kind]].sql} COLLATE "C"', f'({select_item(source.fields["ref"])}) COLLATE "C"'


def just_after(prefix: str) -> str | None:
    """Return the smallest text by code point above every text that starts with `prefix`, None where there is none."""
    text = prefix
    while text:
        point = ord(text[-1])
        if point < _LAST:
            return text[:-1] + chr(_SURROGATES[1] if point == _SURROGATES[0] else point + 1)
        text = text[:-1]
    return None
