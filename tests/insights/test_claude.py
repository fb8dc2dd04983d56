"""Anthropic's real library against a local server: the requests, and the handling of every kind of
answer.
"""

import hashlib
import json

import pytest

from shared.insights import claude, prompts
from shared.insights.claude import ATTEMPTS, MAX_WAIT_SECONDS, Claude
from shared.insights.wording import Fallback, Tokens, WriterAnswer, WriterError
from tests.insights.messages_api import (
    Answer,
    MessagesApi,
    claude_at,
    error,
    message,
    messages_api,
    slowly,
    worded,
)

KEY = "sk-ant-of-the-tests"
ANSWER = {"a": {"headline": "[[lost:phrase]]", "subtext": "See [[lost:phrase]]."}}


class Waits:
    """Records waits without waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def writer(
    claude_api: MessagesApi, waits: Waits | None = None, *, timeout_seconds: int = 20
) -> Claude:
    return claude_at(claude_api, key=KEY, timeout_seconds=timeout_seconds, sleep=waits or Waits())


def failure(claude_api: MessagesApi, waits: Waits | None = None) -> WriterError:
    with pytest.raises(WriterError) as raised:
        writer(claude_api, waits).write('{"texts": []}')
    return raised.value


def test_an_answer_comes_with_what_it_cost(claude_api: MessagesApi) -> None:
    claude_api.answers(worded(ANSWER))

    written = writer(claude_api).write('{"texts": []}')

    assert written == WriterAnswer(texts=ANSWER, tokens=Tokens(input=300, cached=1500, output=120))
    assert len(claude_api.requests) == 1


def test_the_request_on_the_wire(claude_api: MessagesApi) -> None:
    claude_api.answers(worded(ANSWER))

    writer(claude_api).write('{"texts": [{"id": "a"}]}')

    (request,) = claude_api.requests
    assert request.path == "/v1/messages"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "claude-test",
        "max_tokens": claude.MAX_TOKENS,
        "system": [
            {
                "type": "text",
                "text": prompts.prompt_text(),
                "cache_control": {"type": "ephemeral"},
            }
        ],
        "messages": [{"role": "user", "content": '{"texts": [{"id": "a"}]}'}],
        "output_config": {
            "effort": "low",
            "format": {"type": "json_schema", "schema": json.loads(json.dumps(claude.SCHEMA))},
        },
    }


def test_the_prefix_is_the_same_in_every_request(claude_api: MessagesApi) -> None:
    """Or nothing would ever be read from the cache."""
    claude_api.answers(worded(ANSWER))
    for prompt in ("{}", '{"texts": []}'):
        writer(claude_api).write(prompt)

    first, second = (request.body for request in claude_api.requests)
    assert first["system"] == second["system"]
    assert first["output_config"] == second["output_config"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (message("I would rather not.", stop_reason="refusal"), Fallback.REFUSAL),
        (message('{"texts": [{"id": "a", "hea', stop_reason="max_tokens"), Fallback.TRUNCATED),
        (message("Here you are: {}"), Fallback.INVALID_OUTPUT),
        (message("[]"), Fallback.INVALID_OUTPUT),
        (message('{"texts": "none"}'), Fallback.INVALID_OUTPUT),
        (message('{"texts": [], "more": 1}'), Fallback.INVALID_OUTPUT),
        (message('{"texts": [{"headline": "no id"}]}'), Fallback.INVALID_OUTPUT),
        (message('{"texts": [{"id": "a", "text": 5}]}'), Fallback.INVALID_OUTPUT),
        (message('{"texts": [{"id": "a"}, {"id": "a"}]}'), Fallback.INVALID_OUTPUT),
        (message("[" * 100_000), Fallback.INVALID_OUTPUT),
        (message(json.dumps({"texts": []}) + " " * 300_000), Fallback.INVALID_OUTPUT),
        (message('{"texts": []}', stop_reason="tool_use"), Fallback.INVALID_OUTPUT),
    ],
    ids=lambda value: value if isinstance(value, str) else "answer",
)
def test_an_answer_that_cannot_be_used_says_why_and_what_it_cost(
    claude_api: MessagesApi, answer: Answer, reason: Fallback
) -> None:
    claude_api.answers(answer)

    actual = failure(claude_api)

    assert actual.reason is reason
    assert actual.tokens == Tokens(input=300, cached=1500, output=120)
    assert len(claude_api.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>proxy</html>",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"content": 5}',
        b'{"content": [], "usage": {}}',
        b'{"content": [{"type": "text"}], "usage": {"input_tokens": "x", "output_tokens": 1}}',
        b'{"content": null, "stop_reason": "end_turn", "usage": null}',
        b"\xff\xfe\x00",
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_garbage_is_no_answer(claude_api: MessagesApi, body: bytes, kind: str) -> None:
    claude_api.answers(Answer(body=body, headers={"content-type": kind}))

    assert failure(claude_api).reason is Fallback.INVALID_OUTPUT


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error(429, "rate_limit_error"), Fallback.RATE_LIMITED),
        (error(529, "overloaded_error"), Fallback.OVERLOADED),
        (error(500, "api_error"), Fallback.API_ERROR),
        (error(503, "api_error"), Fallback.API_ERROR),
        (error(504, "timeout_error"), Fallback.TIMEOUT),
        (Answer(status=502, body=b"<html>bad gateway</html>"), Fallback.API_ERROR),
    ],
)
def test_what_may_be_over_in_a_moment_is_tried_once_more(
    claude_api: MessagesApi, answer: Answer, reason: Fallback
) -> None:
    claude_api.answers(answer)
    waits = Waits()

    assert failure(claude_api, waits).reason is reason

    assert len(claude_api.requests) == ATTEMPTS
    assert waits.seconds == [claude.WAIT_SECONDS]


@pytest.mark.parametrize("answer", [error(429, "rate_limit_error"), error(529, "overloaded_error")])
def test_the_second_try_may_succeed(claude_api: MessagesApi, answer: Answer) -> None:
    claude_api.answers(answer, worded(ANSWER))

    assert writer(claude_api).write("{}").texts == ANSWER


def test_a_wait_that_the_api_asks_for_is_kept(claude_api: MessagesApi) -> None:
    claude_api.answers(error(429, "rate_limit_error", retry_after="7"), worded(ANSWER))
    waits = Waits()

    writer(claude_api, waits).write("{}")

    assert waits.seconds == [7]


@pytest.mark.parametrize("seconds", ["11", "3600", "inf"])
def test_a_wait_that_is_too_long_is_not_waited_for(claude_api: MessagesApi, seconds: str) -> None:
    """Somebody may be waiting for the answer, and a task is paid by the second."""
    assert float(seconds) > MAX_WAIT_SECONDS
    claude_api.answers(error(429, "rate_limit_error", retry_after=seconds))
    waits = Waits()

    assert failure(claude_api, waits).reason is Fallback.RATE_LIMITED

    assert waits.seconds == []
    assert len(claude_api.requests) == 1


@pytest.mark.parametrize("seconds", ["-5", "nan", "soon", "0"])
def test_a_wait_that_makes_no_sense_is_a_short_one(claude_api: MessagesApi, seconds: str) -> None:
    claude_api.answers(error(429, "rate_limit_error", retry_after=seconds), worded(ANSWER))
    waits = Waits()

    writer(claude_api, waits).write("{}")

    assert waits.seconds == [claude.WAIT_SECONDS]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error(401, "authentication_error"), Fallback.NOT_AUTHORIZED),
        (error(403, "permission_error"), Fallback.NOT_AUTHORIZED),
        (error(400, "invalid_request_error"), Fallback.BAD_REQUEST),
        (error(404, "not_found_error"), Fallback.BAD_REQUEST),
        (error(413, "request_too_large"), Fallback.BAD_REQUEST),
    ],
)
def test_what_stays_wrong_is_not_tried_again(
    claude_api: MessagesApi, answer: Answer, reason: Fallback
) -> None:
    claude_api.answers(answer)

    assert failure(claude_api).reason is reason
    assert len(claude_api.requests) == 1


def test_an_answer_that_takes_too_long_is_given_up(claude_api: MessagesApi) -> None:
    claude_api.answers(slowly(30))

    with pytest.raises(WriterError) as raised:
        writer(claude_api, timeout_seconds=1).write("{}")

    assert raised.value.reason is Fallback.TIMEOUT
    assert len(claude_api.requests) == ATTEMPTS


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with messages_api() as gone:
        pass

    assert failure(gone).reason is Fallback.UNREACHABLE


def test_an_error_says_nothing_of_the_key_or_the_prompt(claude_api: MessagesApi) -> None:
    claude_api.answers(error(401, "authentication_error"))

    with pytest.raises(WriterError) as raised:
        writer(claude_api).write("a prompt")

    assert str(raised.value) == "not_authorized"


PROMPTS = {"wording_1": "cc47b2ffd73a3bfb"}


def test_a_prompt_that_was_used_is_never_changed() -> None:
    """Stored wordings name the version of their prompt, so a changed text is a new version."""
    actual = {
        name: hashlib.sha256(prompts.prompt_text(name).encode()).hexdigest()[:16]
        for name in PROMPTS
    }
    assert actual == PROMPTS
    assert prompts.CURRENT in PROMPTS
