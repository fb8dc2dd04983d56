"""The API's caller."""

from datetime import datetime
from typing import Any

from werkzeug.test import TestResponse

from shared.api.app import create_app
from shared.services import Services
from shared.web.authentication import FirebaseTokens
from tests.support.shop import NOW, ORG
from tests.support.tokens import bearer, unsigned_token


class Dashboard:
    """Calls the API; as an account of the organisation unless claims say otherwise."""

    def __init__(self, services: Services, project_id: str, now: datetime = NOW) -> None:
        self.app = create_app(services, FirebaseTokens(project_id), clock=lambda: now)
        self._services = services
        self._project_id = project_id

    def at(self, now: datetime) -> "Dashboard":
        """The same at another time."""
        return Dashboard(self._services, self._project_id, now)

    def token(self, *, uid: str = "user_1", **claims: Any) -> str:
        """An ID token; of a dispensary's staff at the organisation unless claims say otherwise."""
        return unsigned_token(
            self._project_id, uid, **{"role": "dispensary_staff", "orgId": ORG, **claims}
        )

    def call(
        self,
        path: str,
        query: dict[str, Any] | str | None = None,
        *,
        method: str = "GET",
        token: str | None = None,
        headers: dict[str, str] | None = None,
        json: Any = None,
        data: bytes | str | None = None,
        **claims: Any,
    ) -> TestResponse:
        """The answer, whatever it is. The body is `json`, or `data` as it is."""
        return self.app.test_client().open(
            path,
            method=method,
            query_string=query,
            json=json,
            data=data,
            headers={**bearer(token or self.token(**claims)), **(headers or {})},
        )

    def get(self, path: str, query: dict[str, Any] | str | None = None, **claims: Any) -> Any:
        """The content of an answer that must be 200."""
        response = self.call(path, query, **claims)
        assert response.status_code == 200, response.text
        assert response.mimetype == "application/json"
        return response.json


def assert_problem(
    response: TestResponse,
    status: int,
    kind: str,
    parameters: list[str] | None = None,
    *,
    pointers: list[str] | None = None,
) -> dict[str, Any]:
    """The answer is this problem, in the documented form; gives its content."""
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    problem: dict[str, Any] = response.get_json(force=True)
    assert list(problem) == ["type", "title", "status", "detail", "instance", "errors"]
    assert problem["type"] == f"urn:segments:problem:{kind}"
    assert problem["status"] == status
    named = [(error["parameter"], error["pointer"]) for error in problem["errors"]]
    expected: list[tuple[str | None, str | None]] = [(name, None) for name in parameters or []]
    assert named == expected + [(None, pointer) for pointer in pointers or []]
    assert response.headers["Cache-Control"] == "no-store"
    return problem
