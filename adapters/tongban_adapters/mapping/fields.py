"""Compile one canonical field of a mapping: its SQL, its converter, whether it may be written."""

import re
from collections.abc import Mapping
from enum import StrEnum

from tongban_adapters.codes import CodeList, CodeListError, code_list, standard_lists
from tongban_adapters.mapping.converters import CONVERTERS, Converter, coded, open_ended, prefixed
from tongban_adapters.mapping.records import FieldMap
from tongban_adapters.mapping.section import Section, what_fits
from tongban_adapters.model import Field, Shape

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COLUMN = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z_][A-Za-z0-9_]*)")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_SOURCES = ("column", "columns", "expression", "constant", "absent")
_DATES = ("date", "date8")
_USUAL = {
    Shape.TEXT: "text",
    Shape.INTEGER: "integer",
    Shape.DATE: "date",
    Shape.CITIZEN_NUMBER: "citizen_number",
    Shape.DIVISION: "division",
    Shape.TOWNSHIP: "township",
    Shape.UNIT: "unit",
}
_FITTING = {
    Shape.TEXT: ("text", "trimmed", "id"),
    Shape.INTEGER: ("integer",),
    Shape.DATE: _DATES,
    Shape.CITIZEN_NUMBER: ("citizen_number",),
    Shape.DIVISION: ("division",),
    Shape.TOWNSHIP: ("township",),
    Shape.UNIT: ("unit", "unit9"),
}


def aliases_in(sql: str) -> frozenset[str]:
    """Return the table aliases an expression names."""
    return frozenset(match[1] for match in _COLUMN.finditer(_QUOTED.sub("''", sql)))


def compile_field(parent: Section, field: Field, own: str, aliases: frozenset[str]) -> FieldMap:
    """Compile `parent[field.name]`; `own` is the alias of the source's table, `aliases` are all that may be named."""
    given = parent.values[field.name]
    if isinstance(given, str):
        section = Section(parent.document, (*parent.path, field.name), {"column": given}, short=True)
    else:
        section = parent.section(field.name)
    section.only((*_SOURCES, "separator", "as", "codes", "prefix", "missing", "open_ended"))
    named = [key for key in _SOURCES if key in section.values]
    if len(named) != 1:
        listed = " and ".join(named) or "none"
        section.fail(named[1] if named else "", f"needs exactly one of {', '.join(_SOURCES)}; it has {listed}")
    if named[0] in {"constant", "absent"}:
        return _constant(section, field, named[0])
    sql, column = _sql(section, named[0], own)
    used = aliases_in(sql)
    for alias in sorted(used - aliases):
        section.fail(named[0], f"no table has the alias {alias!r}; {what_fits(alias, aliases)}")
    converter = _code_converter(section, field.values) if field.values else _plain_converter(section, field)
    return FieldMap(field.name, converter, sql, used, column)


def _sql(section: Section, key: str, own: str) -> tuple[str, str | None]:
    """Return the SQL of a field, and the column a write sets."""
    if key == "column":
        name = section.text("column")
        match = _COLUMN.fullmatch(name)
        if match is None:
            section.fail("column", f'{name!r} is not of the form "alias.column"; use `expression` for SQL')
        return name, match[2] if match[1] == own else None
    if key == "columns":
        names = section.texts("columns")
        if len(names) < 2 or not all(_COLUMN.fullmatch(name) for name in names):
            section.fail("columns", 'must be two columns or more: ["a.street", "a.door"]')
        separator = section.values.get("separator", "")
        if not isinstance(separator, str):
            section.fail("separator", "must be a text")
        quoted = separator.replace("'", "''")
        return f"concat_ws('{quoted}', {', '.join(names)})", None
    return f"({section.text('expression')})", None


def _constant(section: Section, field: Field, key: str) -> FieldMap:
    if key == "absent":
        if section.values["absent"] is not True:
            section.fail("absent", "must be true, or leave it out")
        if field.name in {"ref", "version"}:
            section.fail("absent", f"{field.name} cannot be absent")
        return FieldMap(field.name, CONVERTERS["text"], None)
    value = section.text("constant")
    if field.values is not None:
        _member(section, "constant", field.values)
        return FieldMap(field.name, CONVERTERS["text"], None, constant=field.values[value])
    if field.shape is not Shape.TEXT:
        section.fail("constant", f"only a text or a code may be constant, this is a {field.shape.value}")
    return FieldMap(field.name, CONVERTERS["text"], None, constant=value)


def _plain_converter(section: Section, field: Field) -> Converter:
    if "codes" in section.values:
        section.fail("codes", f"{field.name} holds no code but: {field.shape.value}")
    name = section.pick("as", CONVERTERS, _USUAL[field.shape])
    if name not in _FITTING[field.shape]:
        section.fail("as", f"{name!r} does not give a {field.shape.value}; fits: {', '.join(_FITTING[field.shape])}")
    converter = CONVERTERS[name]
    if "prefix" in section.values:
        if field.shape is not Shape.TEXT:
            section.fail("prefix", "only a text or a code may have a prefix")
        converter = prefixed(converter, section.text("prefix"))
    if "open_ended" in section.values or "missing" in section.values:
        if name not in _DATES:
            section.fail("open_ended" if "open_ended" in section.values else "missing", "only a date can be open-ended")
        forever = "missing" in section.values and section.pick("missing", ("forever",)) == "forever"
        converter = open_ended(converter, section.texts("open_ended"), null_is_forever=forever)
    return converter


def _code_converter(section: Section, values: type[StrEnum]) -> Converter:
    for key in ("as", "open_ended"):
        if key in section.values:
            section.fail(key, "a code is converted by `codes` alone")
    codes = _codes(section, values)
    missing = _member(section, "missing", values) if "missing" in section.values else None
    return coded(codes, section.optional_text("prefix") or "", missing)


def _codes(section: Section, values: type[StrEnum]) -> CodeList:
    given = section.values.get("codes")
    fitting = {name for name, known in standard_lists().items() if known.values is values}
    if isinstance(given, Mapping):
        table = section.section("codes")
        try:
            return code_list("the mapping", values, table.values)
        except CodeListError as error:
            hint = f"; {what_fits(error.value, values.__members__)}" if error.value not in values.__members__ else ""
            table.fail(error.value, f"{error}{hint}")
    if given is None:
        fits = f"a standard list ({', '.join(sorted(fitting))}) or " if fitting else ""
        section.fail("codes", f"needs codes: {fits}a table of {values.__name__} values: {{ {next(iter(values))} = … }}")
    name = section.text("codes")
    if name not in standard_lists():
        section.fail("codes", f"there is no code list {name!r}; {what_fits(name, fitting or standard_lists())}")
    if name not in fitting:
        section.fail("codes", f"{name} lists {standard_lists()[name].values.__name__}; {what_fits(name, fitting)}")
    return standard_lists()[name]


def _member(section: Section, key: str, values: type[StrEnum]) -> StrEnum:
    return values[section.pick(key, values.__members__)]
