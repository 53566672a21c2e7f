"""The SQL pieces that reading, searching and writing share."""

from collections.abc import Iterable

from tongban_adapters.mapping.records import FieldMap, Source


def select_item(field: FieldMap) -> str:
    """Return the field as it stands in a SELECT list."""
    return field.converter.select.format(field.sql)


def from_clause(source: Source, used: Iterable[str]) -> str:
    """Return FROM with the joins that the aliases `used` need, and no others."""
    needed = set(used)
    for join in reversed(source.joins):
        if join.alias in needed:
            needed |= join.needs
    joins = (f" LEFT JOIN {join.table} {join.alias} ON {join.on}" for join in source.joins if join.alias in needed)
    return f"FROM {source.table} {source.alias}{''.join(joins)}"


def where_clause(source: Source, conditions: Iterable[str]) -> str:
    """Return WHERE with the source's own condition first; empty where there is none."""
    every = [f"({condition})" for condition in (source.where, *conditions) if condition]
    return f" WHERE {' AND '.join(every)}" if every else ""
