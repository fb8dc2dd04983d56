"""Log events with their severities and fields, read from the source of `shared.kernel.logs`."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from shared.kernel import logs

BY_OUTCOME = "by outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """One event that the product logs."""

    name: str
    severity: str
    """INFO, WARNING or ERROR, or that it depends on the outcome."""
    fields: tuple[str, ...]
    meaning: str
    """First line of the function's docstring."""


def log_events() -> Iterator[LogEvent]:
    """Every event, in the order of the source."""
    for node in ast.parse(inspect.getsource(logs)).body:
        if isinstance(node, ast.FunctionDef):
            for call in ast.walk(node):
                if row := _event_of(call):
                    name, severity, fields = row
                    meaning = (ast.get_docstring(node) or "").partition("\n")[0]
                    yield LogEvent(name=name, severity=severity, fields=fields, meaning=meaning)


def _event_of(node: ast.AST) -> tuple[str, str, tuple[str, ...]] | None:
    match node:
        case ast.Call(
            func=ast.Name(id="_event"),
            args=[level, ast.Constant(value=str(name))],
            keywords=keywords,
        ):
            severity = level.attr if isinstance(level, ast.Attribute) else BY_OUTCOME
            return name, severity, tuple(str(keyword.arg) for keyword in keywords)
        case ast.Call(
            func=ast.Attribute(attr="exception"),
            args=[ast.Constant(value=str(name))],
            keywords=[ast.keyword(value=ast.Dict(values=[ast.Dict(keys=keys)]))],
        ):
            fields = tuple(key.value for key in keys if isinstance(key, ast.Constant))
            return name, "ERROR", tuple(map(str, fields))
    return None
