"""Faults planted in the compiled executor, to see that the proof notices each of them."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from resolvers import loaders
from schema.executor import collect, compiled, document, planner, run, scalars, variables


class DoesNotFit(Exception):
    """The executor has changed where the fault was to be planted: plant it anew."""


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A piece of source in a function, and what it becomes. `fresh` functions are made anew by every schema."""

    name: str
    function: Callable[..., Any]
    good: str
    bad: str

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Run with the fault; afterwards everything is as it was. Raises DoesNotFit."""
        function = inspect.unwrap(self.function)
        assert isinstance(function, FunctionType)
        whole = textwrap.dedent(inspect.getsource(function))
        if whole.count(self.good) < 1:
            raise DoesNotFit(f"{self.name}: {function.__qualname__} does not hold {self.good!r}")
        # The same function object gets other code: whoever imported it runs the fault.
        names = dict(function.__globals__)
        exec(compile(whole.replace(self.good, self.bad), f"<{self.name}>", "exec"), names)  # noqa: S102 - our own source
        sound = function.__code__
        function.__code__ = names[function.__name__].__code__
        try:
            yield
        finally:
            function.__code__ = sound


FAULTS = (
    PlantedFault(
        "two fields swapped",
        planner.Planner._origin,  # noqa: SLF001 - a fault is planted where the code is
        "step.name = declared.python_name",
        'step.name = {"name_zh": "name_en", "rows": "total"}.get(declared.python_name, declared.python_name)',
    ),
    PlantedFault("skip ignored", collect.Collector._wanted, 'in ("skip", "include")', 'in ("include",)'),  # noqa: SLF001
    PlantedFault(
        "include of a variable never looked at again",
        document.Operation.compiled,
        "key = (profile, *(variables.get(flag) for flag in self.flags))",
        "key = (profile,)",
    ),
    PlantedFault("masking profile not in the key", document.Operation.compiled, "key = (profile, ", "key = (None, "),
    PlantedFault(
        "default of a variable ignored",
        variables._absent,  # noqa: SLF001
        'f"        values[{name!r}] = default{number}"',
        '"        pass"',
    ),
    PlantedFault(
        "alias dropped",
        collect.Collector._walk,  # noqa: SLF001
        "(node.alias or node.name).value",
        "node.name.value",
    ),
    PlantedFault(
        "merged fields put last",
        collect.Collector._walk,  # noqa: SLF001
        "found.setdefault((node.alias or node.name).value, []).append(node)",
        "key = (node.alias or node.name).value; found[key] = [*found.pop(key, []), node]",
    ),
    PlantedFault(
        "only the first of merged fields",
        collect.Collector._walk,  # noqa: SLF001
        ".append(node)",
        ".__iadd__([node] * (not found[(node.alias or node.name).value]))",
    ),
    PlantedFault(
        "fragment shown for any type",
        collect.Collector._fits,  # noqa: SLF001
        "return wanted is shown or (is_abstract_type(wanted) and self.schema.is_sub_type(wanted, shown))",
        "return True",
    ),
    PlantedFault(
        "fragment on an interface never shown",
        collect.Collector._fits,  # noqa: SLF001
        "return wanted is shown or (is_abstract_type(wanted) and self.schema.is_sub_type(wanted, shown))",
        "return wanted is shown",
    ),
    PlantedFault(
        "null guard dropped",
        scalars.expression,
        'test = passes.format(v="v") if required else',
        "test =",
    ),
    PlantedFault("wrong enum text", scalars._table, "leaf.coerce_output_value(member)", "member.name.title()"),  # noqa: SLF001
    PlantedFault(
        "faults swallowed",
        compiled.CompiledSchema.execute_bytes,
        "self.counts.fallback[_reason(surprise)] += 1\n        return None",
        "return b'{\"data\":null}'",
    ),
    PlantedFault(
        "operation name forgotten on the way back",
        compiled.CompiledSchema.respond,
        ", operation_name=operation_name)",
        ")",
    ),
    PlantedFault("relation keyed by the wrong column", run.related, "index[relation.key]", 'index["ref"]'),
    PlantedFault(
        "failures read again",
        compiled.CompiledSchema.execute_bytes,
        "remembers_failures = True",
        "remembers_failures = False",
    ),
    PlantedFault("nothing remembered", loaders.Loaders.many, "if key not in memory]", "]"),
    PlantedFault(
        "Int of any size",
        scalars.expression,
        "_PASSES.get(leaf.name)",
        '{**_PASSES, "Int": "{v}.__class__ is int"}.get(leaf.name)',
    ),
    PlantedFault(
        "lists turned round",
        run.regrouped,
        'following, len(cast("list[object]", value))))',
        "following, len(value)))[::-1]",
    ),
    PlantedFault(
        "empty list shown as null", run.regrouped, "None if value is None else list", "None if not value else list"
    ),
)
