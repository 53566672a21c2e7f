"""What the demo says when it is ready: addresses, tokens, the story's first query."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from gateway.demo.personas import PERSONAS, STORY_NUMBER

QUERY = "query($n: CitizenNumber!) { person(number: $n) { name source { city } household { number book { state } } } }"


def greeting(port: int, home: Path, usual_home: Path, tokens: Mapping[str, str]) -> str:
    """Return the text; `tokens` by persona. A home that is not the usual one is named in the command shown."""
    address = f"http://127.0.0.1:{port}"
    setting = "" if home == usual_home else f"TONGBAN_HOME={shlex.quote(str(home))} "
    lines = ["", f"Tongban is ready: {address}/playground", ""]
    lines += [f"  GraphQL  {address}/graphql", f"  Data     {home}", "", "Tokens (valid for 12 hours):", ""]
    for name, token in tokens.items():
        lines += [f"  {name}: {PERSONAS[name].says}", f"  {token}", ""]
    lines += [
        "The story: a person stands at a counter in Yiwu; the record is Wenzhou's. In another terminal:",
        "",
        f"  curl -s {address}/graphql -H 'Content-Type: application/json' \\",
        f"    -H \"Authorization: Bearer $({setting}python3 run.py token yiwu-officer)\" -H 'Tongban-Purpose: D02' \\",
        f'''    -d '{{"query": "{QUERY}", "variables": {{"n": "{STORY_NUMBER}"}}}}\'''',
        "",
        "Ctrl-C ends it; the data stays.",
    ]
    return "\n".join(lines)
