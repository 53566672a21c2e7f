"""The playground's routes: what is served, what is not, and what the pages may load."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from gateway.playground.page import BUNDLES, HERE, PersonaToken, playground_routes

OFFICER = PersonaToken("yiwu-officer", "window officer in Yiwu", "a.b.c", "D02")
AUDITOR = PersonaToken("auditor", "auditor", "d.e.f")


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    for name in BUNDLES:
        (tmp_path / name).write_text(f"/* {name} */")
    return tmp_path


def browser(bundles: Path, personas: Sequence[PersonaToken] | None = None) -> httpx.AsyncClient:
    app = Starlette(routes=playground_routes((lambda: personas) if personas is not None else None, bundles))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8380")


def addresses(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]+)"', page)


async def test_every_address_in_both_pages_is_local_and_served(bundles: Path) -> None:
    async with browser(bundles) as client:
        for path in ("/playground", "/playground/map"):
            page = await client.get(path)
            assert page.status_code == 200
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert page.headers["cache-control"] == "no-cache"
            assert "$" not in page.text
            for address in addresses(page.text):
                assert address.startswith("/")
                assert not address.startswith("//")
                if address not in ("/playground", "/schema.graphql"):
                    assert (await client.get(address)).status_code == 200


async def test_files_are_immutable_under_the_hash_of_their_content(bundles: Path) -> None:
    async with browser(bundles) as client:
        first = next(a for a in addresses((await client.get("/playground")).text) if a.endswith("/graphiql.js"))
        answer = await client.get(first)
        assert answer.text == "/* graphiql.js */"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    (bundles / "graphiql.js").write_text("/* newer */")
    async with browser(bundles) as client:
        second = next(a for a in addresses((await client.get("/playground")).text) if a.endswith("/graphiql.js"))
        assert second != first
        assert (await client.get(second)).text == "/* newer */"
        assert (await client.get(first)).status_code == 404


@pytest.mark.parametrize(
    "name", ["page.py", "package.json", "index.html", "../page.py", "..%2Fpage.py", "graphiql.js.map"]
)
async def test_a_file_outside_the_list_is_not_served(bundles: Path, name: str) -> None:
    async with browser(bundles) as client:
        digest = addresses((await client.get("/playground")).text)[0].split("/")[3]
        assert (await client.get(f"/playground/assets/{digest}/{name}")).status_code == 404


async def test_the_pages_may_load_nothing_foreign(bundles: Path) -> None:
    async with browser(bundles) as client:
        page = await client.get("/playground")
        schema_map = await client.get("/playground/map")
    assert page.headers["content-security-policy"] == (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
        "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:;" in schema_map.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_the_tokens_of_the_personas_are_served_uncached_in_a_demo(bundles: Path) -> None:
    async with browser(bundles, [OFFICER, AUDITOR]) as client:
        assert 'data-personas="on"' in (await client.get("/playground")).text
        answer = await client.get("/playground/personas.json")
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers
    assert answer.json() == [
        {"name": "yiwu-officer", "label": "window officer in Yiwu", "token": "a.b.c", "purpose": "D02"},
        {"name": "auditor", "label": "auditor", "token": "d.e.f", "purpose": None},
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8380", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8380"])
async def test_the_tokens_are_handed_out_under_every_name_of_this_machine(bundles: Path, host: str) -> None:
    async with browser(bundles, [OFFICER]) as client:
        assert (await client.get("/playground/personas.json", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8380", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.7"),
        *("localhost@evil.example", "evil.example/localhost", "[::2]", "[", ""),
    ],
)
async def test_a_foreign_name_for_this_machine_gets_no_token(bundles: Path, host: str) -> None:
    async with browser(bundles, [OFFICER]) as client:
        answer = await client.get("/playground/personas.json", headers={"host": host})
    assert (answer.status_code, answer.text) == (403, "")


async def test_outside_a_demo_no_token_is_handed_out(bundles: Path) -> None:
    async with browser(bundles) as client:
        assert 'data-personas="off"' in (await client.get("/playground")).text
        assert (await client.get("/playground/personas.json")).status_code == 404


async def test_without_the_bundles_the_page_says_so_and_offers_the_contract(tmp_path: Path) -> None:
    async with browser(tmp_path) as client:
        for path in ("/playground", "/playground/map"):
            page = (await client.get(path)).text
            assert "npm ci" in page
            assert 'href="/schema.graphql"' in page
            assert "<script" not in page


def test_the_lock_file_names_no_address_and_pins_every_package_by_hash() -> None:
    text = (HERE / "package-lock.json").read_text("utf-8")
    assert "://" not in text
    lock = json.loads(text)["packages"]
    wanted = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    assert wanted == lock[""]["dependencies"]
    assert {f"node_modules/{name}" for name in wanted} | {""} == set(lock)
    for name, version in wanted.items():
        entry = lock[f"node_modules/{name}"]
        assert entry["version"] == version
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_the_list_of_bundles_is_what_npm_run_assets_copies() -> None:
    copied = re.findall(r'^  "([^"]+)": "', (HERE / "assets.mjs").read_text("utf-8"), re.MULTILINE)
    assert tuple(copied) == BUNDLES
