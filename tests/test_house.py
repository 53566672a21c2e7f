"""The house itself: floors, what leaves it in the wheel, names, sizes, and the signposts of the README."""

import ast
import re
import subprocess
import zipfile
from collections.abc import Collection, Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent
FLOORS = ("tongban_adapters", "resolvers", "schema", "gateway")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
LONGEST_FILE = 450
SIGNPOSTS = "## To change X, open Y"

GATEWAY = r"gateway\."
# Which module may import which third-party package: a pattern over module names.
GUESTS = {
    "strawberry": r"(schema|gateway)\b",
    "graphql": r"(schema|gateway)\b",
    "starlette": GATEWAY,
    "uvicorn": GATEWAY,
    "uvloop": GATEWAY,
    "httptools": GATEWAY,
    "joserfc": GATEWAY,
    "structlog": GATEWAY,
    "prometheus_client": GATEWAY,
    "aiodataloader": r"(resolvers|schema|gateway)\b",
    "cryptography": r"(resolvers|gateway)\b",
    "msgspec": r"(tongban_adapters|resolvers|schema|gateway)\b",
    "asyncpg": r"(resolvers\.ledger\b|tongban_adapters\.(postgres|sandbox)\b|tongban_adapters\.migrations$|gateway\.)",
}
# One file a room is the only reader of the environment.
ENVIRONMENT_READERS = {"gateway.settings", "run"}
ENVIRONMENT_NAMES = {"environ", "environb", "getenv"}


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the repository that is there, by path."""
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z"]  # the checkout may be another user's
    paths = subprocess.check_output(listing, cwd=ROOT, text=True).split("\0")
    return tuple(path for path in paths if path and (ROOT / path).is_file())


@cache
def sources() -> dict[str, ast.Module]:
    """Path and syntax tree of every Python file."""
    return {path: ast.parse((ROOT / path).read_text("utf-8")) for path in tracked() if path.endswith(".py")}


def module_of(path: str) -> str:
    parts = Path(path.removeprefix("adapters/")).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def of_the_floors() -> dict[str, ast.Module]:
    """Module name and tree of everything on a floor."""
    modules = {module_of(path): tree for path, tree in sources().items()}
    return {name: tree for name, tree in modules.items() if name.split(".")[0] in FLOORS}


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield every imported name as far as it may be a module, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def needs(tree: ast.Module, modules: Collection[str]) -> set[str]:
    """Return which of `modules` are imported: `from package import module` needs the module, not the package."""
    needed = {name for name, _ in imports(tree) if name in modules}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and all(f"{node.module}.{alias.name}" in modules for alias in node.names):
            needed.discard(str(node.module))
    return needed


def faults(lines: list[str]) -> str:
    return "\n".join(sorted(set(lines)))


def test_imports_go_down_only() -> None:
    wrong = []
    for module, tree in of_the_floors().items():
        own = FLOORS.index(module.split(".")[0])
        above = FLOORS[own + 1 :]
        wrong += [f"{module}:{line} imports {name}" for name, line in imports(tree) if name.split(".")[0] in above]
        wrong += [f"{module}:{line} imports tests" for name, line in imports(tree) if name.split(".")[0] == "tests"]
    assert not wrong, faults(wrong)


def test_imports_are_absolute_and_at_the_top() -> None:
    wrong = []
    for path, tree in sources().items():
        top = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                wrong.append(f"{path}:{node.lineno} is relative")
            if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in top:
                wrong.append(f"{path}:{node.lineno} is not at the top of the file")
    assert not wrong, faults(wrong)


def test_no_module_reaches_itself_through_imports() -> None:
    modules = of_the_floors()
    graph = {module: needs(tree, modules.keys()) - {module} for module, tree in modules.items()}
    done: set[str] = set()
    path: list[str] = []

    def visit(module: str) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module in done:
            return
        path.append(module)
        for imported in sorted(graph[module]):
            visit(imported)
        path.pop()
        done.add(module)

    for module in sorted(graph):
        visit(module)


def test_guests_stay_in_their_rooms() -> None:
    wrong = []
    for module, tree in of_the_floors().items():
        for name, line in imports(tree):
            guest = name.split(".")[0]
            if guest in GUESTS and not re.match(GUESTS[guest], module):
                wrong.append(f"{module}:{line} imports {guest}")
            if guest in {"pytest", "hypothesis", "httpx", "playwright"} and ".conformance" not in module:
                wrong.append(f"{module}:{line} imports {guest}")
    assert not wrong, faults(wrong)


def test_the_environment_is_read_in_one_place() -> None:
    wrong = []
    for path, tree in sources().items():
        if path.startswith("tests/") or module_of(path) in ENVIRONMENT_READERS:
            continue
        read = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT_NAMES]
        wrong += [f"{path}:{node.lineno} reads the environment" for node in read]
    assert not wrong, faults(wrong)


def test_the_wheel_holds_the_sdk_only(tmp_path: Path) -> None:
    builder = WheelBuilder(str(ROOT))
    [wheel] = builder.build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    outside = [name for name in names if not name.startswith("tongban_adapters/")]
    assert all(re.match(r"tongban_adapters-[0-9.]+\.dist-info/", name) for name in outside), outside
    here = {path.removeprefix("adapters/") for path in tracked() if path.startswith("adapters/tongban_adapters/")}
    assert here <= set(names), sorted(here - set(names))
    assert "tongban_adapters/py.typed" in names
    assert "tongban_adapters/sandbox/layouts/modern/0001_registry.sql" in names


def test_nobody_else_ships_a_package_with_one_of_our_names() -> None:
    ours = {*FLOORS, "tests", "adapters", "run"}
    wrong = []
    for distribution in distributions():
        if distribution.metadata["Name"] == "tongban-adapters":
            continue
        first = {Path(file.parts[0]).stem for file in distribution.files or () if file.suffix == ".py"}
        wrong += [f"{distribution.metadata['Name']} ships {name}" for name in first & ours]
    assert not wrong, faults(wrong)


def test_our_names_are_imported_from_this_checkout() -> None:
    for name in FLOORS:
        module = import_module(name)
        assert Path(module.__path__[0]).resolve().is_relative_to(ROOT.resolve()), name


def test_no_floor_is_mirrored_in_the_tests() -> None:
    assert not [name for name in (*FLOORS, "adapters") if (ROOT / "tests" / name).exists()]


def test_no_file_has_a_name_that_says_nothing() -> None:
    parts = {path: {Path(part).stem for part in Path(path).parts} for path in sources()}
    assert not [path for path, names in parts.items() if names & FORBIDDEN_NAMES]


def test_every_file_opens_with_its_responsibility() -> None:
    wrong = []
    for path, tree in sources().items():
        first = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ").strip()
        if not first:
            wrong.append(f"{path} has no docstring")
        elif not re.fullmatch(r"[^.!?]+(\.\w[^.!?]*)*[.:]", first.replace("...", "…").replace("e.g.", "")):
            wrong.append(f"{path} does not open with one sentence: {first}")
    assert not wrong, faults(wrong)


def test_no_file_is_too_long_to_read() -> None:
    lengths = {path: len((ROOT / path).read_text("utf-8").splitlines()) for path in sources()}
    assert not {path: length for path, length in lengths.items() if length > LONGEST_FILE}


def test_no_file_names_a_place_of_one_machine() -> None:
    # Home folders and mirrors; assembled here, so that this file does not find itself.
    places = re.compile("|".join(("/" + "work/", "/" + "root/", "/" + "home/[a-z]", "file:" + "///", "/opt/" + "pypi")))
    wrong = []
    for path in tracked():
        text = (ROOT / path).read_bytes().decode("utf-8", "replace")
        wrong += [f"{path}:{n}" for n, line in enumerate(text.splitlines(), 1) if places.search(line)]
    assert not wrong, faults(wrong)


def test_npm_lock_names_no_address() -> None:
    locks = [path for path in tracked() if path.endswith("package-lock.json")]
    assert not [path for path in locks if "://" in re.sub(r'"(url|funding)":.*', "", (ROOT / path).read_text("utf-8"))]


@pytest.fixture
def signposts() -> list[str]:
    """The lines of README's table of signposts."""
    readme = ROOT / "README.md"
    text = readme.read_text("utf-8") if readme.exists() else ""
    assert SIGNPOSTS in text, f"README.md has no section {SIGNPOSTS!r}"
    section = text.split(SIGNPOSTS, 1)[1].split("\n## ", 1)[0]
    return [line for line in section.splitlines() if line.startswith(("|", "-", "*"))]


def test_readme_signposts_lead_somewhere(signposts: list[str]) -> None:
    named = [name for line in signposts for name in re.findall(r"`([\w./*-]+/[\w./*-]*|[\w-]+\.\w+)`", line)]
    assert len(named) >= 5
    lost = [name for name in named if not list(ROOT.glob(name.rstrip("/"))) and not (ROOT / name).exists()]
    assert not lost, lost


def test_the_ci_calls_the_one_command() -> None:
    ci = ROOT / ".ci" / "run"
    lines = [line for line in ci.read_text().splitlines() if line and not line.startswith("#")]
    assert lines == ["set -euo pipefail", 'cd "$(dirname "${BASH_SOURCE[0]}")/.."', "python3 run.py test"]
    assert ci.stat().st_mode & 0o111
