"""The playground in a real browser: nothing leaves the machine, the story runs, the cities asked are shown."""

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright, expect

from gateway.playground.page import BUNDLES, HERE

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The text of the result pane, once there is any: GraphiQL empties it when a run starts.
RESULT = "() => document.querySelector('.result-window .CodeMirror').CodeMirror.getValue() || undefined"
# A character as it is drawn: without a Chinese font all of them are the same empty box.
DRAWN = """character => {
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillText(character, 10, 50);
  return canvas.toDataURL();
}"""
LOCAL = ("data", "blob")
# A busy machine is no reason to fail; only ever waited out where something is wrong.
expect.set_options(timeout=20_000)
SIZES = [(1440, 900), (1024, 768)]

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH"),
    pytest.mark.skipif(
        not all((HERE / "assets" / name).is_file() for name in BUNDLES),
        reason="no npm bundles: run `npm ci` and `npm run assets` in gateway/playground",
    ),
]


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def window(chromium: Browser, gateway_url: str) -> AsyncIterator[BrowserContext]:
    """A window that may only talk to the gateway; foreign requests and anything the console calls an error fail."""
    context = await chromium.new_context(viewport={"width": 1440, "height": 900})
    wrong: list[str] = []

    async def only_the_gateway(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in LOCAL or f"{address.scheme}://{address.netloc}" == gateway_url.rstrip("/"):
            await route.continue_()
        else:
            wrong.append(f"request to {address.netloc}")
            await route.abort()

    await context.route("**/*", only_the_gateway)
    context.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    yield context
    await context.close()
    assert wrong == []


async def opened(window: BrowserContext, gateway_url: str) -> Page:
    page = await window.new_page()
    await page.goto(f"{gateway_url.rstrip('/')}/playground")
    await expect(page.locator(".graphiql-execute-button")).to_be_visible()
    return page


async def headers(page: Page, pattern: str) -> str:
    """Wait until the headers editor matches a pattern (of JavaScript); returns its text."""
    editor = "[...document.querySelectorAll('.graphiql-editor-tool .CodeMirror')].at(-1).CodeMirror"
    await page.wait_for_function(f"pattern => new RegExp(pattern).test({editor}.getValue())", arg=pattern)
    text = await page.evaluate(f"{editor}.getValue()")
    assert isinstance(text, str)
    return text


async def run(page: Page, tab: str) -> str:
    """Open a tab, run it, return the answer as text."""
    await page.locator(".graphiql-tab-button", has_text=tab).click()
    async with page.expect_response("**/graphql") as answered:
        await page.locator(".graphiql-execute-button").click()
    await (await answered.value).finished()
    await expect(page.locator(".graphiql-spinner")).to_have_count(0)
    result = await page.wait_for_function(RESULT)
    text = await result.json_value()
    assert isinstance(text, str)
    return text


async def test_a_query_shows_its_answer_in_chinese(window: BrowserContext, gateway_url: str) -> None:
    page = await opened(window, gateway_url)
    await expect(page.locator("#cities-asked")).to_contain_text("Run a query")
    assert "温州" in await run(page, "WhoAmI")
    await expect(page.locator(".result-window")).to_contain_text("义乌市江东派出所")
    await run(page, "FindPerson")
    await expect(page.locator("#cities-asked .city")).to_have_text([re.compile("温州.*answered")])
    assert await page.evaluate(DRAWN, "温") != await page.evaluate(DRAWN, "州")


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_a_search_lists_all_eleven_cities(
    window: BrowserContext, gateway_url: str, tmp_path: Path, width: int, height: int
) -> None:
    page = await opened(window, gateway_url)
    await page.set_viewport_size({"width": width, "height": height})
    await run(page, "SearchAll")
    cities = page.locator("#cities-asked .city")
    await expect(cities).to_have_count(11)
    await expect(page.locator("#cities-asked")).to_contain_text("11 cities asked, all answered")
    await expect(cities.filter(has_text="温州")).to_contain_text("ms")
    picture = tmp_path / f"playground-{width}.png"
    await page.screenshot(path=picture)
    assert picture.stat().st_size > 20_000


async def test_the_panel_tells_what_the_gateway_asked_and_leaves_the_answer_as_it_is(
    window: BrowserContext, gateway_url: str
) -> None:
    page = await opened(window, gateway_url)
    answer = json.loads(await run(page, "FindPerson"))
    assert set(answer) == {"data"}
    assert "Debug" not in await headers(page, "Bearer")
    await expect(page.locator("#cities-asked .city")).to_have_text(
        [re.compile(r"温州.*answered[1-9]\d* rows[\d.]+ ms$")]
    )
    await run(page, "WhoAmI")
    await expect(page.locator("#cities-asked")).to_contain_text("No city was asked for this answer")


async def test_to_a_citizen_the_panel_shows_what_the_answer_itself_names(
    window: BrowserContext, gateway_url: str
) -> None:
    page = await opened(window, gateway_url)
    await page.get_by_label("Acting as").select_option("citizen")
    await headers(page, '"Tongban-Purpose": "Q01"')
    await run(page, "FindPerson")
    await expect(page.locator("#cities-asked .city")).to_have_text([re.compile("温州.*answered1 row$")])
    await run(page, "WhoAmI")
    await expect(page.locator("#cities-asked")).to_contain_text("No city is named in this answer")


async def test_switching_the_persona_changes_the_headers_of_every_tab(window: BrowserContext, gateway_url: str) -> None:
    page = await opened(window, gateway_url)
    persona = page.get_by_label("Acting as")
    await expect(persona).to_have_value("yiwu-officer")
    officer = await headers(page, '"Authorization": "Bearer [^"]+",\\s+"Tongban-Purpose": "D02"')

    await persona.select_option("citizen")
    citizen = await headers(page, '"Authorization": "Bearer [^"]+",\\s+"Tongban-Purpose": "Q01"')
    assert citizen != officer
    await run(page, "FindPerson")
    assert await headers(page, "Bearer") == citizen

    await persona.select_option("none")
    assert await headers(page, "^$") == ""
    await page.locator(".graphiql-tab-button", has_text="WhoAmI").click()
    assert await headers(page, "^$") == ""
    assert "UNAUTHENTICATED" in await run(page, "FindPerson")


async def test_an_own_token_and_purpose_can_be_typed(window: BrowserContext, gateway_url: str) -> None:
    page = await opened(window, gateway_url)
    await expect(page.get_by_label("Token")).to_be_hidden()
    await page.get_by_label("Acting as").select_option("own")
    await page.get_by_label("Token").fill("my.own.token")
    await page.get_by_label("for", exact=True).fill("Q24")
    assert await headers(page, "Q24") == '{\n  "Authorization": "Bearer my.own.token",\n  "Tongban-Purpose": "Q24"\n}'


async def test_the_story_runs_from_the_first_tab_to_the_last(window: BrowserContext, gateway_url: str) -> None:
    page = await opened(window, gateway_url)
    answers = {}
    for tab in await page.locator(".graphiql-tab-button").all_inner_texts():
        answers[tab] = json.loads(await run(page, tab))
        assert "errors" not in answers[tab], tab
        if tab == "ApplyInYiwu":
            await expect(page.locator("#cities-asked .city")).to_have_text([re.compile("温州.*written")])
    applied = answers["ApplyInYiwu"]["data"]["applyHouseholdBook"]
    assert applied["refusals"] == []
    number = applied["case"]["number"]
    assert answers["TheCase"]["data"]["case"]["number"] == number
    printed = answers["PrintInYiwu"]["data"]["recordPrinting"]
    assert printed["refusals"] == []
    assert (printed["case"]["number"], printed["case"]["state"]) == (number, "COMPLETED")


async def test_nothing_typed_outlives_the_page(window: BrowserContext, gateway_url: str) -> None:
    page = await opened(window, gateway_url)
    await run(page, "FindPerson")
    kept = await page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert kept == "{}"


async def test_the_schema_map_is_drawn(window: BrowserContext, gateway_url: str) -> None:
    page = await window.new_page()
    await page.goto(f"{gateway_url.rstrip('/')}/playground/map")
    await expect(page.locator("#voyager svg .node").first).to_be_visible(timeout=20_000)
    await expect(page.locator("#voyager svg")).to_contain_text(["Household"])
