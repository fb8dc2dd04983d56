"""The kinds of problems: one for each cause, so that a client need not read sentences."""

import ast
from collections import Counter
from pathlib import Path

from shared.kernel.errors import ForbiddenError, RequestConflictError, TooManyRequestsError
from shared.web.problems import problem_kinds, problem_type

SHARED = Path(__file__).parents[2] / "shared"
BROAD = {kind.__name__ for kind in (ForbiddenError, RequestConflictError, TooManyRequestsError)}
"""Statuses with several causes, each of which has a class of its own."""


def test_each_cause_has_a_type_of_its_own() -> None:
    types = Counter(problem_type(kind.title) for kind in problem_kinds())
    assert [type_ for type_, kinds in types.items() if kinds > 1] == []
    statuses = Counter(kind.status for kind in problem_kinds())
    assert {status: statuses[status] for status in (403, 404, 409, 412, 428, 429, 503)} == {
        403: 5,
        404: 3,
        409: 9,
        412: 1,
        428: 1,
        429: 2,
        503: 3,
    }


def test_nothing_is_refused_without_saying_which_cause_it_is() -> None:
    broad = [
        f"{file.relative_to(SHARED)}:{node.lineno}"
        for file in SHARED.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
        and node.exc.func.id in BROAD
    ]
    assert broad == []
