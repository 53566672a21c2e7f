"""What every resolver is handed: the province that can be asked and the visit that asks."""

from dataclasses import dataclass, field

import strawberry

from resolvers.province import Province
from resolvers.visit import Visit


@dataclass(frozen=True, slots=True)
class Context:
    """One request. `selections` remembers which registry fields a place in the query needs (schema.selection).

    `tells_cities`: the answer's extensions are to say which cities were asked.
    """

    province: Province
    visit: Visit
    tells_cities: bool = False
    selections: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)


Info = strawberry.Info[Context, None]
