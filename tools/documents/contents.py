"""Contents of generated blocks, by name."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from shared.api.app import described_app
from shared.customers import csv_file as customers_csv
from shared.kernel.settings import ANTHROPIC_API_KEY, CUSTOMER_KEY_SECRET, Settings
from shared.orders.fact import Exclusion, OrderWarning, RejectionCode
from shared.segments.conditions import parse, values
from shared.segments.conditions.fields import FIELDS, OPERATORS
from shared.segments.conditions.instants import MAX_INSTANTS, MAX_TOTAL_INSTANTS
from shared.segments.custom_segment import (
    MAX_CUSTOM_SEGMENTS,
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
)
from shared.segments.history import MAX_BYTES
from shared.segments.segment import Segment
from shared.segments.thresholds import Thresholds, stored_values
from shared.web.openapi_document import openapi_document
from shared.web.problems import problem_kinds, problem_type
from tools.documents.blocks import Block, Cell, Prose, Table
from tools.documents.log_events import log_events
from tools.stack import ports

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "adr"

_RULES = (
    ("days since the last order ≥ {churned_minDays}", Segment.CHURNED),
    ("days since the last order ≥ {atRisk_minDays}", Segment.AT_RISK),
    ("days since the last order ≥ {slipping_minDays}", Segment.SLIPPING),
    ("days since the first order < {new_maxDays}", Segment.NEW),
    (
        "lifetime value ≥ {vip_minLifetimeValue}, or orders ≥ {vip_minOrders} and average order ≥ "
        "{vip_minAOV}",
        Segment.VIP,
    ),
    ("average order ≥ {highValue_minAOV} and orders < {highValue_maxOrders}", Segment.HIGH_VALUE),
    ("orders ≥ {frequent_minOrders} and average order < {frequent_maxAOV}", Segment.FREQUENT),
    ("orders ≥ {loyal_minOrders}", Segment.LOYAL),
    ("otherwise", Segment.NEW),
)


def _segments() -> Iterator[Sequence[Cell]]:
    defaults = {
        name: f"`{name}` ({value:g})" for name, value in stored_values(Thresholds()).items()
    }
    for number, (rule, segment) in enumerate(_RULES, start=1):
        yield str(number), rule.format_map(defaults), f"{segment.label} `{segment.value}`"


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation of the API with its method and path."""
    for path, methods in openapi_document(described_app())["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _routes() -> Iterator[Sequence[Cell]]:
    for route, operation in sorted(_operations(), key=_place):
        sorted_parameters = sorted(
            operation.get("parameters", ()), key=lambda p: _KINDS.index(p["in"])
        )
        parameters = ", ".join(map(_parameter, sorted_parameters))
        token = "yes" if operation.get("security") else "no"
        yield f"`{route}`", token, parameters, operation["summary"]


_METHODS = ("GET", "POST", "PUT", "DELETE")
_KINDS = ("path", "query", "header")


def _place(operation: tuple[str, dict[str, Any]]) -> tuple[str, int]:
    method, _, path = operation[0].partition(" ")
    return path, _METHODS.index(method)


def _parameter(parameter: Mapping[str, Any]) -> str:
    # A call without If-Match is answered with a status of its own, 428, and so is not invalid.
    is_required = parameter.get("required") or parameter["name"] == "If-Match"
    return f"**`{parameter['name']}`**" if is_required else f"`{parameter['name']}`"


def _statuses() -> Iterator[Sequence[Cell]]:
    statuses = {status for _, operation in _operations() for status in operation["responses"]}
    for status in sorted(statuses - {"200"}):
        yield status, Prose()


def _problems() -> Iterator[Sequence[Cell]]:
    for kind in problem_kinds():
        contract = inspect.getdoc(kind) or ""
        yield f"`{problem_type(kind.title)}`", str(kind.status), contract.partition("\n")[0]


def _settings() -> Iterator[Sequence[Cell]]:
    defaults = Settings()
    meanings = _attribute_docstrings(Settings)
    for field in fields(Settings):
        default = getattr(defaults, field.name)
        text = str(default).lower() if isinstance(default, bool) else str(default)
        yield (
            f"`{field.name.upper()}`",
            "none" if default == () else f"`{text}`",
            Prose(meanings[field.name]),
        )
    for secret in (ANTHROPIC_API_KEY, CUSTOMER_KEY_SECRET):
        yield f"`{secret}`", "none", Prose("A secret, not a variable.")


def _attribute_docstrings(owner: type) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    assert isinstance(definition, ast.ClassDef)
    docstrings = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(docstring))),
            ):
                docstrings[name] = " ".join(docstring.split())
    return docstrings


def _ports() -> Iterator[Sequence[Cell]]:
    for service, port in ports.Ports().by_service().items():
        yield f"`{service.variable}`", f"`{port}`", service.name


def _rate_limits() -> Iterator[Sequence[Cell]]:
    settings = Settings()
    for kind, account, organization in (
        (
            "scans, which read every customer or thousands of them",
            settings.scans_per_account,
            settings.scans_per_organization,
        ),
        (
            "changes, after which every customer is evaluated",
            settings.changes_per_account,
            settings.changes_per_organization,
        ),
        ("refreshes, which may call Claude", None, settings.refreshes_per_organization),
    ):
        yield kind, Prose(), _limit(account), _limit(organization)


def _limit(limit: Any) -> str:
    if limit is None:
        return "none"
    seconds = limit.interval_seconds
    every = f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
    return f"{limit.burst} at once, one more every {every}"


def _fields() -> Iterator[Sequence[Cell]]:
    for field in FIELDS.values():
        yield f"`{field.name}`", field.type.value, field.description


def _operators() -> Iterator[Sequence[Cell]]:
    for type_, operators in OPERATORS.items():
        yield type_.value, ", ".join(f"`{operator}`" for operator in operators), Prose()


def _custom_segment_limits() -> Iterator[Sequence[Cell]]:
    yield "custom segments of an organisation", str(MAX_CUSTOM_SEGMENTS)
    yield "conditions in a definition", str(parse.MAX_CONDITIONS)
    yield "levels of a definition, conditions included", str(parse.MAX_DEPTH)
    yield "children of a group", str(parse.MAX_CHILDREN)
    yield "values in a list", str(parse.MAX_VALUES)
    yield "changes by time alone, per condition", str(MAX_INSTANTS)
    yield "changes by time alone, per definition", str(MAX_TOTAL_INSTANTS)
    yield "characters of a text in a condition", str(values.MAX_TEXT_LENGTH)
    yield "characters of a name", str(MAX_NAME_LENGTH)
    yield "characters of a description", str(MAX_DESCRIPTION_LENGTH)
    yield "history of a customer", f"{MAX_BYTES:,} bytes, some 5,000 orders of ten lines"


def _log_events() -> Iterator[Sequence[Cell]]:
    for event in log_events():
        names = ", ".join(f"`{field}`" for field in event.fields)
        yield f"`{event.name}`", event.severity, names, Prose(), Prose(event.meaning)


def _decisions(_: str) -> Iterable[str]:
    for decision in sorted(DECISIONS.iterdir()):
        title, _, rest = decision.read_text(encoding="utf-8").partition("\n")
        suffix = ", superseded" if rest.lstrip().startswith("Superseded by") else ""
        yield f"- [{title.removeprefix('# ')}](adr/{decision.name}){suffix}"


def _deployment(_: str) -> Iterable[str]:
    functions = ",".join(f"functions:{name}" for name in _deployed())
    yield "```"
    yield 'FUNCTIONS_DISCOVERY_TIMEOUT=120 firebase deploy --project "$PROJECT" \\'
    yield f"  --only {functions}"
    yield "```"


def _deployed() -> list[str]:
    """Names of the deployed functions: `__all__` of main.py, which only the platform imports."""
    for node in ast.parse((ROOT / "main.py").read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=names):
                return list(ast.literal_eval(names))
    raise LookupError("main.py declares no functions")


def _csv_columns(_: str) -> Iterable[str]:
    yield from ("```", ",".join(customers_csv.COLUMNS), "```")


BLOCKS: Mapping[str, Block] = {
    "segments": Table(("#", "Rule", "Segment"), _segments),
    "routes": Table(("Route", "Token", "Parameters", "What it does"), _routes),
    "statuses": Table(("Status", "When"), _statuses),
    "problems": Table(("Type", "Status", "Cause"), _problems),
    "rate-limits": Table(("Kind", "Calls", "Per account", "Per organisation"), _rate_limits),
    "customers-csv": _csv_columns,
    "settings": Table(("Variable", "Default", "Meaning"), _settings),
    "ports": Table(("Variable", "Default", "Server"), _ports),
    "condition-fields": Table(("Field", "Type", "What it is"), _fields),
    "condition-operators": Table(("Type", "Operators", "Value"), _operators),
    "custom-segment-limits": Table(("What", "Limit"), _custom_segment_limits),
    "log-events": Table(("Event", "Severity", "Fields", "From", "Meaning"), _log_events),
    "rejections": Table(
        ("Code", "Example", "How to fix"),
        lambda: ((f"`{code.value}`", Prose(), Prose()) for code in RejectionCode),
    ),
    "exclusions": Table(
        ("`exclusion`", "Because"),
        lambda: ((f"`{exclusion.value}`", Prose()) for exclusion in Exclusion),
    ),
    "order-warnings": Table(
        ("`warnings`", "Because"),
        lambda: (
            *((f"`{warning.value}`", Prose()) for warning in OrderWarning),
            ("a path such as `items[2].price`", Prose()),
        ),
    ),
    "decisions": _decisions,
    "deployment": _deployment,
}
"""Generated blocks by name. A cell left empty has yet to be written; a test finds it."""
