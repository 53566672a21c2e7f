"""Shows in /metrics how many operations ran compiled, and how many on graphql-core and why."""

from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from schema.executor.compiled import Counts


class ExecutorCounts(Collector):
    """Reads the executor's own counts when asked; nothing is counted twice, and nothing costs a request anything."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Return one counter by executor and reason; the reasons are codes of ours, never a client's text."""
        operations = CounterMetricFamily(
            "tongban_operations", "Operations by executor, and why not compiled", labels=["executor", "reason"]
        )
        operations.add_metric(["compiled", ""], self._counts.fast)
        for reason, times in sorted(self._counts.fallback.items()):
            operations.add_metric(["graphql-core", reason], times)
        yield operations
