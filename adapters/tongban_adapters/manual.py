"""Print the field table of adapters/README.md from the model: `python -m tongban_adapters.manual`."""

import sys

from tongban_adapters.codes import standard_lists
from tongban_adapters.model import FIELDS, KEYS, Field, Shape


def field_table() -> str:
    """Return the fields of every kind as Markdown tables."""
    lists = {known.values: name for name, known in reversed(list(standard_lists().items()))}
    parts: list[str] = []
    for kind, fields in FIELDS.items():
        keys = ", ".join(f"`{key}`" for key in KEYS[kind])
        parts.append(f"**{kind}** (read by {keys})\n\n| Field | Holds | Standard list |\n|---|---|---|")
        parts.extend(_row(field, lists) for field in fields)
        parts.append("")
    return "\n".join(parts)


def _row(field: Field, lists: dict[type, str]) -> str:
    holds = field.shape.value if field.values is None else f"one of `{field.values.__name__}`"
    standard = lists.get(field.values, "–") if field.shape is Shape.CODE and field.values else ""
    return f"| `{field.name}`{'' if field.required else ' (may be left out)'} | {holds} | {standard} |"


if __name__ == "__main__":
    sys.stdout.write(field_table())
