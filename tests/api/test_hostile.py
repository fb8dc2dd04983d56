"""Whatever callers send, the answer is a documented one and never a failure."""

import json
import re
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.support.dashboard import Dashboard
from tests.support.description import api_document
from tests.support.examples import examples
from tests.support.shop import Shop, days_ago, item, key_of
from tests.support.tokens import bearer
from tests.web.notes import register_notes

PATHS = [
    "/v1/health",
    "/v1/openapi.json",
    "/v1/segments",
    "/v1/segments/suggestions",
    "/v1/settings/thresholds/recommendation",
    "/v1/customers",
    f"/v1/customers/{key_of('ada@example.org')}",
    "/v1/analytics/overview",
    "/v1/segments/history",
    f"/v1/customers/{key_of('ada@example.org')}/timeline",
    "/v1/analytics/transitions",
    "/v1/analytics/transitions/customers",
]
NAMES = [
    *("org", "segment", "risk", "search", "sort", "order", "format", "pageSize", "pageToken"),
    *("lastOrderFrom", "lastOrderTo", "minTotalSpent", "maxTotalSpent"),
    *("at", "from", "to", "basis", "interval", "fromSegment", "toSegment"),
]


@pytest.fixture
def api(dashboard: Dashboard, shop: Shop) -> Dashboard:
    """The API over a few orders, so that mistakes would show."""
    for number in range(3):
        shop.order("ada@example.org", 10, at=days_ago(20 * number), items=[item("p1", 10)])
        shop.order(f"p{number}@example.org", 300, at=days_ago(number))
    return dashboard


NEAR_MISSES = [
    *("", " ", "\x00", "null", "0", "-1", "1", "2e308", "NaN", "[]", "{}", "%00", "a/b"),
    *("csv", "json", "displayName", "cs_0123456789ab", "low", "0001-01-01", "9999-12-31", "1.00"),
    *("vip", "VIP", "at-risk", "desc", "asc", "totalSpent", "__name__"),
    *("org_green", "org_other", "../org_other", "W10.x", "e30.", "." * 50, "9" * 500),
    *("2026-11-01", "2026-11-23", "2026-11-01T00:00:00Z", "0001-01-01", "9999-12-31", "recorded"),
    *("restated", "none", "month", "2026-02-30", "2026-11-01T00:00:00", "20261101", "2026-W01-1"),
    *("٣", "\ud7ff", "\U0010ffff", "' OR 1=1 --", "${jndi:x}"),
]
near_misses = st.sampled_from(NEAR_MISSES)
values = near_misses | st.text(max_size=40) | st.binary(max_size=20)
names = st.sampled_from(NAMES) | near_misses | st.text(max_size=10)


def encoded(part: str | bytes) -> str:
    raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
    return quote_from_bytes(raw, safe="")


quick = settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class TestParameters:
    """Every query parameter of every route, given anything at all."""

    @quick
    @given(
        path=st.sampled_from(PATHS),
        query=st.lists(st.tuples(names, values), max_size=4),
        role=st.sampled_from(["brand", "super_user"]),
    )
    def test_they_are_never_a_failure(
        self, api: Dashboard, path: str, query: list[tuple[str, Any]], role: str
    ) -> None:
        text = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in query)

        response = api.call(path, text, role=role)

        assert response.status_code in (200, 400, 404), (text, response.text)
        if response.status_code != 200:
            assert response.mimetype == "application/problem+json"

    @quick
    @given(text=st.text(alphabet="&=%;+#?/\\.azAZ09\t[]{}", max_size=60))
    def test_nor_is_text_that_is_no_query(self, api: Dashboard, text: str) -> None:
        assert api.call("/v1/customers", text).status_code in (200, 400, 404)

    @quick
    @given(key=values)
    def test_nor_is_any_path(self, api: Dashboard, key: str | bytes) -> None:
        assert api.call(f"/v1/customers/{encoded(key)}").status_code in (200, 404)

    @quick
    @given(token=st.text(alphabet=st.characters(codec="latin-1", exclude_characters="\r\n")))
    def test_nor_is_any_token(self, api: Dashboard, token: str) -> None:
        response = api.app.test_client().get("/v1/segments", headers=bearer(token))

        assert response.status_code == 401

    @quick
    @given(
        claims=st.dictionaries(
            st.sampled_from(["role", "orgId", "brandId", "currentOrgId", "approvalStatus"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=5) | near_misses,
                lambda inner: st.lists(inner, max_size=2),
                max_leaves=3,
            ),
        )
    )
    def test_nor_are_any_claims(self, api: Dashboard, claims: dict[str, Any]) -> None:
        assert api.call("/v1/segments", **claims).status_code in (200, 403)


bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | near_misses | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(near_misses | st.text(max_size=8), inner)
    ),
    max_leaves=8,
)
texts = st.text(alphabet='{}[]",:\\0123456789eE+-.truefalsnd \n', max_size=60)


def writes() -> list[tuple[str, str]]:
    """Method and path of every route that takes a body."""
    paths = api_document()["paths"]
    return [("POST", "/v1/notes"), ("PUT", "/v1/notes/n:1")] + [
        (method.upper(), re.sub(r"\{\w+\}", "x", path))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "requestBody" in operation
    ]


class TestBodies:
    """Every route that takes a body, given anything at all."""

    @quick
    @given(
        write=st.sampled_from(writes()),
        body=bodies.map(json.dumps) | texts | st.binary(max_size=40),
        media_type=st.sampled_from(["application/json"] * 4 + ["text/plain", "", "a;b=c/json"]),
        match=st.none() | near_misses.map(lambda value: encoded(value) or "*") | st.just('"1"'),
    )
    def test_they_are_never_a_failure(
        self,
        api: Dashboard,
        write: tuple[str, str],
        body: str | bytes,
        media_type: str,
        match: str | None,
    ) -> None:
        if "notes.create" not in api.app.view_functions:
            register_notes(api.app)
        headers = {"Content-Type": media_type} | ({"If-Match": match} if match else {})

        response = api.call(write[1], method=write[0], data=body, headers=headers)

        allowed = (200, 201, 204, 400, 404, 409, 412, 415, 422, 428)
        assert response.status_code in allowed, (write, body, response.text)
        if response.status_code >= 400:
            assert response.mimetype == "application/problem+json"


class Forwarder:
    """Stands for the app of whichever test is running."""

    app: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


library = Flask(__name__)


@library.get("/openapi.json")
def description() -> dict[str, Any]:
    """The API as the app under test answers it: at the root, whichever function it is for."""
    document = api_document()
    del document["servers"]
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("servers", None)
    return document


forwarder = Forwarder()
schema = schemathesis.openapi.from_wsgi("/openapi.json", library)
schema.app = forwarder
# The calls below bring a token, so one that is left out on purpose would be there all the same.
schema.config.generation.with_security_parameters = False


@schema.parametrize()
@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_answer_is_one_that_the_description_allows(
    case: schemathesis.Case[Any], api: Dashboard
) -> None:
    forwarder.app = api.app
    case.call_and_validate(
        # The library looks at answers as they come, compressed or not.
        headers={**bearer(api.token(role="super_user")), "Accept-Encoding": "identity"},
        # No schema can say which page tokens are signed and which ids name organisations.
        excluded_checks=[positive_data_acceptance],
    )
