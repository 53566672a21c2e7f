"""Shows a plan and its program to people."""

from schema.executor.document import Compiled
from schema.executor.plan import Source, Step, waves


def explained(plan: Compiled) -> str:
    """Return the waves of a plan, what each of them awaits, and the program."""
    lines = ["# waves: what has one number is asked for at once"]
    lines += [f"#   {number}  {shape}.{step.key}: {_asked(step)}" for number, shape, step in sorted_waves(plan)]
    return "\n".join([*lines, "", plan.program.text])


def sorted_waves(plan: Compiled) -> list[tuple[int, str, Step]]:
    """Return what the plan awaits, wave by wave."""
    return sorted(waves(plan.shape), key=lambda each: each[0])


def _asked(step: Step) -> str:
    if step.source is Source.RELATION and step.relation is not None and step.place is not None:
        fields = step.place.fields_for(step.relation.shown, (), step.relation.always)
        return f"{step.relation.kind.value} by {step.relation.key}, one read a city: {', '.join(fields)}"
    return f"{step.field_name}(), {step.source.value}"
