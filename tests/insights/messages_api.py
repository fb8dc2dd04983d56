"""A server on this machine that speaks Anthropic's Messages API, as far as it is called here."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from shared.insights.claude import Claude, ClaudeOptions

Texts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of the server."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0


Script = Callable[["Request"], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came over the wire."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def prompt(self) -> Mapping[str, Any]:
        """Return the prompt, which is JSON."""
        (message,) = self.body["messages"]
        asked: Mapping[str, Any] = json.loads(message["content"])
        return asked

    @property
    def text(self) -> str:
        """Everything that was sent."""
        return json.dumps(self.body, ensure_ascii=False) + json.dumps(dict(self.headers))


@dataclass(slots=True)
class MessagesApi:
    """Requests to the server, and its answers."""

    url: str
    script: list[Answer | Script] = field(default_factory=list)
    """Used one after the other, the last one again and again."""
    requests: list[Request] = field(default_factory=list)

    def answers(self, *script: Answer | Script) -> None:
        """Answer so from now on."""
        self.script[:] = script

    def next(self, request: Request) -> Answer:
        """The answer to a request."""
        self.requests.append(request)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return step if isinstance(step, Answer) else step(request)


def message(
    text: str, *, stop_reason: str = "end_turn", usage: Mapping[str, int] | None = None
) -> Answer:
    """A message of the model."""
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": usage
        or {
            "input_tokens": 300,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 1500,
            "output_tokens": 120,
        },
    }
    return Answer(body=json.dumps(body).encode(), headers={"content-type": "application/json"})


def worded(texts: Texts) -> Answer:
    """A message that words these texts."""
    items = [{"id": id, **parts} for id, parts in texts.items()]
    return message(json.dumps({"texts": items}))


def error(status: int, kind: str, **headers: str) -> Answer:
    """An error as the API words it."""
    body = {"type": "error", "error": {"type": kind, "message": "no"}, "request_id": "req_1"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps(body).encode(), headers=named)


@contextmanager
def messages_api() -> Iterator[MessagesApi]:
    """The server, on a port of its own, until the block ends."""
    ended = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            request = Request(
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=json.loads(self.rfile.read(length)),
            )
            answer = api.next(request)
            if answer.delay_seconds:
                ended.wait(answer.delay_seconds)
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
            except (BrokenPipeError, ConnectionResetError):
                return  # The caller did not wait.

        def log_message(self, format: str, *arguments: Any) -> None:
            """Log nothing: tests read the requests from `requests`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api = MessagesApi(url=f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def claude_at(
    api: MessagesApi,
    *,
    key: str = "key",
    timeout_seconds: int = 5,
    sleep: Callable[[float], None] = lambda seconds: None,
) -> Claude:
    """Anthropic's real library over the server. It does not wait before it tries again."""
    options = ClaudeOptions(model="claude-test", effort="low", timeout_seconds=timeout_seconds)
    return Claude(key, options, base_url=api.url, sleep=sleep)


def echo(request: Request) -> Answer:
    """Words every text faithfully: each slot that says something by itself, and nothing else."""
    texts = {}
    for text in request.prompt["texts"]:
        alone = [slot for slot in text["slots"] if slot.endswith((":phrase]]", ":name]]"))]
        texts[text["id"]] = {
            part: alone[0] if part == "headline" else f"See {alone[-1]}." for part in text["write"]
        }
    return worded(texts)


def slowly(seconds: float) -> Answer:
    """An answer that takes a while."""
    return Answer(status=200, body=b"{}", delay_seconds=seconds)
