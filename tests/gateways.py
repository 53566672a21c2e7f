"""A real gateway for tests: the real application on a real server over the eleven seeded registries."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import cast

import httpx

from gateway.app import build_app
from gateway.demo.personas import PERSONAS, claims_of
from gateway.playground.page import PersonaToken
from gateway.settings import CHECKOUT, CitySettings, Settings
from gateway.tokens import AUDIENCE, ensure_issuer, sign
from resolvers.clock import Clock
from resolvers.ledger.locator import key_of
from tests.small_gateway import running
from tongban_adapters.mapping import load_city

LOCATOR_KEY, SEAL_KEY = b"locator key of the test gateway.", b"seal key of the test gateway, of" * 2


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: HTTP status and the decoded body."""

    status: int
    body: Mapping[str, object]

    @property
    def data(self) -> dict[str, object]:
        """The data of an answer without errors."""
        assert "errors" not in self.body, self.codes
        return cast("dict[str, object]", self.body["data"])

    @property
    def codes(self) -> list[str]:
        """The codes of the errors."""
        errors = cast("list[dict[str, dict[str, str]]]", self.body.get("errors", []))
        return [error["extensions"]["code"] for error in errors]

    def at(self, *path: str | int) -> object:
        """Return what lies at a path of the data."""
        found: object = self.body["data"]
        for key in path:
            found = cast("dict[str | int, object]", found)[key]
        return found


@dataclass(frozen=True, slots=True)
class Client:
    """Asks a running gateway as one of the personas."""

    url: str
    http: httpx.AsyncClient
    tokens: Mapping[str, str]

    async def ask(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        *,
        persona: str | None = "yiwu-officer",
        purpose: str | None = "D02",
        timeout_ms: int | None = None,
    ) -> Answer:
        """POST one operation."""
        headers = {"authorization": f"Bearer {self.tokens[persona]}"} if persona else {}
        headers |= {"tongban-purpose": purpose} if purpose else {}
        headers |= {"tongban-timeout-ms": str(timeout_ms)} if timeout_ms else {}
        body = {"query": query, "variables": variables or {}}
        answer = await self.http.post(f"{self.url}/graphql", json=body, headers=headers)
        return Answer(answer.status_code, json.loads(answer.content))


def settings_over(home: Path, ledger_url: str, registries: Mapping[str, str]) -> Settings:
    """Return the settings of a gateway over these registries."""
    cities = [load_city(CHECKOUT / "cities" / f"{slug}.toml") for slug in registries]
    return Settings(
        home=home,
        host="127.0.0.1",
        port=0,
        deadline_s=10.0,
        audience=AUDIENCE,
        issuers=(ensure_issuer(home),),
        cities=tuple(CitySettings(city, registries[city.slug]) for city in cities),
        ledger_url=ledger_url,
        locator_key=LOCATOR_KEY,
        seal_key=SEAL_KEY,
    )


def persona_tokens(settings: Settings, now: datetime) -> dict[str, str]:
    """Return a token of every persona."""
    hashed = partial(key_of, settings.locator_key)
    return {name: sign(settings.home, claims_of(persona, hashed), now) for name, persona in PERSONAS.items()}


@asynccontextmanager
async def gateway_over(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Client]:
    """Run a gateway; gives a client of it."""
    now = clock.now() if clock else datetime.now(UTC)
    tokens = persona_tokens(settings, now)
    personas = [PersonaToken(name, who.name, tokens[name], who.purpose) for name, who in PERSONAS.items()]
    app = build_app(settings, clock, lambda: personas)
    async with running(app) as url, httpx.AsyncClient(timeout=30) as http:
        yield Client(url, http, tokens)


OpenGateway = Callable[[Clock], Awaitable[Client]]
