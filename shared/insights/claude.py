"""Claude as a `Writer`: the only file that knows Anthropic's library.

`messages.create` and not `messages.parse`: of an answer that was cut off, `parse` raises that it is
no JSON, and says neither that it was cut off nor what it cost. On the wire both are the same.

The library's own retry is off. It waits for as long as a `retry-after` says, which may be an hour;
here one retry waits for `MAX_WAIT_SECONDS` at most.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.insights.prompts import CURRENT, prompt_text
from shared.insights.wording import CARD_PARTS, TEXT, Fallback, Tokens, WriterAnswer, WriterError
from shared.kernel.settings import Effort

if TYPE_CHECKING:
    from anthropic import APIStatusError
    from anthropic.types import Message, OutputConfigParam

ATTEMPTS = 2
WAIT_SECONDS = 1.0
"""Before the second attempt, unless the API says how long."""
MAX_WAIT_SECONDS = 10.0
MAX_TOKENS = 8000
"""Of an answer: six cards, a paragraph and eight reasons take about a thousand; what a model thinks
before it answers counts as well."""
MAX_ANSWER_CHARACTERS = 200_000


def _item(*parts: str) -> dict[str, Any]:
    names = ("id", *parts)
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }


SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "texts": {"type": "array", "items": {"anyOf": [_item(*CARD_PARTS), _item(TEXT)]}}
    },
    "required": ["texts"],
    "additionalProperties": False,
}
"""JSON schema of an answer. The API enforces it; answers are validated all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeOptions:
    """Options of a call to Claude."""

    model: str
    effort: Effort
    timeout_seconds: int


class Claude:
    """See `shared.insights.wording.Writer`. At most two calls of the API per answer.

    Making one takes about a second, for the import of the library.
    """

    def __init__(
        self,
        key: str,
        options: ClaudeOptions,
        *,
        base_url: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        from anthropic import Anthropic

        self._client = Anthropic(
            api_key=key,
            base_url=base_url,
            timeout=float(options.timeout_seconds),
            max_retries=0,
            open_telemetry=False,
        )
        self._options = options
        self._sleep = sleep

    def write(self, prompt: str) -> WriterAnswer:
        """The texts of the answer to a prompt. Raises WriterError."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _answer_from(self._ask(prompt))
            except _Passing as passing:
                if attempt == ATTEMPTS or passing.wait_seconds > MAX_WAIT_SECONDS:
                    raise WriterError(passing.reason) from passing.__cause__
                self._sleep(passing.wait_seconds)
        raise AssertionError("Every attempt returns or raises.")

    def _ask(self, prompt: str) -> "Message":
        import anthropic

        config: OutputConfigParam = {
            "effort": self._options.effort,
            "format": {"type": "json_schema", "schema": dict(SCHEMA)},
        }
        try:
            return self._client.messages.create(
                model=self._options.model,
                max_tokens=MAX_TOKENS,
                system=[
                    {
                        "type": "text",
                        "text": prompt_text(CURRENT),
                        "cache_control": {"type": "ephemeral"},
                    }
                ],
                messages=[{"role": "user", "content": prompt}],
                output_config=config,
            )
        except anthropic.APITimeoutError as error:
            raise _Passing(Fallback.TIMEOUT) from error
        except anthropic.APIConnectionError as error:
            raise _Passing(Fallback.UNREACHABLE) from error
        except anthropic.APIStatusError as error:
            raise _failure(error) from error
        except (anthropic.AnthropicError, ValueError) as error:
            # An answer that is no message at all.
            raise WriterError(Fallback.INVALID_OUTPUT) from error


class _Passing(Exception):
    """The call failed in a way that may be over in a moment."""

    def __init__(self, reason: Fallback, wait_seconds: float = WAIT_SECONDS) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.wait_seconds = wait_seconds


def _failure(error: "APIStatusError") -> Exception:
    match error.status_code:
        case 429:
            return _Passing(Fallback.RATE_LIMITED, _wait_seconds(error))
        case 529:
            return _Passing(Fallback.OVERLOADED, _wait_seconds(error))
        case 408 | 504:
            return _Passing(Fallback.TIMEOUT)
        case 401 | 403:
            return WriterError(Fallback.NOT_AUTHORIZED)
        case status if status >= 500:
            return _Passing(Fallback.API_ERROR, _wait_seconds(error))
        case _:
            return WriterError(Fallback.BAD_REQUEST)


def _wait_seconds(error: "APIStatusError") -> float:
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return WAIT_SECONDS
    return seconds if seconds > 0 else WAIT_SECONDS


def _answer_from(message: "Message") -> WriterAnswer:
    """Return the texts in a message. Raises WriterError with the tokens that it cost."""
    try:
        tokens = Tokens(
            input=message.usage.input_tokens + (message.usage.cache_creation_input_tokens or 0),
            cached=message.usage.cache_read_input_tokens or 0,
            output=message.usage.output_tokens,
        )
        stop_reason = message.stop_reason
        text = "".join(block.text for block in message.content if block.type == "text")
    except (AttributeError, TypeError) as error:
        # The library does not check what it is sent: a field may be missing, or of any type.
        raise WriterError(Fallback.INVALID_OUTPUT) from error
    match stop_reason:
        case "end_turn":
            texts = _texts(text)
            if texts is None:
                raise WriterError(Fallback.INVALID_OUTPUT, tokens)
            return WriterAnswer(texts=texts, tokens=tokens)
        case "refusal":
            raise WriterError(Fallback.REFUSAL, tokens)
        case "max_tokens" | "model_context_window_exceeded":
            raise WriterError(Fallback.TRUNCATED, tokens)
        case _:
            raise WriterError(Fallback.INVALID_OUTPUT, tokens)


def _texts(text: str) -> Mapping[str, Mapping[str, str]] | None:
    """The texts by id; None if the answer is not of the form that was asked for."""
    if len(text) > MAX_ANSWER_CHARACTERS:
        return None
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    items = answer.get("texts") if isinstance(answer, dict) else None
    if not isinstance(items, list) or set(answer) != {"texts"}:
        return None
    texts: dict[str, Mapping[str, str]] = {}
    for item in items:
        if not isinstance(item, dict) or not all(isinstance(each, str) for each in item.values()):
            return None
        id = item.get("id")
        if id is None or id in texts:
            return None
        texts[id] = {part: words for part, words in item.items() if part != "id"}
    return texts
