"""The long run: any number of documents from any seed; what differs is shrunk and saved as an example."""

import argparse
import sys
import time
from collections import Counter

from tests.differential.contest import Difference
from tests.differential.examples import save
from tests.differential.proof import Proof
from tests.differential.reach import table, unreached
from tests.differential.sandbox import sandbox

_CHUNK = 500


def main() -> None:
    """Run, print, and leave with 1 where anything differs."""
    options = _options()
    with sandbox() as studio:
        proof = Proof.on(studio, live=options.live)
        documents, found = proof.documents(options.seed), list[Difference]()
        done, runs, began, spent = 0, 0, time.monotonic(), time.process_time()
        while done < options.documents and len(found) < options.most:
            many = min(_CHUNK, options.documents - done)
            played = proof.play(documents, many, options.most - len(found))
            found += played.differences
            done, runs = done + played.documents, runs + played.runs
            _tell(f"{done} documents, {len(found)} differences, {done / (time.monotonic() - began):.0f} a second")
        _tell(f"{(time.process_time() - spent) / done * 1000:.2f} ms of processor time a document, {runs} runs")
        _tell(f"compiled executor: {getattr(proof.contest.compiled, 'counts', 'counts nothing')}")
        if options.reach:
            _tell(table(documents.reach))
        _tell(f"never written: {unreached(proof.schema._schema, documents.reach) or 'nothing'}")  # noqa: SLF001
        _tell(f"differences: {dict(Counter(difference.kinds for difference in found))}")
        for difference in found[: options.most]:
            small = proof.shrunk(difference)
            _tell(f"\n{save(small.question)}\n{small.told()}")
    sys.exit(1 if found else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=10, help="stop after about this many differences")
    parser.add_argument("--live", action="store_true", help="read from PostgreSQL instead of memory (slow)")
    parser.add_argument("--reach", action="store_true", help="print how often every field was written")
    return parser.parse_args()


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
