"""GraphQL over HTTP as a client on the wire meets it."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest

from tests.small_gateway import JOURNAL, running, small_app

GRAPHQL_JSON = "application/graphql-response+json"
NUMBER = "33030219751120904X"
TWO = 'query A { hello } mutation B { note(text: "ran") }'


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with running(small_app()) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


@pytest.fixture(autouse=True)
def empty_journal() -> None:
    JOURNAL.visits.clear()
    JOURNAL.notes.clear()


def only_error(response: httpx.Response) -> tuple[str, str | None]:
    """Return code and place of the only error, after the checks that hold for every error."""
    body = response.json()
    (error,) = body["errors"]
    assert error["extensions"]["requestId"] == response.headers["tongban-request-id"]
    assert NUMBER not in response.text
    assert "Traceback" not in response.text
    return error["extensions"]["code"], error["extensions"].get("place")


async def post(client: httpx.AsyncClient, query: str, accept: str | None = None, **members: object) -> httpx.Response:
    headers = {"accept": accept} if accept is not None else {}
    return await client.post("/graphql", json={"query": query, **members}, headers=headers)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, GRAPHQL_JSON),
        ("*/*", GRAPHQL_JSON),
        ("application/*", GRAPHQL_JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        ("application/json", "application/json"),
        ("application/json, application/graphql-response+json", GRAPHQL_JSON),
        ("application/graphql-response+json;q=0.5, application/json", "application/json"),
        ("text/html, application/json;q=0.9", "application/json"),
        ("application/json;charset=utf-8", "application/json"),
        ("application/json;q=0, */*", GRAPHQL_JSON),
    ],
)
async def test_accept_chooses_the_media_type(client: httpx.AsyncClient, accept: str | None, media_type: str) -> None:
    response = await post(client, "{ hello }", accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["data"] == {"hello": "hello world"}


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0", "application/json;charset=gbk"])
async def test_no_acceptable_media_type_is_406(client: httpx.AsyncClient, accept: str) -> None:
    response = await post(client, "{ hello }", accept)
    assert (response.status_code, only_error(response)) == (406, ("NOT_ACCEPTABLE", "Accept"))
    assert JOURNAL.visits == []


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ hello", {}, "GRAPHQL_PARSE_FAILED"),
        ('{ hello(name: "' + NUMBER, {}, "GRAPHQL_PARSE_FAILED"),
        ('{ "' + NUMBER + '" }', {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ a" + NUMBER + " }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ('{ first(first: "' + NUMBER + '") }', {}, "BAD_USER_INPUT"),
        ("query($n: Int!) { first(first: $n) }", {"n": NUMBER}, "BAD_USER_INPUT"),
        ("query($n: Int!) { first(first: $n) }", {"n": [NUMBER]}, "BAD_USER_INPUT"),
        ("query($n: Int!) { first(first: $n) }", {"n": 330302197511209041}, "BAD_USER_INPUT"),
        ("query($n: Int!) { first(first: $n) }", {}, "BAD_USER_INPUT"),
        ("query($t: Town) { first(first: 1, town: $t) }", {"t": NUMBER}, "BAD_USER_INPUT"),
        ("{ first(first: 1, town: NOWHERE) }", {}, "BAD_USER_INPUT"),
        ("query($d: Date!) { born(on: $d) }", {"d": NUMBER}, "BAD_USER_INPUT"),
        ('{ born(on: "' + NUMBER + '") }', {}, "BAD_USER_INPUT"),
        ("query($n: CitizenNumber!) { person(number: $n) }", {"n": NUMBER}, "NUMBER_INVALID"),
        ('{ person(number: "' + NUMBER + '") }', {}, "NUMBER_INVALID"),
    ],
)
async def test_a_request_that_cannot_run_is_400_or_200_by_media_type(
    client: httpx.AsyncClient, query: str, variables: dict[str, object], code: str
) -> None:
    newer = await post(client, query, GRAPHQL_JSON, variables=variables)
    older = await post(client, query, "application/json", variables=variables)
    assert (newer.status_code, only_error(newer)[0]) == (400, code)
    assert (older.status_code, only_error(older)[0]) == (200, code)
    assert "data" not in newer.json()


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [("{\n  hello(", 2, 9), ("{\n  hello\n  nothing\n}", 3, 3), ('{ first(first: "x") }', 1, 16)],
)
async def test_an_error_of_the_document_names_line_and_column(
    client: httpx.AsyncClient, query: str, line: int, column: int
) -> None:
    response = await post(client, query)
    assert response.json()["errors"][0]["locations"] == [{"line": line, "column": column}]


async def test_the_message_of_a_bad_value_names_the_place_and_what_fits(client: httpx.AsyncClient) -> None:
    response = await post(client, "query($n: Int!) { first(first: $n) }", variables={"n": "seven"})
    (error,) = response.json()["errors"]
    assert error["message"] == "Variable '$n' has invalid value: Int cannot represent non-integer value: (hidden)"


async def test_a_problem_of_a_field_keeps_code_place_and_city(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ hello away }")
    body = response.json()
    assert response.status_code == 200
    assert body["data"] == {"hello": "hello world", "away": None}
    assert body["errors"] == [
        {
            "message": "wenzhou does not answer",
            "locations": [{"line": 1, "column": 9}],
            "path": ["away"],
            "extensions": {
                "code": "REGISTRY_UNAVAILABLE",
                "requestId": response.headers["tongban-request-id"],
                "place": "person",
                "city": "wenzhou",
            },
        }
    ]


async def test_a_crash_in_a_nullable_field_tells_only_an_id(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ hello crash }")
    assert (response.status_code, only_error(response)) == (200, ("INTERNAL", None))
    assert response.json()["errors"][0]["message"] == "internal error"
    assert response.json()["data"] == {"hello": "hello world", "crash": None}


async def test_a_crash_in_a_required_field_has_null_data_and_200(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ crashRequired }")
    assert (response.status_code, only_error(response)) == (200, ("INTERNAL", None))
    assert response.json()["data"] is None


async def test_a_crash_outside_of_graphql_is_a_typed_500(client: httpx.AsyncClient) -> None:
    response = await client.get("/broken")
    assert (response.status_code, only_error(response)) == (500, ("INTERNAL", None))


async def test_extensions_of_the_visit_are_in_the_answer(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ hello }")
    assert response.json()["extensions"] == {"requestSeen": response.headers["tongban-request-id"]}


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/graphql", "application/json;charset=gbk"],
)
async def test_only_json_bodies_in_utf8(client: httpx.AsyncClient, content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await client.post("/graphql", content=b'{"query":"{hello}"}', headers=headers)
    assert (response.status_code, only_error(response)) == (415, ("UNSUPPORTED_MEDIA_TYPE", "Content-Type"))


async def test_a_compressed_body_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    response = await client.post("/graphql", content=b"...", headers=headers)
    assert (response.status_code, only_error(response)) == (415, ("UNSUPPORTED_MEDIA_TYPE", "Content-Encoding"))


async def test_utf8_is_understood_and_answered(client: httpx.AsyncClient) -> None:
    headers = {"content-type": 'application/json; charset="UTF-8"'}
    content = '{"query":"query($n:String!){hello(name:$n)}","variables":{"n":"义乌"}}'.encode()
    response = await client.post("/graphql", content=content, headers=headers)
    assert response.json()["data"] == {"hello": "hello 义乌"}


@pytest.mark.parametrize(
    ("content", "code", "place"),
    [
        (b"", "BAD_JSON", "body"),
        (b"{", "BAD_JSON", "body"),
        (b"\xff\xfe", "BAD_JSON", "body"),
        (b'{"query":"{hello}","variables":{"a":NaN}}', "BAD_JSON", "body"),
        (b'{"query":"{hello}","variables":{"a":"\\ud800"}}', "BAD_JSON", "body"),
        (b"[" * 15_000, "BAD_JSON", "body"),
        (b'[{"query":"{hello}"}]', "BATCH_NOT_SUPPORTED", "body"),
        (b"[]", "BATCH_NOT_SUPPORTED", "body"),
        (b'"{hello}"', "BAD_REQUEST", "body"),
        (b"null", "BAD_REQUEST", "body"),
        (b"{}", "BAD_REQUEST", "query"),
        (b'{"query":null}', "BAD_REQUEST", "query"),
        (b'{"query":" "}', "BAD_REQUEST", "query"),
        (b'{"query":{"a":1}}', "BAD_REQUEST", "query"),
        (b'{"query":"{hello}","operationName":1}', "BAD_REQUEST", "operationName"),
        (b'{"query":"{hello}","variables":[]}', "BAD_REQUEST", "variables"),
        (b'{"query":"{hello}","variables":"{}"}', "BAD_REQUEST", "variables"),
        (b'{"query":"{hello}","extensions":1}', "BAD_REQUEST", "extensions"),
        (b'{"query":"{hello}","variables":{"a":["x\\u0000"]}}', "BAD_REQUEST", "variables"),
        (b'{"query":"{hello(name:\\"\\\\u0000\\")}"}', "BAD_REQUEST", "query"),
    ],
)
@pytest.mark.parametrize("accept", [GRAPHQL_JSON, "application/json"])
async def test_a_malformed_request_is_400_in_both_media_types(
    client: httpx.AsyncClient, content: bytes, code: str, place: str, accept: str
) -> None:
    headers = {"content-type": "application/json", "accept": accept}
    response = await client.post("/graphql", content=content, headers=headers)
    assert (response.status_code, only_error(response)) == (400, (code, place))
    assert JOURNAL.visits == []


async def test_nulls_and_unknown_members_are_tolerated(client: httpx.AsyncClient) -> None:
    response = await post(client, "{ hello }", variables=None, operationName=None, extensions=None, unheardOf=[1])
    assert response.status_code == 200
    assert (await post(client, "{ hello }", operationName="")).status_code == 200


async def test_a_body_over_the_limit_is_413_whether_declared_or_streamed(client: httpx.AsyncClient) -> None:
    large = b'{"query":"' + b" " * 30_000 + b'{hello}"}'

    async def streamed() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 1000):
            yield large[start : start + 1000]

    headers = {"content-type": "application/json"}
    declared = await client.post("/graphql", content=large, headers=headers)
    undeclared = await client.post("/graphql", content=streamed(), headers=headers)
    assert (declared.status_code, only_error(declared)) == (413, ("BODY_TOO_LARGE", "body"))
    assert (undeclared.status_code, only_error(undeclared)) == (413, ("BODY_TOO_LARGE", "body"))


async def test_a_five_megabyte_body_gets_its_answer(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", content=b"x" * 5_000_000, headers={"content-type": "application/json"})
    assert (response.status_code, only_error(response)) == (413, ("BODY_TOO_LARGE", "body"))
    assert (await post(client, "{ hello }")).status_code == 200


async def test_several_operations_need_a_name_and_none_runs_without(client: httpx.AsyncClient) -> None:
    for accept in (GRAPHQL_JSON, "application/json"):
        response = await post(client, TWO, accept)
        assert (response.status_code, only_error(response)) == (400, ("OPERATION_NAME_REQUIRED", "operationName"))
    two_mutations = 'mutation A { note(text: "a") } mutation B { note(text: "b") }'
    assert (await post(client, two_mutations)).status_code == 400
    assert (JOURNAL.visits, JOURNAL.notes) == ([], [])


async def test_a_named_operation_runs_alone(client: httpx.AsyncClient) -> None:
    assert (await post(client, TWO, operationName="A")).json()["data"] == {"hello": "hello world"}
    assert JOURNAL.notes == []
    assert (await post(client, TWO, operationName="B")).json()["data"] == {"note": "ran"}
    assert JOURNAL.notes == ["ran"]


@pytest.mark.parametrize("query", [TWO, "{ hello }", "fragment F on Query { hello }"])
async def test_an_unknown_operation_is_400(client: httpx.AsyncClient, query: str) -> None:
    response = await post(client, query, operationName="C")
    assert (response.status_code, only_error(response)[0]) == (400, "OPERATION_NOT_FOUND")
    assert JOURNAL.visits == []


async def test_a_subscription_is_refused_here(client: httpx.AsyncClient) -> None:
    response = await post(client, "subscription { ticks }")
    assert (response.status_code, only_error(response)) == (400, ("SUBSCRIPTION_NOT_SUPPORTED", "query"))


async def test_a_query_by_get(client: httpx.AsyncClient) -> None:
    parameters = {"query": "query($n:String!){hello(name:$n)}", "variables": '{"n":"义乌"}', "operationName": ""}
    response = await client.get("/graphql", params=parameters)
    assert (response.status_code, response.json()["data"]) == (200, {"hello": "hello 义乌"})


async def test_a_mutation_by_get_is_405_and_does_nothing(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": 'mutation { note(text: "x") }'})
    assert (response.status_code, only_error(response)) == (405, ("METHOD_NOT_ALLOWED", None))
    assert response.headers["allow"] == "POST"
    named = await client.get("/graphql", params={"query": TWO, "operationName": "B"})
    assert named.status_code == 405
    assert JOURNAL.notes == []


@pytest.mark.parametrize(
    "url",
    [
        "?query=" + quote('{person(number:"' + NUMBER + '")}'),
        "?query={hello}&variables=" + quote('{"n":"' + NUMBER + '"}'),
        "?query={hello}&variables=" + quote('{"n":["\\u0033' + NUMBER[1:] + '"]}'),
        "?query={hello}&anything=" + quote(" 330302 19751120 904x"),
        "?query={hello}&anything=%EF%BC%9330302197511209041",
        "?query={hello}&anything=" + quote(" 33 0302\u30001975\n1120 904x"),
        "?query={hello}%23" + quote("33 0302 1975 1120 904X"),
        "?query=" + quote('{person(number:"33 0302 1975 1120 904X")}'),
        "?query=" + quote('{person(number:"\\u0033\\u00330302 1975 1120 904X")}'),
        "?query=" + quote('{person(number:"""330302\n19751120\n904X""")}'),
        "?query=" + quote("{person(number:330302197511209041)}"),
        "?query=" + quote('{person(number:"330302 751120\t904")}'),
        "?query=" + quote('{hello(name:"of ３３0302 1975 1120 904x?")}'),
        "?query=" + quote("query($n:CitizenNumber!){person(number:$n)}") + "&variables={}",
        "?query={hello}&variables=" + quote('{"n":{"\\u0033\\u0033 0302 1975 1120 904X":1}}'),
        "?query={hello}&variables=" + quote('{"n":"\\u003330302\\n751120904"}'),
        "?query={hello}&extensions=" + quote('{"n":"\\u00333\\t0302 1975 1120 904X"}'),
    ],
    ids=lambda _: "url",
)
async def test_a_citizen_number_in_a_url_is_refused(client: httpx.AsyncClient, url: str) -> None:
    response = await client.get("/graphql" + url)
    assert (response.status_code, only_error(response)) == (400, ("NUMBER_IN_URL", "url"))
    assert JOURNAL.visits == []


@pytest.mark.parametrize(
    "name", ["330782001000", "2021-06-01T08:00:00.000Z", "5f0c7c64-6f0e-4a55-9d9c-0c6f4a3b2e1d", "1234567890123456"]
)
async def test_other_digits_may_travel_in_a_url(client: httpx.AsyncClient, name: str) -> None:
    written = await client.get("/graphql", params={"query": f'{{hello(name:"{name}")}}'})
    assert written.json()["data"] == {"hello": f"hello {name}"}
    parameters = {"query": "query($n:String!){hello(name:$n)}", "variables": json.dumps({"n": name})}
    assert (await client.get("/graphql", params=parameters)).json()["data"] == {"hello": f"hello {name}"}


@pytest.mark.parametrize(
    ("url", "code", "place"),
    [
        ("", "BAD_REQUEST", "query"),
        ("?query={hello}&query={hello}", "BAD_REQUEST", "url"),
        ("?query={hello}&variables={", "BAD_JSON", "variables"),
        ("?query={hello}&variables=[]", "BAD_REQUEST", "variables"),
        ("?query=%ff", "BAD_REQUEST", "url"),
    ],
)
async def test_a_malformed_get_is_400(client: httpx.AsyncClient, url: str, code: str, place: str) -> None:
    response = await client.get("/graphql" + url)
    assert (response.status_code, only_error(response)) == (400, (code, place))


async def test_other_methods(client: httpx.AsyncClient) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        response = await client.request(method, "/graphql")
        assert (response.status_code, only_error(response)) == (405, ("METHOD_NOT_ALLOWED", None))
        assert response.headers["allow"] == "GET, POST, OPTIONS"
    assert (await client.head("/graphql")).status_code == 405
    options = await client.options(
        "/graphql", headers={"origin": "http://elsewhere", "access-control-request-method": "POST"}
    )
    assert (options.status_code, options.headers["allow"]) == (204, "GET, POST, OPTIONS")


async def test_no_other_origin_is_let_in(client: httpx.AsyncClient) -> None:
    for response in (
        await client.options("/graphql", headers={"origin": "http://elsewhere"}),
        await client.post("/graphql", json={"query": "{ hello }"}, headers={"origin": "http://elsewhere"}),
    ):
        assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_purpose_workstation_and_deadline_reach_the_visit(client: httpx.AsyncClient) -> None:
    headers = {"tongban-purpose": "D02", "tongban-workstation": "yiwu-3", "tongban-timeout-ms": "500"}
    headers |= {"tongban-debug": "cities"}
    now = asyncio.get_running_loop().time()
    await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    (visit,) = JOURNAL.visits
    assert visit.purpose is not None
    assert (visit.purpose.code, visit.workstation, visit.tells_cities) == ("D02", "yiwu-3", True)
    assert 0.4 < visit.deadline - now < 5


async def test_without_headers_the_visit_has_none_of_them(client: httpx.AsyncClient) -> None:
    await post(client, "{ hello }")
    (visit,) = JOURNAL.visits
    assert (visit.purpose, visit.workstation, visit.tells_cities) == (None, None, False)


async def test_a_client_cannot_lengthen_the_deadline(client: httpx.AsyncClient) -> None:
    now = asyncio.get_running_loop().time()
    await client.post("/graphql", json={"query": "{ hello }"}, headers={"tongban-timeout-ms": "99999999"})
    assert JOURNAL.visits[0].deadline - now < 15


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Tongban-Purpose", "because", "BAD_PURPOSE"),
        ("Tongban-Purpose", NUMBER, "BAD_PURPOSE"),
        ("Tongban-Workstation", "a b", "BAD_HEADER"),
        ("Tongban-Workstation", NUMBER, "BAD_HEADER"),
        ("Tongban-Timeout-Ms", "soon", "BAD_HEADER"),
        ("Tongban-Timeout-Ms", "0", "BAD_HEADER"),
        ("Tongban-Timeout-Ms", "-5", "BAD_HEADER"),
        ("Tongban-Debug", "everything", "BAD_HEADER"),
    ],
)
async def test_a_header_that_does_not_fit_is_400(client: httpx.AsyncClient, name: str, value: str, code: str) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={name: value})
    assert (response.status_code, only_error(response)) == (400, (code, name))


async def test_a_request_past_its_deadline_is_a_typed_504(client: httpx.AsyncClient) -> None:
    begun = asyncio.get_running_loop().time()
    response = await client.post("/graphql", json={"query": "{ never }"}, headers={"tongban-timeout-ms": "20"})
    assert asyncio.get_running_loop().time() - begun < 2
    assert (response.status_code, only_error(response)) == (504, ("DEADLINE_EXCEEDED", None))


async def test_a_wrong_token_is_401_before_anything_runs(client: httpx.AsyncClient) -> None:
    headers = {"authorization": "Bearer nonsense"}
    response = await client.post("/graphql", json={"query": 'mutation { note(text: "x") }'}, headers=headers)
    assert (response.status_code, only_error(response)) == (401, ("UNAUTHENTICATED", "Authorization"))
    assert response.json()["errors"][0]["extensions"]["reason"] == "TOKEN_MALFORMED"
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert (JOURNAL.visits, JOURNAL.notes) == ([], [])


async def test_the_printed_schema_is_served_as_text(client: httpx.AsyncClient) -> None:
    response = await client.get("/schema.graphql")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "scalar CitizenNumber" in response.text


async def test_every_answer_carries_its_own_id_of_letters(client: httpx.AsyncClient) -> None:
    ids = {(await client.get(path)).headers["tongban-request-id"] for path in ("/graphql", "/nothing", "/metrics")}
    assert len(ids) == 3
    assert all(len(request_id) == 20 and request_id.isalpha() for request_id in ids)
