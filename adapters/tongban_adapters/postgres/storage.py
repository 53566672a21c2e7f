"""Write records and the journal row in the tables of one registry, by the storage style of each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongban_adapters.errors import Refused, Unsupported
from tongban_adapters.mapping.converters import TIMES, DoesNotFit, Raw
from tongban_adapters.mapping.records import JournalMap, KindMap, RegistryMap, RowStyle, VersionStyle
from tongban_adapters.model import Change, Entry, Kind, Operation
from tongban_adapters.postgres.pool import Line
from tongban_adapters.postgres.sql import select_item, where_clause
from tongban_adapters.vocabulary import RefusalCode

Columns = Mapping[str, Raw]


@dataclass(frozen=True, slots=True)
class Moment:
    """The journal number under which a transaction writes, and when."""

    number: int
    at: datetime


class Storage:
    """The writable tables of one registry; everything runs in the caller's transaction."""

    def __init__(self, city: str, registry: RegistryMap) -> None:
        self._city = city
        self._registry = registry
        self._columns: dict[str, tuple[str, ...]] = {}

    @property
    def journal(self) -> JournalMap:
        """The journal; raises Unsupported where the mapping declares none."""
        if self._registry.journal is None:
            raise Unsupported(self._city, "this registry has no journal to write to")
        return self._registry.journal

    def columns(self, change: Change) -> Columns:
        """Return the columns a change sets; raises Unsupported for what cannot be written."""
        kind, _ = self._writable(change.kind)
        fields = kind.sources[0].fields
        raw: dict[str, Raw] = {}
        for name, value in change.values.items():
            column = fields[name].column if name in fields and name not in {"ref", "version"} else None
            if column is None:
                raise Unsupported(self._city, f"field {name} of a {change.kind} cannot be written")
            try:
                raw[column] = fields[name].converter.encode(value)
            except DoesNotFit as problem:
                raise Unsupported(self._city, f"field {name} of a {change.kind}: the value {problem}") from None
        return raw

    async def versions(self, line: Line, kind: Kind, refs: Sequence[str], *, lock: bool) -> dict[str, str]:
        """Return ref → current version of the records that exist, locked until the transaction ends if asked."""
        source = self._registry.kinds[kind].sources[0]
        if "version" not in source.fields:
            raise Unsupported(self._city, f"a {kind} has no version")
        ref, version = source.fields["ref"], source.fields["version"]
        raw = [candidate for key in refs for candidate in ref.converter.candidates(key)]
        locking = f" FOR UPDATE OF {source.alias}" if lock else ""
        sql = (
            f"SELECT {select_item(ref)}, {select_item(version)} FROM {source.table} {source.alias}"
            f"{where_clause(source, [f'{ref.sql} = ANY($1)'])} ORDER BY 1{locking}"
        )
        return {str(ref.converter.read(row[0])): str(row[1]) for row in await line.fetch(sql, raw)}

    async def moment(self, line: Line) -> Moment:
        """Take the next journal number."""
        row = await line.row(f"SELECT nextval('{self.journal.sequence}'), now()")
        if row is None:
            raise Unsupported(self._city, "the journal gives no number")
        return Moment(row[0], row[1])

    async def write_journal(self, line: Line, entry: Entry, moment: Moment) -> None:
        """Insert the one journal row of an entry."""
        values: Mapping[str, Raw] = {
            "business": entry.business,
            "act": str(entry.act),
            "case": entry.id.case,
            "step": entry.id.step,
            "station": entry.station,
            "operator": entry.operator,
            "record_count": len(entry.changes),
        }
        columns: dict[str, Raw] = {self.journal.number: moment.number}
        for column in self.journal.columns:
            if column.value is None:
                columns[column.column] = column.constant
            elif column.value in values:
                columns[column.column] = values[column.value]
            else:
                day = moment.at if column.value == "written_at" else entry.accepted_on
                columns[column.column] = TIMES[column.form](day)
        await self._insert(line, self.journal.table, {}, columns)

    async def write(self, line: Line, change: Change, moment: Moment) -> str | None:
        """Write one change; return the ref of an inserted record. Raises Refused(STALE_VERSION)."""
        kind, style = self._writable(change.kind)
        table, columns = kind.sources[0].table, self.columns(change)
        if change.operation is Operation.INSERT:
            return await self._insert_record(line, kind, style, columns, moment)
        if isinstance(style, RowStyle):
            done = await self._update_row(line, table, style, self._key(kind, change), columns)
        else:
            done = await self._update_version(line, table, style, self._key(kind, change), columns, moment)
        if not done:
            raise Refused(self._city, RefusalCode.STALE_VERSION, f"the {change.kind} was changed meanwhile")
        return None

    def _writable(self, kind: Kind) -> tuple[KindMap, RowStyle | VersionStyle]:
        known = self._registry.kinds[kind]
        if known.write is None:
            raise Unsupported(self._city, f"a {kind} is not written here")
        return known, known.write

    def _key(self, kind: KindMap, change: Change) -> tuple[Raw, Raw]:
        """Return the raw ref and version of an update."""
        fields = kind.sources[0].fields
        try:
            return fields["ref"].converter.encode(change.ref), fields["version"].converter.encode(change.version)
        except DoesNotFit as problem:
            raise Unsupported(self._city, f"an update of a {change.kind}: ref or version {problem}") from None

    async def _insert_record(
        self, line: Line, kind: KindMap, style: RowStyle | VersionStyle, columns: Columns, moment: Moment
    ) -> str:
        given: dict[str, Raw] = {**style.constants, **columns}
        made = {style.ref_column: f"nextval('{style.ref_sequence}')"}
        if isinstance(style, RowStyle):
            made[style.version_column] = "1"
        else:
            made[style.version_column] = f"nextval('{style.version_sequence}')"
            given |= {**style.current, style.valid_from: TIMES[style.times](moment.at), style.opened_by: moment.number}
        ref = await self._insert(line, kind.sources[0].table, made, given, style.ref_column)
        return str(kind.sources[0].fields["ref"].converter.read(ref))

    async def _insert(
        self, line: Line, table: str, made: Mapping[str, str], given: Columns, returned: str | None = None
    ) -> str:
        """Insert a row: `made` are SQL expressions, `given` are values. Return one column as text."""
        marks = (f"${number}" for number in range(1, len(given) + 1))
        sql = (
            f"INSERT INTO {table} ({', '.join((*made, *given))}) VALUES ({', '.join((*made.values(), *marks))})"
            f" RETURNING {f'{returned}::text' if returned else 'NULL'}"
        )
        row = await line.row(sql, *given.values())
        return str(row[0]) if row else ""

    async def _update_row(
        self, line: Line, table: str, style: RowStyle, key: tuple[Raw, Raw], columns: Columns
    ) -> bool:
        sets = [f"{column} = ${number}" for number, column in enumerate(columns, 3)]
        version = style.version_column
        sql = (
            f"UPDATE {table} SET {', '.join([*sets, f'{version} = {version} + 1'])}"
            f" WHERE {style.ref_column} = $1 AND {version} = $2 RETURNING 1"
        )
        return await line.row(sql, *key, *columns.values()) is not None

    async def _update_version(
        self,
        line: Line,
        table: str,
        style: VersionStyle,
        key: tuple[Raw, Raw],
        columns: Columns,
        moment: Moment,
    ) -> bool:
        """Close the current row and insert its copy with the changed columns."""
        at = TIMES[style.times](moment.at)
        closing: Columns = {**style.closed, style.valid_to: at, style.closed_by: moment.number}
        closes = [f"{column} = ${number}" for number, column in enumerate(closing, 3)]
        current = [f"{column} = ${number}" for number, column in enumerate(style.current, 3 + len(closing))]
        keys = [f"{style.ref_column} = $1", f"{style.version_column} = $2"]
        closed = await line.row(
            f"UPDATE {table} SET {', '.join(closes)} WHERE {' AND '.join([*keys, *current])} RETURNING 1",
            *key,
            *closing.values(),
            *style.current.values(),
        )
        if closed is None:
            return False
        new: dict[str, Raw] = {style.valid_from: at, style.valid_to: None, style.closed_by: None, **style.current}
        new |= {style.opened_by: moment.number, **columns}
        new = {column.lower(): value for column, value in new.items()}
        made = {column: f"${number}" for number, column in enumerate(new, 3)}
        made[style.version_column.lower()] = f"nextval('{style.version_sequence}')"
        names = await self._columns_of(line, table)
        sql = (
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(made.get(name, name) for name in names)}"
            f" FROM {table} WHERE {' AND '.join(keys)}"
        )
        await line.fetch(sql, *key, *new.values())
        return True

    async def _columns_of(self, line: Line, table: str) -> tuple[str, ...]:
        """Return every column of a table, those the mapping does not know too: a new version keeps them."""
        if table not in self._columns:
            rows = await line.fetch(
                "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = $1::text::regclass"
                " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                table,
            )
            self._columns[table] = tuple(row[0] for row in rows)
        return self._columns[table]
