"""Documents that once made a difference, kept as files and replayed by every run."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from tests.differential.hearing import Question, Variables
from tests.differential.situations import Situation

FOLDER = Path(__file__).parent / "examples"


class _Sent(msgspec.Struct, frozen=True):
    variables: Variables
    operation_name: str | None
    situation: Situation


def save(question: Question, folder: Path = FOLDER) -> Path:
    """Write the document and, beside it, what is sent with it; return the path of the document."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{sha256(msgspec.json.encode(question)).hexdigest()[:10]}.graphql"
    path.write_text(question.text + "\n", "utf-8")
    sent = _Sent(question.variables, question.operation_name, question.situation)
    path.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(sent)) + b"\n")
    return path


def load(path: Path) -> Question:
    """Return what was saved under this path of a document."""
    sent = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=_Sent)
    return Question(path.read_text("utf-8").removesuffix("\n"), sent.variables, sent.operation_name, sent.situation)


def saved(folder: Path = FOLDER) -> Iterator[Path]:
    """Yield the documents there are."""
    yield from sorted(folder.glob("*.graphql"))
