"""Compile the kinds of a mapping: sources, joins, searchable fields and the way each is written."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tongban_adapters.mapping.converters import TIMES
from tongban_adapters.mapping.fields import IDENTIFIER, aliases_in, compile_field
from tongban_adapters.mapping.records import (
    FieldMap,
    Join,
    JournalColumn,
    JournalMap,
    KindMap,
    RegistryMap,
    RowStyle,
    Source,
    VersionStyle,
)
from tongban_adapters.mapping.section import Section, what_fits
from tongban_adapters.model import FIELDS, KEYS, ORDER, Act, Kind

_SOURCE_KEYS = ("table", "alias", "where", "joins", "fields")
# What an entry of this act writes.
_WRITTEN_BY = {Act.ISSUE_BOOK: (Kind.BOOK,)}
_JOURNAL_VALUES = (
    "business",
    "act",
    "case",
    "step",
    "station",
    "operator",
    "accepted_on",
    "written_at",
    "record_count",
)


def compile_registry(root: Section) -> RegistryMap:
    """Compile `[kinds.*]`, `[journal]` and `acts`; raises MappingError."""
    kinds = root.section("kinds")
    kinds.only(Kind)
    compiled = {Kind(name): _kind(kinds.section(name), Kind(name)) for name in kinds.values}
    for kind in Kind:
        if kind not in compiled:
            kinds.fail("", f"[kinds.{kind}] is missing; needed: {', '.join(Kind)}")
    journal = _journal(root.section("journal")) if "journal" in root.values else None
    acts = frozenset(_acts(root, compiled, journal))
    return RegistryMap(MappingProxyType(compiled), journal, acts)


def _acts(root: Section, kinds: Mapping[Kind, KindMap], journal: JournalMap | None) -> Iterable[Act]:
    for name in root.texts("acts"):
        if name not in Act.__members__:
            root.fail("acts", f"there is no act {name!r}; {what_fits(name, Act.__members__)}")
        if journal is None:
            root.fail("acts", f"{name} needs a [journal]")
        for kind in _WRITTEN_BY[Act(name)]:
            if kinds[kind].write is None:
                root.fail("acts", f"{name} needs [kinds.{kind}.write]")
        yield Act(name)


def _kind(section: Section, kind: Kind) -> KindMap:
    if "sources" in section.values:
        section.only(("sources",))
        sources = tuple(_source(part, kind) for part in section.sections("sources"))
        if not sources:
            section.fail("sources", "is empty; at least one table is needed")
        return KindMap(kind, sources, frozenset(), None)
    section.only((*_SOURCE_KEYS, "search", "write"))
    source = _source(section, kind)
    search = frozenset(_searchable(section, kind, source))
    write = _write(section.section("write"), source) if "write" in section.values else None
    return KindMap(kind, (source,), search, write)


def _source(section: Section, kind: Kind) -> Source:
    if len(section.path) > 2:
        section.only(_SOURCE_KEYS)
    own = _identifier(section, "alias")
    joins = _joins(section.section("joins"), own)
    aliases = frozenset({own, *(join.alias for join in joins)})
    where = section.optional_text("where")
    for alias in sorted(aliases_in(where or "") - {own}):
        section.fail("where", f"may name the alias {own!r} only, not {alias!r}")
    table = _table(section, "table")
    return Source(table, own, joins, where, MappingProxyType(_fields(section.section("fields"), kind, own, aliases)))


def _joins(section: Section, own: str) -> tuple[Join, ...]:
    joins: list[Join] = []
    for alias in section.values:
        if not IDENTIFIER.fullmatch(alias) or alias == own:
            section.fail(alias, f"must be an alias of its own, other than {own!r}")
        join = section.section(alias)
        join.only(("table", "on"))
        on = join.text("on")
        needs = aliases_in(on) - {alias}
        known = {own, *(earlier.alias for earlier in joins)}
        for other in sorted(needs - known):
            join.fail("on", f"no table before has the alias {other!r}; {what_fits(other, known)}")
        joins.append(Join(alias, _table(join, "table"), on, needs))
    return tuple(joins)


def _fields(section: Section, kind: Kind, own: str, aliases: frozenset[str]) -> dict[str, FieldMap]:
    known = {field.name: field for field in FIELDS[kind]}
    section.only(known)
    missing = [field.name for field in FIELDS[kind] if field.required and field.name not in section.values]
    if missing:
        section.fail("", f"not mapped: {', '.join(missing)}; map each, or say {{ absent = true }}")
    compiled = {name: compile_field(section, known[name], own, aliases) for name in section.values}
    for key in KEYS[kind]:
        if compiled[key.value].sql is None:
            section.fail(key.value, f"a {kind} is read by {key.value}, so it needs a column")
    order = ORDER.get(kind)
    if order and (compiled[order].converter.name != "text" or not compiled[order].sql):
        section.fail(order, 'a search is ordered by this field, so it must be a column or expression read as "text"')
    if order and compiled["ref"].converter.decode is not None:
        section.fail("ref", 'a search is ordered by this field too, so it must be read as "text" or "id", no prefix')
    return compiled


def _searchable(section: Section, kind: Kind, source: Source) -> Iterable[str]:
    names = section.texts("search")
    if names and kind not in ORDER:
        section.fail("search", f"a {kind} cannot be searched; only {', '.join(ORDER)}")
    for name in names:
        if name not in source.fields:
            section.fail("search", f"there is no field {name!r}; {what_fits(name, source.fields)}")
        if source.fields[name].sql is None:
            section.fail("search", f"{name} has no column")
        yield name


def _write(section: Section, source: Source) -> RowStyle | VersionStyle:
    style = section.pick("style", ("row", "versions"))
    ref, version = (_own_column(section, source, name) for name in ("ref", "version"))
    sequence = _table(section, "ref_sequence")
    constants = _constants(section, "constants")
    if style == "row":
        section.only(("style", "ref_sequence", "constants"))
        return RowStyle(ref, version, sequence, constants)
    columns = ("valid_from", "valid_to", "opened_by", "closed_by")
    section.only(
        ("style", "ref_sequence", "version_sequence", "current", "closed", *columns, "times", "constants"),
    )
    current, closed = _constants(section, "current"), _constants(section, "closed")
    if not current or set(current) != set(closed):
        section.fail("current", 'and `closed` must name the same columns: current = { JLBZ = "1" }')
    valid_from, valid_to, opened_by, closed_by = (_identifier(section, name) for name in columns)
    return VersionStyle(
        ref_column=ref,
        version_column=version,
        ref_sequence=sequence,
        version_sequence=_table(section, "version_sequence"),
        current=current,
        closed=closed,
        valid_from=valid_from,
        valid_to=valid_to,
        opened_by=opened_by,
        closed_by=closed_by,
        times=section.pick("times", TIMES, "time14"),
        constants=constants,
    )


def _own_column(section: Section, source: Source, name: str) -> str:
    column = source.fields[name].column
    if column is None:
        section.fail("", f"a written kind needs {name} as a column of {source.table}")
    return column


def _journal(section: Section) -> JournalMap:
    section.only(("table", "sequence", "number", "columns"))
    columns = section.section("columns")
    return JournalMap(
        _table(section, "table"),
        _table(section, "sequence"),
        _identifier(section, "number"),
        tuple(_journal_column(columns, name) for name in columns.values),
    )


def _journal_column(columns: Section, name: str) -> JournalColumn:
    if not IDENTIFIER.fullmatch(name):
        columns.fail(name, "is no name of a column")
    given = columns.values[name]
    if isinstance(given, str):
        value = columns.pick(name, _JOURNAL_VALUES)
        return JournalColumn(name, value, "timestamp" if value == "written_at" else "date", None)
    column = columns.section(name)
    if "constant" in column.values:
        column.only(("constant",))
        return JournalColumn(name, None, "", _constant(column, "constant"))
    column.only(("value", "as"))
    value = column.pick("value", _JOURNAL_VALUES)
    if "as" in column.values and value not in {"accepted_on", "written_at"}:
        column.fail("as", "only accepted_on and written_at have a form")
    usual = "timestamp" if value == "written_at" else "date"
    return JournalColumn(name, value, column.pick("as", TIMES, usual), None)


def _constants(section: Section, key: str) -> Mapping[str, str | int]:
    table = section.section(key)
    for name in table.values:
        if not IDENTIFIER.fullmatch(name):
            table.fail(name, "is no name of a column")
    return MappingProxyType({name: _constant(table, name) for name in table.values})


def _constant(section: Section, key: str) -> str | int:
    value = section.values[key]
    if not isinstance(value, str | int) or isinstance(value, bool):
        section.fail(key, "must be a text or a whole number")
    return value


def _identifier(section: Section, key: str) -> str:
    value = section.text(key)
    if not IDENTIFIER.fullmatch(value):
        section.fail(key, f"{value!r} is no plain SQL name")
    return value


def _table(section: Section, key: str) -> str:
    value = section.text(key)
    if not all(IDENTIFIER.fullmatch(part) for part in value.split(".")):
        section.fail(key, f"{value!r} is no plain SQL name, with or without a schema")
    return value
