"""The API as the demo calls it, and the same calls as lines to paste into a shell."""

from __future__ import annotations

import json
import shlex
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CALL = (
    'call() { curl -s -H "Authorization: Bearer $TOKEN" '
    "-H 'Content-Type: application/json' \"$@\"; }"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The API of a running stack, for one signed-in account."""

    url: str
    token: str = field(repr=False)

    def get(self, path: str) -> dict[str, Any]:
        """Return the API's answer. Raises HTTPError for anything but a success."""
        return self._call(path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the API's answer to a body. Raises HTTPError for anything but a success."""
        return self._call(path, json.dumps(body).encode())

    def setup(self) -> list[str]:
        """Lines for a shell that set TOKEN and API, and make `call` a call of the API."""
        return [f"TOKEN={self.token}", f"API={self.url}", CALL]

    def _call(self, path: str, body: bytes | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
            return answer


def line(path: str, body: Mapping[str, Any] | None = None) -> str:
    """A call as a line for a shell that has been set up. The path holds nothing to be quoted."""
    data_arguments = [] if body is None else ["-d", shlex.quote(json.dumps(body))]
    return " ".join(["call", *data_arguments, f'"$API{path}"'])
