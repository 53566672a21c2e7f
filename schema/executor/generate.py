"""Writes the Python of a plan: one function a shape, and one for each field that is worked out for a whole wave."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema.executor import run, scalars
from schema.executor.plan import Shape, Source, Step
from schema.executor.scalars import BUILT_INS


@dataclass(frozen=True, slots=True)
class Program:
    """The text, the names it uses beyond its own, and the function it begins with."""

    text: str
    names: dict[str, object]
    entry: str


@dataclass(slots=True)
class _Writer:
    lines: list[str] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=lambda: {**BUILT_INS, **run.NAMES})
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    def name(self, prefix: str, value: object) -> str:
        """Give a value a name of its own in the program."""
        name = f"{prefix}_{next(self.numbers)}"
        self.names[name] = value
        return name


def write(root: Shape) -> Program:
    """Return the program of a plan; `await entry(running, [None])` gives the answer as a list of one object."""
    writer = _Writer()
    for shape in root.inner_first():
        _shape(writer, shape)
    return Program("\n".join(writer.lines) + "\n", writer.names, root.name)


def _shape(writer: _Writer, shape: Shape) -> None:
    if shape.alone:
        _one_by_one(writer, shape)
    else:
        _wave(writer, shape)


def _one_by_one(writer: _Writer, shape: Shape) -> None:
    infos = [(step, f"info{number}") for number, step in enumerate(shape.steps) if step.info]
    writer.lines += [f"def {shape.name}(c, o):"]
    known = {id(step): name for step, name in infos}
    writer.lines += [f"    {name} = c.info({writer.name('PLACE', step.place)})" for step, name in infos]
    parts = [f"{step.key!r}: {_inline(writer, shape, step, known.get(id(step)))}" for step in shape.steps]
    writer.lines += [f"    return {{{', '.join(parts)}}}", "", ""]


def _wave(writer: _Writer, shape: Shape) -> None:
    ahead = [(f"x{number}", step) for number, step in enumerate(shape.steps) if step.ahead]
    for name, step in ahead:
        _ahead(writer, shape, name, step)
    inline = [step for step in shape.steps if not step.ahead]
    lines = [f"{'async ' if shape.waits else ''}def {shape.name}(c, items):"]
    lines += _together(shape, ahead)
    infos = {id(step): f"info{number}" for number, step in enumerate(inline) if step.info}
    lines += [
        f"    {infos[id(step)]} = c.info({writer.name('PLACE', step.place)})" for step in inline if id(step) in infos
    ]
    columns = list(dict.fromkeys(step.name for step in inline if step.source is Source.COLUMN))
    lines.append("    out = []")
    if columns:
        lines.append("    index = None")
    lines.append(f"    for {', '.join(['r', *(name for name, _ in ahead)])} in {_zipped(ahead)}:")
    if columns:
        lines += ["        row = r.row", "        if r.shape.index is not index:", "            index = r.shape.index"]
        lines += [f"            at_{column} = index[{column!r}]" for column in columns]
    if any(step.source in (Source.CALL, Source.ATTRIBUTE) for step in inline):
        lines.append(f"        o = {_object(writer, shape)}")
    values = {id(step): name for name, step in ahead}
    parts = [
        f"{step.key!r}: {values.get(id(step)) or _inline(writer, shape, step, infos.get(id(step)))}"
        for step in shape.steps
    ]
    lines += [
        "        out.append({",
        *(f"            {part}," for part in parts),
        "        })",
        "    return out",
        "",
        "",
    ]
    writer.lines += lines


def _together(shape: Shape, ahead: list[tuple[str, Step]]) -> list[str]:
    """Return the lines that work out the fields ahead: those that wait, all at once."""
    waiting = [name for name, step in ahead if step.waits]
    lines = [f"    {name} = {shape.name}_{name}(c, items)" for name, step in ahead if not step.waits]
    if len(waiting) == 1:
        lines.append(f"    {waiting[0]} = await {shape.name}_{waiting[0]}(c, items)")
    elif waiting:
        asked = ", ".join(f"{shape.name}_{name}(c, items)" for name in waiting)
        lines.append(f"    {', '.join(waiting)} = await at_once({asked})")
    return lines


def _zipped(ahead: list[tuple[str, Step]]) -> str:
    return f"zip(items, {', '.join(name for name, _ in ahead)})" if ahead else "items"


def _object(writer: _Writer, shape: Shape) -> str:
    if not shape.recorded:
        return "r"
    writer.names[shape.typename] = shape.shown
    return f"{shape.typename}(record=r)"


def _ahead(writer: _Writer, shape: Shape, name: str, step: Step) -> None:
    """Write the function that gives the values of one field for all items of the wave."""
    lines = [f"{'async ' if step.waits else ''}def {shape.name}_{name}(c, items):  # {step.field_name}"]
    if step.source is Source.RELATION:
        [below] = step.shapes.values()
        relation, place = writer.name("RELATION", step.relation), writer.name("PLACE", step.place)
        lines += [f"    return await related(c, {relation}, {place}, items, {below.name}, {below.waits})"]
    else:
        lines += [*_values(writer, shape, step), *_finished(writer, step)]
    writer.lines += [*lines, "", ""]


def _values(writer: _Writer, shape: Shape, step: Step) -> list[str]:
    lines = [f"    info = c.info({writer.name('PLACE', step.place)})"] if step.info else []
    arguments = ""
    if step.arguments is not None:
        lines.append(f"    arguments = {writer.name('ARGUMENTS', step.arguments)}.of(c.variables)")
        arguments = ", **arguments"
    told = f", {step.info}=info" if step.info else ""
    each = _object(writer, shape)
    if step.source is Source.ATTRIBUTE:
        lines.append(f"    values = [{each}.{step.name} for r in items]")
    elif step.source is Source.CALL:
        lines.append(f"    values = [{_called(writer, step)}({each}{told}{arguments}) for r in items]")
    else:
        call = f"{_called(writer, step)}({each}{told}{arguments})"
        lines.append(f"    values = await every([{call} for r in items])")
    return lines


def _called(writer: _Writer, step: Step) -> str:
    return writer.name(f"call_{step.field_name}", step.call)


def _finished(writer: _Writer, step: Step) -> list[str]:
    """Return the lines that turn the values into what is shown of them."""
    if step.leaf is not None or (not step.abstract and all(shape.alone for shape in step.shapes.values())):
        return [f"    return [{_shown(writer, step, 'x', f'y{next(writer.numbers)}')} for x in values]"]
    lines = [f"    flat = flattened(values, {step.many}, {step.required})"]
    if step.abstract:
        table = {kind: (f"{shape.name}", shape.recorded, shape.waits) for kind, shape in step.shapes.items()}
        for kind in table:
            writer.names[kind.__name__] = kind
        entries = ", ".join(f"{kind.__name__}: ({name}, {rec}, {wait})" for kind, (name, rec, wait) in table.items())
        lines.append(f"    shown = await sorted_by_type(c, flat, {{{entries}}})")
    else:
        [below] = step.shapes.values()
        given = "[o.record for o in flat]" if below.recorded else "flat"
        lines.append(f"    shown = {'await ' if below.waits else ''}{below.name}(c, {given})")
    return [*lines, f"    return regrouped(values, shown, {step.many})"]


def _inline(writer: _Writer, shape: Shape, step: Step, info: str | None) -> str:
    """Return the expression of one field of one object `o` (or record `r` with its `row`)."""
    if step.source is Source.TYPENAME:
        return repr(shape.typename)
    if step.source is Source.COLUMN:
        return _leaf(writer, step, f"row[at_{step.name}]", required=step.required, stored=True)
    if step.source is Source.ATTRIBUTE:
        value = f"o.{step.name}"
    else:
        told = f", {step.info}={info}" if step.info else ""
        arguments = ""
        if step.arguments is not None:
            arguments = f", **{writer.name('ARGUMENTS', step.arguments)}.of(c.variables)"
        value = f"{_called(writer, step)}(o{told}{arguments})"
    return _shown(writer, step, value, f"y{next(writer.numbers)}")


def _shown(writer: _Writer, step: Step, value: str, each: str) -> str:
    """Return the expression that shows a value: a leaf or an object made by itself, or a list of such."""
    if not step.many:
        return _item(writer, step, value, each, required=step.required)
    item = _item(writer, step, each, f"z{each}", required=step.item_required)
    listed = f"[{item} for {each} in listed({value})]"
    return listed if step.required else f"(None if (w := {value}) is None else [{item} for {each} in listed(w)])"


def _item(writer: _Writer, step: Step, value: str, each: str, *, required: bool) -> str:
    if step.leaf is not None:
        return _leaf(writer, step, value, required=required, stored=False)
    [below] = step.shapes.values()
    if required:
        return f"{below.name}(c, present({value}))"
    return f"(None if ({each} := {value}) is None else {below.name}(c, {each}))"


def _leaf(writer: _Writer, step: Step, value: str, *, required: bool, stored: bool) -> str:
    assert step.leaf is not None  # noqa: S101 - asked for leaves only
    return scalars.expression(value, step.leaf, required, stored, writer.names)
