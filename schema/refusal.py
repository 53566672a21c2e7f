"""Why business was not done: refusals are data, complete at once."""

from collections.abc import Iterable
from datetime import date

import strawberry

from resolvers import refusals
from tongban_adapters.vocabulary import RefusalCode


@strawberry.type(description="One reason why business was refused; all reasons come together, none is held back.")
class Refusal:
    """A code for programs, two messages for people."""

    code: RefusalCode = strawberry.field(description="Stable code.")
    message_zh: str = strawberry.field(description="Chinese text to show.")
    message_en: str = strawberry.field(description="English text to show.")
    rule: str | None = strawberry.field(description="Name of the rule that was not met.")
    field: str | None = strawberry.field(
        description="The input field, or the material, that would have to be different."
    )
    opens_on: date | None = strawberry.field(description="For CHANNEL_NOT_OPEN: the first day the channel is open.")


def show_refusals(found: Iterable[refusals.Refusal]) -> list[Refusal]:
    """Show refusals in their order."""
    return [
        Refusal(
            code=r.code,
            message_zh=r.message_zh,
            message_en=r.message_en,
            rule=r.rule,
            field=r.field,
            opens_on=r.opens_on,
        )
        for r in found
    ]
