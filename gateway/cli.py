"""The `tongban` command line."""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from graphql import GraphQLError

from gateway.adapter_check import check
from gateway.app import build_app
from gateway.demo.personas import PERSONAS, claims_of
from gateway.demo.start import run_demo
from gateway.failures import frames_of
from gateway.province import open_province
from gateway.query_plan import explain
from gateway.redaction import without_echo
from gateway.server import CannotListen, listen, serve
from gateway.settings import CHECKOUT, DEFAULT_PORT, Settings, SettingsError, environment, home_of, load
from gateway.tokens import NoIssuer, sign
from gateway.workers import MOST, WorkerFailed, serve_with
from resolvers.ledger.locator import key_of
from resolvers.problems import Problem
from schema.build import build_schema
from schema.executor.compiled import CompiledSchema
from tongban_adapters.errors import AdapterError, MappingError
from tongban_adapters.mapping import CityConfig, load_city
from tongban_adapters.migrations import MigrationError

CITIES = CHECKOUT / "cities"


class Stop(Exception):
    """The command cannot go on; the text is one line for the user."""


# Their texts are for the user.
TOLD = (
    Stop,
    SettingsError,
    MappingError,
    MigrationError,
    NoIssuer,
    CannotListen,
    WorkerFailed,
    AdapterError,
    Problem,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0, 1 for a problem (one line on stderr), 2 for wrong usage, 130 when interrupted."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        return run(chosen)
    except TOLD as error:
        line = str(error)
    except GraphQLError as error:
        line = without_echo(error.message)
    except BrokenPipeError:
        return 1  # whoever read the output has gone
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # a fault of ours; its text may hold a value, its place may not
        line = f"internal error: {type(error).__name__} at {(frames_of(error) or ['?'])[-1]}"
    print(f"tongban: {line}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tongban", description="One endpoint over every city's registry. TONGBAN_HOME is the data folder."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="eleven stand-in registries and a gateway on this machine")
    demo.add_argument("--scale", type=int, metavar="N", help="one synthetic person stands for N real ones (1000)")
    demo.add_argument("--port", type=int, help="the port (TONGBAN_PORT, else 8000)")
    demo.set_defaults(run=_demo)

    serving = commands.add_parser("serve", help="run the gateway on the settings of the home")
    serving.add_argument("--workers", type=int, default=1, metavar="N", help=f"processes, 1 to {MOST} (1)")
    serving.set_defaults(run=_serve)

    token = commands.add_parser("token", help="print a demo token")
    token.add_argument("persona", choices=PERSONAS, metavar="PERSONA", help=", ".join(PERSONAS))
    token.add_argument("--hours", type=float, default=12, help="valid for 1 to 12 hours (12)")
    token.set_defaults(run=_token)

    commands.add_parser("schema", help="print the GraphQL schema").set_defaults(run=_schema)

    plan = commands.add_parser("plan", help="print which cities a query would ask, without asking them")
    plan.add_argument("query", metavar="QUERY", help="the text of a query, or - to read it from standard input")
    plan.add_argument("--variables", default="{}", metavar="JSON", help="the values of its variables")
    plan.add_argument("--operation", metavar="NAME", help="which operation, if there are several")
    plan.add_argument("--code", action="store_true", help="print the waves and the generated program instead")
    plan.set_defaults(run=_plan)

    adapter = commands.add_parser("adapter", help="the cities' adapters").add_subparsers(required=True, metavar="WHAT")
    adapter.add_parser("list", help="list the cities and how they are connected").set_defaults(run=_adapter_list)
    one = adapter.add_parser("check", help="look at one city's adapter: mapping, health, one page")
    one.add_argument("city", metavar="CITY", help="the name of its file in cities/")
    one.set_defaults(run=_adapter_check)
    return parser


def _demo(chosen: argparse.Namespace) -> int:
    environ = environment()
    return run_demo(home_of(environ), chosen.port or _port(environ.get("TONGBAN_PORT")), chosen.scale)


def _port(text: str | None) -> int:
    if text and not (text.isdecimal() and 1 <= int(text) <= 65535):
        raise Stop("TONGBAN_PORT does not fit; a whole number from 1 to 65535 would")
    return int(text or DEFAULT_PORT)


def _serve(chosen: argparse.Namespace) -> int:
    if not 1 <= chosen.workers <= MOST:
        raise Stop(f"--workers does not fit; 1 to {MOST} would")
    settings = load(environment())
    line = f"Tongban serves http://{settings.host}:{settings.port}/graphql"
    with listen(settings.host, settings.port) as listener:
        asyncio.run(_rehearse(settings))
        if chosen.workers == 1:
            serve(build_app(settings), listener, lambda: print(line, file=sys.stderr))
        else:
            serve_with(chosen.workers, listener, lambda: print(f"{line}, {chosen.workers} workers", file=sys.stderr))
    return 0


async def _rehearse(settings: Settings) -> None:
    """Open everything once, so that what keeps a gateway from starting is one line, not a server's log."""
    async with open_province(settings):
        pass


def _token(chosen: argparse.Namespace) -> int:
    settings = load(environment())
    claims = claims_of(PERSONAS[chosen.persona], lambda number: key_of(settings.locator_key, number))
    try:
        print(sign(settings.home, claims, datetime.now(UTC), timedelta(hours=chosen.hours)))
    except ValueError as error:
        raise Stop(f"--hours: {error}") from None
    return 0


def _schema(_chosen: argparse.Namespace) -> int:
    print(build_schema().as_str())
    return 0


def _plan(chosen: argparse.Namespace) -> int:
    text = sys.stdin.read() if chosen.query == "-" else chosen.query
    try:
        variables = json.loads(chosen.variables)
    except ValueError:
        variables = None
    if not isinstance(variables, dict):
        raise Stop("--variables must be a JSON object")
    if chosen.code:
        print(CompiledSchema(build_schema()).explain(text, variables, chosen.operation))
        return 0
    known = [config.slug for config in _configs()]
    asked = explain(build_schema().as_str(), text, variables, chosen.operation, known)
    print(json.dumps([field.to_json() for field in asked], ensure_ascii=False, indent=2))
    return 0


def _adapter_list(_chosen: argparse.Namespace) -> int:
    for config in _configs():
        print(f"{config.slug:<10} {config.code}  {config.transport:<9} {config.layout:<8} {config.name_en}")
    return 0


def _adapter_check(chosen: argparse.Namespace) -> int:
    settings = load(environment())
    return asyncio.run(_look(settings, chosen.city))


async def _look(settings: Settings, slug: str) -> int:
    """Print one line per finding; 1 if any of them is bad."""
    city = next((city for city in settings.cities if city.config.slug == slug), None)
    if city is None:
        raise Stop(f"there is no such city; one of {', '.join(c.config.slug for c in settings.cities)} would fit")
    sound = True
    async with contextlib.aclosing(check(city.config, city.url)) as findings:
        async for finding in findings:
            print(finding)
            sound = sound and finding.ok
    print("This is a first look; the conformance kit is not part of this version.")
    return 0 if sound else 1


def _configs(folder: Path = CITIES) -> list[CityConfig]:
    return [load_city(path) for path in sorted(folder.glob("*.toml"))]


if __name__ == "__main__":
    sys.exit(main())
