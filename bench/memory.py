"""Watches the gateway's memory while it is asked documents that it has never seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count

import msgspec

from bench.agreement import answer_of
from bench.compare import tell
from bench.ground import Ground
from bench.load import CannotMeasure, memory_mib, peak_memory_mib
from bench.servers import running

DOCUMENTS = 20_000
WARM_UP = 2000
STEPS = 10
WANTED_GROWTH = 1.10
FIELDS = (
    *("number", "name", "formerName", "sex", "ethnicGroup", "birthDate"),
    *("maritalStatus", "education", "relationToHead", "state", "lock"),
)


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident MiB of the gateway: at rest, after WARM_UP distinct documents, then after each step; and the peak."""

    at_rest_mib: float
    warm_mib: float
    steps_mib: tuple[float, ...]
    peak_mib: float

    @property
    def growth(self) -> float:
        """The last step over the warm gateway."""
        return self.steps_mib[-1] / self.warm_mib


def documents() -> Iterator[bytes]:
    """Yield bodies that differ in their fields, aliases and names; the same in every run."""
    for number in count(1):
        chosen = [f"a{number}_{field}: {field}" for place, field in enumerate(FIELDS) if number >> place & 1]
        shown = " ".join(chosen) or "state"
        query = (
            f'query D{number} {{ searchPersons(filter: {{nameStartsWith: "王"}}, first: 1, cities: [quzhou])'
            f" {{ edges {{ node {{ {shown} household {{ kind }} }} }} }} }}"
        )
        yield msgspec.json.encode({"query": query})


def watch(ground: Ground, wanted: int = DOCUMENTS) -> Memory:
    """Ask WARM_UP documents, then `wanted` others; raises CannotMeasure or NotStarted."""
    bodies = documents()
    with running("gateway", ground.settings.home) as gateway:
        line = HTTPConnection("127.0.0.1", gateway.port, timeout=20)

        def ask(many: int) -> float:
            for _, body in zip(range(many), bodies, strict=False):
                answer = answer_of(line, body, ground.headers)
                if b'"errors"' in answer:
                    raise CannotMeasure(f"the gateway refused a document: {answer[:200].decode(errors='replace')}")
            return memory_mib(gateway.pid)

        at_rest = ask(1)
        warm = ask(WARM_UP)
        steps = []
        for number in range(STEPS):
            steps.append(ask(wanted // STEPS))
            tell(f"{(number + 1) * wanted // STEPS:,} documents: {steps[-1]:.1f} MiB")
        line.close()
        return Memory(at_rest, warm, tuple(steps), peak_memory_mib(gateway.pid))
