"""Turns samples into figures: medians of the rounds, and ratios within a round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

from bench.load import Sample

# What the gateway is held to: its share of the limit's throughput, and its multiple of stock Strawberry's.
WANTED_OF_LIMIT = {"Q1": 0.60, "Q2": 0.85, "Q3": 0.85}
WANTED_OF_STOCK = 8.0
WANTED_P99 = 2.0

# The samples of one round: by the name of the server.
Round = Mapping[str, Sample]


@dataclass(frozen=True, slots=True)
class Figures:
    """One query at one concurrency: medians over the rounds.

    Rates are good answers a second, `failed` the share of the others, p50, p99 and CPU milliseconds, each by server;
    the ratios are the gateway's figure over the other's, taken within each round.
    """

    query: str
    concurrency: int
    rounds: int
    rate: Mapping[str, float]
    failed: Mapping[str, float]
    p50_ms: Mapping[str, float]
    p99_ms: Mapping[str, float]
    server_cpu_ms: Mapping[str, float]
    database_cpu_ms: Mapping[str, float]
    of_limit: float
    of_stock: float
    p50_to_limit: float
    p99_to_limit: float


def figures(query: str, concurrency: int, rounds: Sequence[Round]) -> Figures:
    """Sum up the rounds of one query at one concurrency."""

    def each(pick: Callable[[Sample], float]) -> dict[str, float]:
        return {server: median(pick(samples[server]) for samples in rounds) for server in rounds[0]}

    def ratio(pick: Callable[[Sample], float], other: str) -> float:
        pairs = [(pick(samples["gateway"]), pick(samples[other])) for samples in rounds]
        return median(ours / theirs if theirs else inf for ours, theirs in pairs)

    return Figures(
        query=query,
        concurrency=concurrency,
        rounds=len(rounds),
        rate=each(lambda sample: sample.rate),
        failed=each(lambda sample: sample.failed),
        p50_ms=each(lambda sample: sample.p50_ms),
        p99_ms=each(lambda sample: sample.p99_ms),
        server_cpu_ms=each(lambda sample: sample.server_cpu_ms),
        database_cpu_ms=each(lambda sample: sample.database_cpu_ms),
        of_limit=ratio(lambda sample: sample.rate, "limit"),
        of_stock=ratio(lambda sample: sample.rate, "stock"),
        p50_to_limit=ratio(lambda sample: sample.p50_ms, "limit"),
        p99_to_limit=ratio(lambda sample: sample.p99_ms, "limit"),
    )


def table(all_figures: Sequence[Figures]) -> str:
    """Return the figures as a Markdown table: requests a second, ratios, latencies, CPU."""
    head = (
        "| query | concurrency | gateway r/s | limit r/s | stock r/s | gateway/limit | gateway/stock "
        "| p50 ms (limit) | p99 ms (limit) | p99 ratio | CPU ms/request (limit) | PostgreSQL CPU ms (limit) |"
    )
    rule = "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    return "\n".join([head, rule, *(_line(one) for one in all_figures)])


def _line(one: Figures) -> str:
    cells = [
        one.query,
        str(one.concurrency),
        *(f"{one.rate[server]:,.0f}" for server in ("gateway", "limit", "stock")),
        f"{one.of_limit:.2f}",
        f"{one.of_stock:.1f}",
        *(f"{values['gateway']:.1f} ({values['limit']:.1f})" for values in (one.p50_ms, one.p99_ms)),
        f"{one.p99_to_limit:.1f}",
        *(f"{values['gateway']:.2f} ({values['limit']:.2f})" for values in (one.server_cpu_ms, one.database_cpu_ms)),
    ]
    return f"| {' | '.join(cells)} |"


def missed(all_figures: Sequence[Figures]) -> list[str]:
    """Return a line for every figure that is not what the gateway is held to."""
    lines = []
    for one in all_figures:
        place = f"{one.query} at concurrency {one.concurrency}"
        lines += [
            f"{place}: {share:.0%} of {server}'s requests failed" for server, share in one.failed.items() if share
        ]
        if one.of_limit < WANTED_OF_LIMIT[one.query]:
            lines.append(f"{place}: {one.of_limit:.2f} of the limit, {WANTED_OF_LIMIT[one.query]:.2f} wanted")
        if one.of_stock < WANTED_OF_STOCK:
            lines.append(f"{place}: {one.of_stock:.1f} times stock Strawberry, {WANTED_OF_STOCK:.0f} wanted")
        if one.concurrency == 16 and one.p99_to_limit > WANTED_P99:
            lines.append(f"{place}: p99 is {one.p99_to_limit:.1f} times the limit's, {WANTED_P99:.0f} wanted")
    return lines
