"""A browser: REST calls to the Firestore emulator, under the rules, signed in or anonymous."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import urllib3

OK = 200
FORBIDDEN = 403

CONNECTIONS = 8
"""Calls that a browser can have under way at once."""

Claims = Mapping[str, object]


class Browser:
    """Somebody with these claims in the ID token; nobody signed in where they are None.

    Every operation returns the HTTP status that the emulator answered with.
    """

    def __init__(self, emulator: str, project: str, claims: Claims | None) -> None:
        """`emulator` is its host and port."""
        self._documents = f"/v1/projects/{project}/databases/(default)/documents"
        token = None if claims is None else f"Bearer {unsigned_token(project, claims)}"
        self._connections = urllib3.connection_from_url(
            f"http://{emulator}",
            maxsize=CONNECTIONS,
            headers={"Authorization": token} if token else {},
        )

    def get(self, collection: str, id: str) -> int:
        """Read one document."""
        return self._status("GET", f"/{collection}/{id}")

    def list(self, collection: str) -> int:
        """Read a whole collection."""
        return self._status("GET", f"/{collection}")

    def query(self, collection: str, *, everywhere: bool = False) -> int:
        """Run an ordered query; `everywhere` looks in all collections of that name."""
        parent, _, name = f"/{collection}".rpartition("/")
        source = {"collectionId": name, "allDescendants": everywhere}
        order = {"field": {"fieldPath": "number"}, "direction": "DESCENDING"}
        query = {"from": [source], "orderBy": [order]}
        return self._status(
            "POST", f"{'' if everywhere else parent}:runQuery", {"structuredQuery": query}
        )

    def count(self, collection: str) -> int:
        """Count a collection."""
        parent, _, name = f"/{collection}".rpartition("/")
        query = {
            "structuredQuery": {"from": [{"collectionId": name}]},
            "aggregations": [{"alias": "n", "count": {}}],
        }
        return self._status(
            "POST", f"{parent}:runAggregationQuery", {"structuredAggregationQuery": query}
        )

    def create(self, collection: str, id: str) -> int:
        """Write a document that does not exist; its id is made from `id`."""
        return self._status("POST", f"/{collection}?documentId=new-{id}", _CONTENT)

    def update(self, collection: str, id: str) -> int:
        """Change a document that exists."""
        return self._status("PATCH", f"/{collection}/{id}?updateMask.fieldPaths=number", _CONTENT)

    def delete(self, collection: str, id: str) -> int:
        """Delete a document that exists."""
        return self._status("DELETE", f"/{collection}/{id}")

    def _status(self, method: str, path: str, body: Any = None) -> int:
        response = self._connections.request(method, self._documents + path, json=body)
        # An error of a streamed answer comes in a list.
        answer: Any = response.json()
        error = (answer[0] if isinstance(answer, list) else answer).get("error")
        return error["code"] if error else response.status


Operation = Callable[[Browser, str, str], int]
"""Something done in a collection, to the document of an id where it concerns only one."""

READS: Mapping[str, Operation] = MappingProxyType(
    {
        "get": Browser.get,
        "list": lambda browser, collection, _: browser.list(collection),
    }
)
WRITES: Mapping[str, Operation] = MappingProxyType(
    {"create": Browser.create, "update": Browser.update, "delete": Browser.delete}
)
OPERATIONS: Mapping[str, Operation] = MappingProxyType({**READS, **WRITES})

_CONTENT = {"fields": {"number": {"integerValue": "2"}}}


CoverageReport = list[dict[str, Any]]
"""The deciding expressions of the rules, each with its parts and the results so far."""


def coverage_report(emulator: str, project: str) -> CoverageReport:
    """Return the coverage of the rules in a project so far. Takes seconds after many calls."""
    response = urllib3.request(
        "GET",
        f"http://{emulator}/emulator/v1/projects/{project}:ruleCoverage",
        timeout=120,
        retries=False,
    )
    assert response.status == OK, response.data
    report: CoverageReport = response.json()["report"]
    return report


def line_results(report: CoverageReport) -> dict[int, set[bool]]:
    """Return the results of the conditions on each line of the rules."""
    actual: dict[int, set[bool]] = {}
    for expression in report:
        results = actual.setdefault(expression["sourcePosition"]["line"], set())
        results |= {entry["value"].get("boolValue") for entry in expression.get("values", ())}
    return actual


def expression_values(report: CoverageReport) -> Iterator[tuple[str, list[Any]]]:
    """Yield every expression of the rules and every part of one: its place, and its results.

    A skipped part, such as one after `false &&`, has no results.
    """
    pending = list(report)
    while pending:
        expression = pending.pop()
        pending += expression.get("children", ())
        position = expression["sourcePosition"]
        where = f"line {position['line']} column {position['column']}"
        values = [entry["value"] for entry in expression.get("values", ())]
        yield where, [next(iter(value.values())) for value in values if value]


def unsigned_token(project: str, claims: Claims) -> str:
    """An ID token as the emulator takes it: any claims, and nobody vouches for them."""
    now = int(time.time())
    header = {"alg": "none", "typ": "JWT"}
    payload = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": "somebody",
        "user_id": "somebody",
        "iat": now,
        "auth_time": now,
        "exp": now + 3600,
        "firebase": {"sign_in_provider": "password", "identities": {}},
        **claims,
    }
    return f"{_encoded(header)}.{_encoded(payload)}."


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
