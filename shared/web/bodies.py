"""Bodies of requests: plain JSON objects of a bounded size and depth, or a clear problem.

A route declares its body as a pydantic model, and flask-openapi3 asks the request for the JSON and
gives it to the model. `ApiRequest` raises RequestErrors where the library would continue with
nothing, so that a model always gets an object in which every name occurs once, every number is
finite and every text can be stored.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn, cast

from flask import Request, request
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from shared.kernel.errors import (
    BodyTooLargeError,
    InvalidBodyError,
    UnsupportedMediaTypeError,
)

MEDIA_TYPE = "application/json"
MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 32
"""Objects and lists within one another."""
_MAX_NUMBER = 2**53 - 1
"""Beyond it, programs that read JSON disagree on whole numbers."""


class ApiRequest(Request):
    """A request whose JSON is read strictly."""

    # One byte more tells a body that is too large from one that is cut off there, which is what the
    # stream does to a body without a Content-Length.
    max_content_length = MAX_BODY_BYTES + 1
    body: dict[str, Any] | None = None
    """The body, once the route has asked for it."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as a JSON object.

        Raises UnsupportedMediaTypeError, BodyTooLargeError and InvalidBodyError, whatever is
        passed: an unreadable body is always an error.
        """
        if self.body is None:
            self.body = _json_object(self.json_bytes())
        return self.body

    def json_bytes(self) -> bytes:
        """The body as it was sent. Raises UnsupportedMediaTypeError and BodyTooLargeError."""
        encoding = self.headers.get("Content-Encoding", "identity")
        if self.mimetype != MEDIA_TYPE or encoding.strip().lower() != "identity":
            raise UnsupportedMediaTypeError(f"The body must be sent as {MEDIA_TYPE}, as it is.")
        try:
            data = self.get_data()
        except RequestEntityTooLarge as error:
            raise _too_large() from error
        except HTTPException:
            raise
        except Exception as error:  # each server has its own for chunks that are none
            raise InvalidBodyError("cannot be read completely", pointer="") from error
        if len(data) > MAX_BODY_BYTES:
            raise _too_large()
        return data


def parsed_body() -> dict[str, Any] | None:
    """The body of the call being answered; None if the route has not asked for it (yet)."""
    return cast(ApiRequest, request).body


def body_problems(error: ValidationError, body: object) -> list[tuple[str, str]]:
    """JSON pointer and detail of everything that a model does not accept in a body."""
    problems = []
    for error_details in error.errors(include_url=False, include_input=False):
        missing = error_details["type"] == "missing"
        if error_details["type"] == "extra_forbidden":
            detail = "is not a field of this object"
        else:
            detail = in_words(error_details)
        problems.append((_place(error_details["loc"], body, missing=missing), detail))
    return problems


def in_words(error_details: ErrorDetails) -> str:
    """Return a model's validation error in the wording of all other problems."""
    context = error_details.get("ctx", {})
    match error_details["type"]:
        case "missing":
            return "is required"
        case "string_type":
            return "must be text"
        case "dict_type":
            return "must be an object"
        case "int_type":
            return "must be a whole number"
        case "greater_than_equal":
            return f"must be {context['ge']} or more"
        case "enum":
            names = str(context["expected"]).replace("'", "").replace(" or ", ", ")
            return f"must be one of {names}"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "string_too_long" | "too_long":
            return f"must have at most {context['max_length']} characters"
        case _:
            return error_details["msg"].removeprefix("Value error, ")


def json_pointer(parts: Sequence[str | int]) -> str:
    """The JSON pointer (RFC 6901) of this path from the body down."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _place(location: Sequence[Any], body: object, *, missing: bool) -> str:
    """Return the place in the body, without the names of union members, which pydantic inserts."""
    at: Any = body
    parts = []
    for number, part in enumerate(location, start=1):
        if (isinstance(at, dict) and part in at) or (
            isinstance(at, list) and isinstance(part, int) and 0 <= part < len(at)
        ):
            at = at[part]
            parts.append(part)
        elif missing and number == len(location):
            parts.append(part)
    return json_pointer(parts)


class _Twice(dict[str, Any]):
    """An object in which a name is given more than once."""

    def __init__(self, pairs: list[tuple[str, Any]], name: str) -> None:
        super().__init__(pairs)
        self.name = name


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(
            data.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as error:
        raise InvalidBodyError("must be UTF-8", pointer="") from error
    except json.JSONDecodeError as error:
        raise InvalidBodyError(
            f"must be JSON, and is not at line {error.lineno}, column {error.colno}", pointer=""
        ) from error
    except RecursionError as error:
        raise _too_deep("") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise InvalidBodyError(
            "must not contain a number with so many digits", pointer=""
        ) from error
    if not isinstance(content, dict):
        raise InvalidBodyError("must be a JSON object", pointer="")
    for parts, value in _parts_of(content):
        _check(parts, value)
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) == len(pairs):
        return content
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            break
        names.add(name)
    return _Twice(pairs, name)


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidBodyError(f"must be JSON, which has no {name}", pointer="")


def _parts_of(content: object) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Yield everything in a body with its place, names included, outermost first."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), content)]
    while waiting:
        parts, value = waiting.pop()
        yield parts, value
        if isinstance(value, dict):
            waiting += [((*parts, name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*parts, number), inner) for number, inner in enumerate(value)]


def _check(parts: tuple[str | int, ...], value: object) -> None:
    if parts and isinstance(parts[-1], str) and not _storable(parts[-1]):
        raise InvalidBodyError("contains a name that is not text", pointer=json_pointer(parts[:-1]))
    if isinstance(value, dict | list) and len(parts) >= MAX_DEPTH:
        raise _too_deep(json_pointer(parts))
    if isinstance(value, _Twice):
        if not _storable(value.name):
            raise InvalidBodyError("contains a name that is not text", pointer=json_pointer(parts))
        raise InvalidBodyError("must be given once", pointer=json_pointer((*parts, value.name)))
    if isinstance(value, int | float) and not -_MAX_NUMBER <= value <= _MAX_NUMBER:
        raise InvalidBodyError("must be a number closer to 0", pointer=json_pointer(parts))
    if isinstance(value, str) and not _storable(value):
        raise InvalidBodyError(
            "must be text without unpaired surrogates", pointer=json_pointer(parts)
        )


def _storable(text: str) -> bool:
    """Whether it is text: JSON can also spell halves of characters (lone surrogates)."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _too_large() -> BodyTooLargeError:
    return BodyTooLargeError(f"The body must have {MAX_BODY_BYTES} bytes or fewer.")


def _too_deep(pointer: str) -> InvalidBodyError:
    return InvalidBodyError(f"must not be nested deeper than {MAX_DEPTH} levels", pointer=pointer)
