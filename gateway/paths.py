"""Sends the requests of a few paths straight to their applications, past everything that serves the other ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Paths:
    """An ASGI application: `direct` by exact path, `others` for everything else, lifespan too."""

    direct: Mapping[str, ASGIApp]
    others: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one scope on."""
        app = self.direct.get(scope["path"], self.others) if scope["type"] == "http" else self.others
        await app(scope, receive, send)
