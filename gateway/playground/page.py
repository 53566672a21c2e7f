"""Serves the playground: two pages, an exact list of files, the demo's persona tokens."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

Endpoint = Callable[[Request], Awaitable[Response]]

HERE = Path(__file__).resolve().parent
CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
OWN_FILES = (
    "playground.js",
    "caller.js",
    "cities_asked.js",
    "outcomes.js",
    "signal.js",
    "map.js",
    "playground.css",
    "icon.svg",
)
# Copied from the npm packages by `npm run assets`; absent where npm is.
BUNDLES = ("react.js", "react-dom.js", "graphiql.js", "graphiql.css", "voyager.js", "voyager.css")

# GraphiQL carries its fonts and icons as data: and sets styles from script.
_POLICY = (
    "default-src 'self'; {script}; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_POLICY = _POLICY.format(script="script-src 'self'")
# The map is laid out by Graphviz as WebAssembly in a worker made from a blob.
MAP_POLICY = _POLICY.format(script="script-src 'self' 'wasm-unsafe-eval'; worker-src blob:")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class PersonaToken:
    """A demo caller to act as: name as in `tongban token NAME`, label for people, bearer token, usual purpose."""

    name: str
    label: str
    token: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One tab of the story: a document and, where it takes any, its variables as JSON text."""

    query: str
    variables: str | None = None


def examples(folder: Path = HERE / "examples") -> list[Example]:
    """Return the story in order: each NN_name.graphql with NN_name.json beside it where it takes variables."""
    return [
        Example(path.read_text("utf-8"), variables.read_text("utf-8") if variables.exists() else None)
        for path in sorted(folder.glob("*.graphql"))
        for variables in (path.with_suffix(".json"),)
    ]


def playground_routes(
    personas: Callable[[], Sequence[PersonaToken]] | None = None, bundles: Path = HERE / "assets"
) -> list[BaseRoute]:
    """Return the routes under /playground. Files are read now, once; without the bundles the page says so."""
    files = {name: (HERE / name).read_bytes() for name in OWN_FILES}
    files["examples.json"] = json.dumps([asdict(example) for example in examples()], ensure_ascii=False).encode()
    complete = all((bundles / name).is_file() for name in BUNDLES)
    if complete:
        files |= {name: (bundles / name).read_bytes() for name in BUNDLES}
    digest = _digest(files)
    names = {"assets": f"/playground/assets/{digest}", "personas": "on" if personas else "off"}
    page = _page("index.html" if complete else "without_bundles.html", PAGE_POLICY, names)
    schema_map = _page("map.html" if complete else "without_bundles.html", MAP_POLICY, names)

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if request.path_params["digest"] != digest or name not in files:
            return Response(status_code=404, headers=_HEADERS)
        return Response(
            files[name],
            media_type=CONTENT_TYPES[Path(name).suffix],
            headers=_HEADERS | {"Cache-Control": "public, max-age=31536000, immutable"},
        )

    routes: list[BaseRoute] = [
        Route("/playground", page),
        Route("/playground/map", schema_map),
        Route("/playground/assets/{digest}/{name}", asset),
    ]
    if personas is not None:
        routes.append(Route("/playground/personas.json", _personas(personas)))
    return routes


def _digest(files: dict[str, bytes]) -> str:
    """Return one address for the whole set, so that the files find each other and none is ever stale."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name} {len(files[name])}\n".encode())
        whole.update(files[name])
    return whole.hexdigest()[:16]


def _page(template: str, policy: str, names: dict[str, str]) -> Endpoint:
    html = Template((HERE / template).read_text("utf-8")).substitute(names)
    headers = _HEADERS | {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}

    async def page(_: Request) -> Response:
        return Response(html, media_type="text/html; charset=utf-8", headers=headers)

    return page


def _is_loopback(host: str) -> bool:
    """Whether a Host header names this machine: a foreign name that resolves to it is a page trying to get in."""
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False


def _personas(personas: Callable[[], Sequence[PersonaToken]]) -> Endpoint:
    async def answer(request: Request) -> Response:
        if not _is_loopback(request.headers.get("host", "")):
            return Response(status_code=403, headers=_HEADERS)
        return JSONResponse(
            [asdict(persona) for persona in personas()], headers=_HEADERS | {"Cache-Control": "no-store"}
        )

    return answer
