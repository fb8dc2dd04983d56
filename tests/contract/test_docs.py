"""The documents say what the code does: routes, settings, numbers, codes, links and commands."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from google.cloud import firestore

import main
from functions import deployment, schedules, triggers
from functions.schedules import HOURLY
from functions.services import LONGEST_EVENT_SECONDS, build_services
from shared.customers import csv_file as customers_csv
from shared.customers import query as customers_query
from shared.customers.store import MAX_PAGE_READS
from shared.firestore import paths
from shared.history import cell_store as cell_reader
from shared.history import past
from shared.history import routes as routes_history
from shared.history.query import Basis
from shared.history.segment_history import Unit
from shared.kernel import instants, logs, money
from shared.kernel.document_ids import MAX_ID_LENGTH
from shared.kernel.errors import DefinitionError
from shared.kernel.settings import CUSTOMER_KEY_SECRET, MIN_SECRET_LENGTH, Settings
from shared.kernel.version import VERSION
from shared.orders import lines
from shared.orders.channel import IN_STORE, ONLINE, UNKNOWN
from shared.orders.fact import (
    Exclusion,
    NormalizedOrder,
    OrderWarning,
    Rejection,
    RejectionCode,
)
from shared.orders.normalize import normalize
from shared.orders.organization import claimed_organization
from shared.orders.policy import OrderPolicy
from shared.orders.status import exclusion_of, is_payment_unknown
from shared.organizations.directory import ANALYTICS_FIELDS
from shared.organizations.settings import DEFAULT_TIME_ZONE, organization_settings
from shared.overview import answers as analytics_models
from shared.overview import overview
from shared.overview import store as organization_reader
from shared.products.product_sales import MAX_CATEGORIES
from shared.reconciliation import ageing, reconcile
from shared.reconciliation.stores import counter_codec, reclassification_store
from shared.reconciliation.stores.ageing_queue import place
from shared.rules import recommendation_routes as routes_recommendation
from shared.rules import store as segment_rules_store
from shared.rules.custom_segments_answers import CustomSegmentBody
from shared.rules.return_curve import RETURN_DAYS
from shared.rules.threshold_proposal import MIN_RETURNING_CUSTOMERS, MIN_RETURNS, SHARES
from shared.segments.conditions import parse, values
from shared.segments.conditions.fields import FIELDS, OPERATORS, UNAVAILABLE_FIELDS
from shared.segments.conditions.instants import MAX_INSTANTS, MAX_TOTAL_INSTANTS
from shared.segments.conditions.parse import definition_json, parse_definition, parse_filters
from shared.segments.contact_search import MAX_SEARCH_LENGTH, MIN_SEARCH_LENGTH
from shared.segments.custom_segment import (
    MAX_CUSTOM_SEGMENTS,
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
)
from shared.segments.history import MAX_BYTES
from shared.segments.segment import Segment
from shared.segments.threshold_version import ThresholdSource
from shared.segments.thresholds import STORED_NAMES, Thresholds
from shared.segments.tier import Tier
from shared.suggestions.suggestions import MAX_SUGGESTIONS
from shared.web import bodies, parameters
from tests.browser.node import FOLDER, node
from tests.http.shop import ORG
from tests.http.shop import Shop as CountedShop
from tests.support.events import call_trigger, order_event
from tests.support.metered import metered
from tests.support.tool_help import tool_help
from tests.support.world import KEYER, NOW, Order
from tools import demo, emulator_jar, ports
from tools.demo_orders import demo_orders

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
RUNBOOK = ROOT / "docs" / "runbook.md"
API = ROOT / "docs" / "api.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
COSTS = ROOT / "docs" / "costs.md"
CUSTOM_SEGMENTS = ROOT / "docs" / "custom-segments.md"
DEPLOY = ROOT / "docs" / "deploy.md"
DOCUMENTS_PAGE = ROOT / "docs" / "documents.md"
LIMITS = ROOT / "docs" / "limits.md"
LOCAL_STACK = ROOT / "docs" / "local-stack.md"
ORDERS = ROOT / "docs" / "orders.md"
SEGMENTS = ROOT / "docs" / "segments.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
CHANGELOG = ROOT / "CHANGELOG.md"
ADRS = sorted((ROOT / "docs" / "adr").iterdir())
DOCUMENTS = (README, CONTRIBUTING, CHANGELOG, *sorted((ROOT / "docs").glob("*.md")), *ADRS)
MAX_README_LINES = 200

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


def text(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def one_line(document: Path) -> str:
    """The words of a document, wherever its lines end."""
    return " ".join(text(document).split())


def prose(document: Path) -> str:
    """The document without its blocks of code."""
    return FENCE.sub("", text(document))


def section(document: Path, title: str) -> str:
    """What stands below a heading, up to the next one of the same or a higher level."""
    whole = prose(document)
    (start,) = [found for found in HEADING.finditer(whole) if found[2] == title]
    level = len(start[1])
    after = whole[start.end() :]
    end = re.search(rf"^#{{1,{level}}} ", after, re.MULTILINE)
    return after[: end.start()] if end else after


def rows(markdown: str) -> Iterator[list[str]]:
    """Cells of every row of every table, headings and rules left out."""
    table: list[list[str]] = []
    for line in [*markdown.splitlines(), ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        else:
            yield from table[2:]
            table = []


def by_code(markdown: str) -> dict[str, list[str]]:
    """Rows by the code in their first cell."""
    return {code: row for row in rows(markdown) for code in CODE.findall(row[0])[:1]}


def anchors(document: Path) -> set[str]:
    """Names of the headings in links, as GitHub makes them."""
    found = set()
    for _, title in HEADING.findall(prose(document)):
        kept = re.sub(r"[^\w\- ]", "", title.lower())
        found.add(kept.replace(" ", "-"))
    return found


# --- links and commands


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(prose(document)):
        if re.match(r"[a-z]+://", link):
            continue
        file, _, anchor = link.partition("#")
        target = (document.parent / file).resolve() if file else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def targets() -> set[str]:
    (declared,) = re.findall(r"^\.PHONY: (.+)$", text(ROOT / "Makefile"), re.MULTILINE)
    return set(declared.split())


def test_every_make_target_named_is_there() -> None:
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(
            r"(?:^|[`'])make (?:[A-Z]+=\S+ )?([a-z-]+)", text(document), re.MULTILINE
        )
    }
    assert {"demo", "test", "install", "emulators"} <= named
    assert named <= targets()


def test_every_make_target_is_described() -> None:
    described = re.findall(r"^make ([a-z-]+) ", text(CONTRIBUTING), re.MULTILINE)
    assert set(described) == targets() - {"help", "check"}


def commands() -> dict[str, set[str]]:
    """Modules that the documents say to run, with the options they are run with."""
    found: dict[str, set[str]] = {}
    for document in DOCUMENTS:
        for module, rest in re.findall(r"python -m ([\w.]+)([^`\n]*)", text(document)):
            found.setdefault(module, set()).update(re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest))
    del found["pytest"]
    return found


def test_maintenance_commands_are_described() -> None:
    assert {"tools.backfill", "tools.rebuild", "tools.openapi"} <= commands().keys()


@pytest.mark.parametrize(("module", "options"), sorted(commands().items()))
def test_every_command_runs_and_has_its_options(module: str, options: set[str]) -> None:
    assert options <= set(re.findall(r"--[a-z-]+", tool_help(module, columns=200)))


# --- what there is


def test_every_route_is_described_with_its_parameters() -> None:
    described = {
        CODE.findall(route)[0]: (token, set(CODE.findall(names)))
        for route, token, names, _ in rows(section(API, "Routes"))
    }
    api = json.loads(text(ROOT / "docs" / "openapi.json"))
    assert described == {
        f"{method.upper()} {path}": (
            "yes" if operation.get("security") else "no",
            {parameter["name"] for parameter in operation.get("parameters", [])},
        )
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    }


def test_what_a_route_needs_is_bold() -> None:
    described = {
        CODE.findall(route)[0]: set(re.findall(r"\*\*`([^`]+)`\*\*", names))
        for route, _, names, _ in rows(section(API, "Routes"))
    }
    api = json.loads(text(ROOT / "docs" / "openapi.json"))
    assert described == {
        f"{method.upper()} {path}": {
            parameter["name"]
            for parameter in operation.get("parameters", [])
            # A call without it is told so by a status of its own, 428.
            if parameter.get("required") or parameter["name"] == "If-Match"
        }
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    }


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    assert len(text(README).splitlines()) <= MAX_README_LINES
    linked = {(ROOT / link).resolve() for link in LINK.findall(prose(README)) if "#" not in link}
    assert {*(ROOT / "docs").glob("*.md"), CONTRIBUTING, CHANGELOG} <= linked


def test_every_route_that_the_readme_names_exists() -> None:
    named = {
        code
        for _, routes in rows(section(README, "What it answers"))
        for code in CODE.findall(routes)
    }
    api = json.loads(text(ROOT / "docs" / "openapi.json"))
    assert named <= {
        f"{method.upper()} {path.removeprefix('/v1/')}"
        for path, methods in api["paths"].items()
        for method in methods
    }
    assert len(named) > 15


def test_values_of_parameters_are_the_codes() -> None:
    described = text(API)
    for value in (
        *customers_query.SortField,
        *customers_query.ListFormat,
        *parameters.SortOrder,
        *Basis,
        *Unit,
        *ThresholdSource,
    ):
        assert f"`{value}`" in described


def test_every_status_is_described() -> None:
    described = {row[0] for row in rows(section(API, "Statuses"))}
    api = json.loads(text(ROOT / "docs" / "openapi.json"))
    answered = {
        status
        for methods in api["paths"].values()
        for operation in methods.values()
        for status in operation["responses"]
    }
    assert described == answered - {"200"}


def test_the_columns_of_a_file_are_those_that_it_has() -> None:
    assert ",".join(customers_csv.COLUMNS) + "\n" in text(API)


def test_every_function_has_its_place_in_the_runbook() -> None:
    titles = {title for _, title in HEADING.findall(prose(RUNBOOK))}
    for name in main.__all__:
        assert name in titles
        assert f"`{name}`" in text(ARCHITECTURE)


def test_every_function_is_deployed() -> None:
    for document in (README, DEPLOY):
        (command,) = re.findall(r"--only (functions:\S+)", text(document))
        assert set(command.split(",")) == {f"functions:{name}" for name in main.__all__}


def test_every_function_is_in_the_picture() -> None:
    ((_, _, picture),) = [
        found for found in FENCE.findall(text(ARCHITECTURE)) if found[1] == "mermaid"
    ]
    assert set(re.findall(r"\[(\w+)\]", picture)) >= set(main.__all__)


def test_every_document_path_is_described() -> None:
    described = " ".join(row[0] for row in rows(section(DOCUMENTS_PAGE, "Documents")))
    collections = {
        value for name, value in vars(paths).items() if name.isupper() and isinstance(value, str)
    }
    assert len(collections) == 27
    for name in collections:
        assert re.search(rf"[`/]{name}/", described), name
    for document in paths.SettingsDocument:
        assert f"/{paths.SETTINGS}/{document}`" in described, document


def test_who_reads_a_document_is_what_the_rules_say() -> None:
    rules = text(ROOT / "firestore.rules")
    readable = set(re.findall(r"match /(\w+)/\{\w+\} \{\s+allow read", rules))
    for path, _, _, browsers in rows(section(DOCUMENTS_PAGE, "Documents")):
        collection = CODE.findall(path)[0].split("/")[-2]
        assert (browsers == "read") == (collection in readable), path


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_every_setting_is_described_with_its_default(setting: str) -> None:
    default = getattr(Settings(), setting)
    row = by_code(section(CONFIGURATION, "Variables"))[setting.upper()]
    written = str(default).lower() if isinstance(default, bool) else default
    assert row[1] == (f"`{written}`" if default != () else "none")
    assert Settings.from_environment({}) == Settings()


def test_ranges_of_settings_are_those_that_are_accepted() -> None:
    described = by_code(section(CONFIGURATION, "Variables"))
    for name in ("COUNTER_SHARDS", "SETTINGS_REFRESH_SECONDS", "MAXIMUM_GIGABYTES_BILLED"):
        lowest, highest = map(int, re.findall(r"(\d+) to (\d+)", described[name][2])[0])
        for accepted in (lowest, highest):
            settings = Settings.from_environment({name: str(accepted)})
            assert getattr(settings, name.lower()) == accepted
        for refused in (lowest - 1, highest + 1):
            with pytest.raises(Exception, match=name):
                Settings.from_environment({name: str(refused)})


def test_every_port_is_described_with_its_default() -> None:
    described = {
        code: row[1]
        for code, row in by_code(section(LOCAL_STACK, "Ports of the local stack")).items()
    }
    services = ports.Ports().by_service()
    assert described == {service.variable: f"`{port}`" for service, port in services.items()}


def test_every_variable_that_is_read_is_described() -> None:
    read = {
        CUSTOMER_KEY_SECRET,
        emulator_jar.VARIABLE,
        "CLOUDSDK_ROOT",
        "CLOUDSDK_ROOT_DIR",
        "FIREBASE_AUTH_EMULATOR_HOST",
        "FIRESTORE_EMULATOR_HOST",
    }
    pattern = re.compile(r"""environ(?:ment)?(?:\.get\(|\[)\s*["']([A-Z][A-Z_]+)["']""")
    for folder in ("functions", "shared", "tools"):
        for file in (ROOT / folder).rglob("*.py"):
            read.update(pattern.findall(text(file)))
    described = {
        code for page in (CONFIGURATION, LOCAL_STACK) for code in CODE.findall(prose(page))
    }
    assert read - {"HOME", "PATH"} <= described


# --- custom segments


def json_blocks(document: Path) -> list[Any]:
    """Whole JSON values among the blocks of a document."""
    blocks = [body for _, kind, body in FENCE.findall(text(document)) if kind == "json"]
    return [json.loads(body) for body in blocks if body.startswith("{")]


def test_custom_segments_that_are_shown_are_valid() -> None:
    shown = json_blocks(CUSTOM_SEGMENTS)
    assert [sorted(body) for body in shown] == [
        ["definition", "description", "name"],
        ["filters", "name"],
    ]
    for body in shown:
        assert isinstance(CustomSegmentBody.model_validate(body), CustomSegmentBody)
        if "filters" in body:
            parse_filters(body["filters"])
        else:
            assert definition_json(parse_definition(body["definition"])) == body["definition"]


def test_every_field_of_a_condition_is_described() -> None:
    described = {
        CODE.findall(name)[0]: (type_, what)
        for name, type_, what in rows(section(CUSTOM_SEGMENTS, "Fields"))
    }
    assert described == {
        field.name: (field.type.value, field.description) for field in FIELDS.values()
    }
    for name in UNAVAILABLE_FIELDS:
        assert f"`{name}`" in section(CUSTOM_SEGMENTS, "Fields")
        assert f"`{name}`" in section(LIMITS, "Limits")


def test_every_operator_is_described_with_its_types() -> None:
    described = {
        type_: CODE.findall(operators)
        for type_, operators, _ in rows(section(CUSTOM_SEGMENTS, "Operators"))
    }
    assert described == {
        type_.value: [operator.value for operator in operators]
        for type_, operators in OPERATORS.items()
    }
    for word in (*Tier, ONLINE, IN_STORE, UNKNOWN):
        assert f"`{word}`" in section(CUSTOM_SEGMENTS, "Operators")


def test_conditions_on_orders_have_the_parts_and_windows_described() -> None:
    described = section(CUSTOM_SEGMENTS, "Orders")
    whole: dict[str, Any] = {"product": "p1", "category": "Tea", "channel": "online"}
    whole |= {"campaign": "c1", "atLeastTimes": 2, "atLeastAmount": 5}
    parts = {part for row in rows(described) if len(row) == 2 for part in CODE.findall(row[0])}
    windows = {part for part in parts if part.startswith("{")}
    assert parts - windows == {"event", "when", *whole}
    for window in windows:
        for event in ("ordered", "did_not_order"):
            when = json.loads(window.replace(": n", ": 7"))
            parse_definition({"event": event, **whole, "when": when})
    with pytest.raises(DefinitionError, match="exactly one of") as refused:
        parse_definition({"event": "ordered", "when": {}})
    known = refused.value.detail.rpartition(": ")[2].split(", ")
    assert {key for window in windows for key in json.loads(window.replace(": n", ": 7"))} == {
        *known
    }


def test_limits_of_custom_segments_are_the_codes() -> None:
    described = {row[0]: row[1] for row in rows(section(CUSTOM_SEGMENTS, "Limits"))}
    history = described.pop("history of a customer")
    assert history.startswith(f"{MAX_BYTES:,} bytes")
    assert described == {
        "custom segments of an organisation": str(MAX_CUSTOM_SEGMENTS),
        "conditions in a definition": str(parse.MAX_CONDITIONS),
        "levels of a definition, conditions included": str(parse.MAX_DEPTH),
        "children of a group": str(parse.MAX_CHILDREN),
        "values in a list": str(parse.MAX_VALUES),
        "changes by time alone of a condition, of a definition": (
            f"{MAX_INSTANTS}, {MAX_TOTAL_INSTANTS}"
        ),
        "characters of a text in a condition": str(values.MAX_TEXT_LENGTH),
        "characters of a name, of a description": f"{MAX_NAME_LENGTH}, {MAX_DESCRIPTION_LENGTH}",
    }


# --- segments and orders


@pytest.mark.parametrize(
    ("page", "title"), [(README, "The eight segments"), (SEGMENTS, "Segments")]
)
def test_every_threshold_is_described_with_its_default(page: Path, title: str) -> None:
    table = section(page, title)
    described = {name: int(value) for name, value in re.findall(r"`(\w+_\w+)` \((\d+)\)", table)}
    defaults = Thresholds()
    assert described == {
        name: getattr(defaults, field) // (100 if field.endswith("_cents") else 1)
        for name, field in STORED_NAMES.items()
    }


@pytest.mark.parametrize(
    ("page", "title"), [(README, "The eight segments"), (SEGMENTS, "Segments")]
)
def test_every_segment_is_in_the_table_under_its_label(page: Path, title: str) -> None:
    table = section(page, title)
    assert {cells[2] for cells in rows(table)} == {
        f"{segment.label} `{segment.value}`" for segment in Segment
    }


def test_statuses_count_as_described() -> None:
    table = list(rows(section(ORDERS, "Which orders count")))
    for statuses, counts in table:
        for status in CODE.findall(statuses):
            unpaid = exclusion_of({"status": status}, UNKNOWN, OrderPolicy())
            paid = exclusion_of({"status": status, "paymentStatus": "paid"}, UNKNOWN, OrderPolicy())
            assert (unpaid is None) == (counts == "yes"), status
            assert (paid is None) == (counts != "no"), status
    for status in ({}, {"status": " "}):
        assert exclusion_of(status, UNKNOWN, OrderPolicy()) is None
    assert (
        exclusion_of({"status": "anything else"}, UNKNOWN, OrderPolicy())
        is Exclusion.UNKNOWN_STATUS
    )


def outcome(data: Any) -> NormalizedOrder | Rejection:
    claim = claimed_organization(data)
    if isinstance(claim, Rejection):
        return claim
    return normalize(
        "o1",
        data,
        org_id=claim.id,
        time_zone=ZoneInfo(DEFAULT_TIME_ZONE),
        customer_key=KEYER,
        written_at=NOW,
        now=NOW,
    )


def rejected_orders() -> dict[str, list[str]]:
    return by_code(section(RUNBOOK, "Rejected orders"))


def test_every_rejection_code_is_described() -> None:
    assert rejected_orders().keys() == {code.value for code in RejectionCode}


def test_payments_count_as_described() -> None:
    for words, counts in rows(section(ORDERS, "Which payments exclude an order")):
        for word in CODE.findall(words):
            order = {"status": "completed", "paymentStatus": word}
            excluded = exclusion_of(order, UNKNOWN, OrderPolicy()) is not None
            assert excluded == (counts == "no"), word
            assert not is_payment_unknown(order), word


def test_settings_of_orders_are_described_with_their_defaults() -> None:
    described = by_code(section(ORDERS, "Which orders are believed"))
    policy = organization_settings("org", None, None).orders
    assert {name: row[1].strip("`") for name, row in described.items()} == {
        "maxOrderAmount": str(policy.max_amount_cents // 100),
        "webOrdersCount": policy.web_orders_count.value,
    }
    assert described.keys() < {*ANALYTICS_FIELDS}


@pytest.mark.parametrize(
    "code",
    # What the database refuses is no matter of the order alone.
    [code for code in RejectionCode if code is not RejectionCode.DOCUMENT_TOO_LARGE],
)
def test_the_example_of_a_rejection_is_rejected_for_that(code: RejectionCode) -> None:
    order = json.loads(CODE.findall(rejected_orders()[code.value][1])[0])
    if code is RejectionCode.ITEMS_TOO_MANY:  # too long to be written out
        order["items"] = [{"productId": str(n)} for n in range(lines.MAX_PRODUCTS + 1)]
    result = outcome(order)
    rejection = result.rejection if isinstance(result, NormalizedOrder) else result
    assert rejection is not None
    assert rejection.code == code


def test_every_exclusion_is_described() -> None:
    described = by_code(section(RUNBOOK, "Orders that do not count"))
    assert described.keys() == {exclusion.value for exclusion in Exclusion}


def test_every_warning_is_described() -> None:
    described = by_code(section(RUNBOOK, "Orders with warnings"))
    assert described.keys() - {"items[2].price"} == {warning.value for warning in OrderWarning}


class LogEvent(NamedTuple):
    severity: str
    fields: set[str]


SEVERITY_BY_OUTCOME = "by outcome"


def log_events() -> dict[str, LogEvent]:
    """Every event that `shared.kernel.logs` writes, read from its source."""
    found = {}
    for call in ast.walk(ast.parse(Path(logs.__file__).read_text())):
        match call:
            case ast.Call(
                func=ast.Name(id="_event"),
                args=[ast.Attribute(attr=level), ast.Constant(value=str(name))],
                keywords=keywords,
            ):
                found[name] = LogEvent(level, {str(keyword.arg) for keyword in keywords})
            case ast.Call(
                func=ast.Name(id="_event"),
                args=[ast.Name(), ast.Constant(value=str(name))],
                keywords=keywords,
            ):
                found[name] = LogEvent(
                    SEVERITY_BY_OUTCOME, {str(keyword.arg) for keyword in keywords}
                )
            case ast.Call(
                func=ast.Attribute(attr="exception"),
                args=[ast.Constant(value=str(name))],
                keywords=[ast.keyword(value=ast.Dict(values=[ast.Dict(keys=keys)]))],
            ):
                found[name] = LogEvent("ERROR", {ast.literal_eval(key) for key in keys if key})
    return found


def test_every_log_event_is_described_with_its_fields() -> None:
    described = {
        name: LogEvent(row[1], set(CODE.findall(row[2])))
        for name, row in by_code(section(RUNBOOK, "Log events")).items()
    }
    written = [name for name in vars(logs) if name in described]
    assert len(written) == len(described)
    assert described == log_events()


# --- numbers

_SETTLE_SECONDS = LONGEST_EVENT_SECONDS + Settings().settings_refresh_seconds
SETTLED_AFTER = f"{-(-_SETTLE_SECONDS // 60)} to {-(-_SETTLE_SECONDS // 60) + 5}"
"""Minutes, with the wait for the next run."""
MAX_SUGGESTIONS_IN_WORDS = {8: "eight"}[MAX_SUGGESTIONS]

FACTS = {
    LIMITS: (
        f"at most {lines.MAX_PRODUCTS:,} different products",
        f"take at most {lines.MAX_BYTES:,} bytes",
        f"Dates from {instants.EARLIEST.year} to {instants.LATEST.year - 1}",
        f"Amounts up to {money.MAX_CENTS / 100:,.2f}",
        f"at most {MAX_CATEGORIES:,} categories",
        f"within {Settings().settings_refresh_seconds} seconds (`SETTINGS_REFRESH_SECONDS`)",
        f"`{analytics_models.CHURN_RATE}`",
        f"{MAX_CUSTOM_SEGMENTS} of an organisation, {parse.MAX_CONDITIONS} conditions and "
        f"{parse.MAX_DEPTH} levels in each",
        f"at most {MAX_BYTES:,} bytes",
        f"at most {routes_history.MAX_DAYS} days",
        f"at most {past.MAX_STEPS:,} steps",
        f"follows {SETTLED_AFTER} minutes after `complete`",
    ),
    COSTS: (
        f"up to {routes_recommendation.MAX_CUSTOMERS:,} customers",
        f"that {ageing.COMMIT_SIZE} customers share",
        f"one per order shown (at most {organization_reader.RECENT_ORDERS})",
        f"one per shard of each of the last {2 * overview.PERIOD_DAYS} days",
        f"every {counter_codec.MAX_INCREMENTS // 2} different categories",
        f"at most {MAX_PAGE_READS:,} a page",
        f"one per customer, at most {routes_recommendation.MAX_CUSTOMERS:,}",
        f"some {cell_reader.MAX_STEPS:,} |",
    ),
    CONFIGURATION: (
        f"The default is `{DEFAULT_TIME_ZONE}`",
        f"At least {MIN_SECRET_LENGTH} characters",
    ),
    DEPLOY: (f"Everything runs in `{deployment.REGION.value}`",),
    SEGMENTS: (
        "{:g} %, {:g} % and {:g} %".format(*(100 * share for share in SHARES.values())),
        f"order within {RETURN_DAYS} days",
        f"fewer than {MIN_RETURNS} returns by {MIN_RETURNING_CUSTOMERS} customers",
    ),
    API: (
        f"the latest {organization_reader.RECENT_ORDERS} orders",
        f"`pageSize` is {parameters.DEFAULT_PAGE_SIZE} by default and {parameters.MAX_PAGE_SIZE}",
        f"at most {bodies.MAX_BODY_BYTES:,} bytes",
        f"at most {MAX_PAGE_READS:,} documents",
        f"{MIN_SEARCH_LENGTH} to {MAX_SEARCH_LENGTH} characters",
        f"at most {routes_history.MAX_DAYS}.",
        f"may be {past.MAX_STEPS:,} steps",
        f"some {cell_reader.MAX_STEPS:,} steps",
    ),
    CUSTOM_SEGMENTS: (
        f"up to {MAX_CUSTOM_SEGMENTS} segments of its own",
        f"at most {MAX_SUGGESTIONS_IN_WORDS} groups",
        f"at most {parse.MAX_VALUES} values",
        f"0 to {values.MAX_TIMES:,} |",
        f"0 to {values.MAX_DAYS:,} |",
        "within five minutes",
    ),
    RUNBOOK: (
        f"More than {lines.MAX_PRODUCTS:,} different products",
        f"take more than {lines.MAX_BYTES:,} bytes",
        f"outside {instants.EARLIEST.year} to {instants.LATEST.year - 1}",
        f"over {money.MAX_CENTS / 100:,.2f} either way",
        f"longer than {MAX_ID_LENGTH} characters",
        f"Gave up after {reconcile.MAX_ATTEMPTS} conflicts.",
        f"after {deployment.SCHEDULE_WORK_SECONDS} seconds",
        f"`SETTINGS_REFRESH_SECONDS` ({Settings().settings_refresh_seconds})",
        f"Gave up on a change of rules after {segment_rules_store.MAX_ATTEMPTS} conflicts.",
        f"{reclassification_store.PAGE_SIZE} at a time",
        f"any longer, {LONGEST_EVENT_SECONDS // 60} minutes and `SETTINGS_REFRESH_SECONDS` later",
        f"`settled` {SETTLED_AFTER} minutes later",
        f"more than {past.MAX_STEPS:,} steps",
    ),
}


@pytest.mark.parametrize(
    ("document", "fact"), [(document, fact) for document in FACTS for fact in FACTS[document]]
)
def test_a_number_that_is_stated_is_the_codes(document: Path, fact: str) -> None:
    assert fact in one_line(document)


def test_the_demo_loads_what_is_stated() -> None:
    orders = demo_orders(datetime.now(UTC), at_most=demo.ORDERS_PER_HOUSEHOLD)
    households = len({order.data["userId"] for order in orders})
    for document in (README, LOCAL_STACK, COSTS):
        assert f"{len(orders):,} " in text(document)
        assert f"{households} households" in one_line(document)
    stack = one_line(LOCAL_STACK)
    assert f"The first {len(orders) - demo.LIVE_ORDERS:,} orders" in stack
    assert f"The last {demo.LIVE_ORDERS} go one by one" in stack


def test_functions_run_as_often_as_stated() -> None:
    for function, minutes in (
        (main.age_segments, 5),
        (main.reclassify_segments, 5),
        (main.generate_insights, 60),
    ):
        schedule = function.__firebase_endpoint__.scheduleTrigger["schedule"]  # type: ignore[attr-defined]
        assert schedule == f"every {minutes} minutes"
        for document in (ARCHITECTURE, RUNBOOK):
            assert f"every {minutes} minutes" in text(document)
    for function in (main.audit, main.compute_analytics):
        schedule = function.__firebase_endpoint__.scheduleTrigger["schedule"]  # type: ignore[attr-defined]
        assert schedule == HOURLY
    for name in ("audit", "compute_analytics"):
        assert f"`{name}` is called every hour, on the hour." in text(ARCHITECTURE)
        assert "Called every hour, on the hour." in section(RUNBOOK, name)


READS_PRICE, WRITES_PRICE = 0.06 / 100_000, 0.18 / 100_000


def test_what_orders_cost_is_worked_out_right() -> None:
    table = [row for row in rows(section(COSTS, "In dollars")) if "$" in row[1]]
    assert len(table) == 3
    for orders, once, edited in table:
        count = int(orders.replace(",", ""))
        for cell, edits in ((once, 0), (edited, 3)):
            amounts, _, price = cell.partition(":")
            reads, *writes = (
                int(number.replace(",", "")) for number in re.findall(r"[\d,]+\d", amounts)
            )
            dollars = re.findall(r"\$([\d.]+)", price)
            assert reads == 3 * (1 + edits) * count
            assert writes == [(4 + edits) * count, (6 + edits) * count]
            assert dollars == [
                f"{reads * READS_PRICE + write * WRITES_PRICE:.2f}" for write in writes
            ]


class Shop:
    """Orders handed to the trigger, each at its price."""

    def __init__(self, client: firestore.Client) -> None:
        self._client = client
        self._now = datetime.now(UTC)

    def cost(self, id: str, *, days_ago: int = 1, again: bool = False, **changes: Any) -> list[str]:
        """Reads and writes of one order write, as the table in costs.md has them."""
        values = {"org": "org_north", "email": "ada@example.org", "cents": 4000, **changes}
        ordered_at = self._now - timedelta(days=days_ago)
        data = Order(**values, ordered_at=ordered_at, products=(("p1", 4000),)).data()
        reference = self._client.collection(paths.ORDERS).document(id)
        before = data if again else reference.get().to_dict()
        if not again:
            reference.set(data)
        with metered(self._client) as meter:
            event = order_event(self._client, id, before, data)
            call_trigger(triggers.on_order_written, event)
        return [str(meter.documents_read), str(meter.documents_written + meter.documents_deleted)]


def test_what_an_order_write_costs_is_what_the_table_says(
    firestore_client: firestore.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = build_services(firestore_client, Settings(), b"a secret of the tests")
    services.organizations.resolve("org_north")
    services.organizations.settings("org_north")
    monkeypatch.setattr(triggers, "services", lambda: services)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", firestore_client.project)
    shop = Shop(firestore_client)
    counted = {
        "new order, segment changes, as with a customer's first order": shop.cost("o1", days_ago=5),
        "new order, segment unchanged": shop.cost("o2", days_ago=4),
        "edit that changes nothing that counts": shop.cost("o2", days_ago=4, status="ready"),
        "duplicate or late event": shop.cost("o2", days_ago=4, status="ready", again=True),
        "new order by nobody": shop.cost("o3", email=None),
        "new order that cannot be read": shop.cost("o4", broken=True),
    }
    shop.cost("o5", days_ago=2)
    reads, writes = shop.cost("o2", days_ago=4, email="bob@example.org")

    table = {what: cost for what, *cost in rows(section(COSTS, "Order writes"))}
    assert table.pop("order moves to another customer") == [reads, f"at most {writes}"]
    assert table == counted


def test_who_says_that_a_scheduled_time_is_done_is_what_the_functions_log() -> None:
    """Jobs with a scheduled time of each call are skipped; those of a night are not due."""
    source = text(Path(schedules.__file__))
    skipping = re.findall(r'run_job\("(\w+)"', source)
    (_, _, _, where, _) = by_code(section(RUNBOOK, "Log events"))["job_skipped"]
    assert sorted(where.split(", ")) == sorted(skipping)
    for function in ("compute_analytics", "audit"):
        assert function not in skipping


def test_the_health_check_runs_and_finds_what_is_wrong(
    firestore_client: firestore.Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=3)
    for path, document in (
        (paths.rejected_order("o1"), {"org_id": None, "code": "date_missing", "field": "date"}),
        (paths.customer("org_north", "a"), {"ageing": place("a", long_ago)}),
        (paths.customer("org_north", "b"), {"ageing": place("b", datetime.now(UTC))}),
        (paths.customer("org_north", "c"), {"ageing": place("c", None)}),
        (paths.reclassification("org_north"), _work("org_north", long_ago, settled=False)),
        (paths.reclassification("org_south"), _work("org_south", long_ago, settled=True)),
        (
            paths.reclassification("org_west"),
            _work("org_west", datetime.now(UTC), settled=False),
        ),
        (
            paths.task("org_north", "auditorganization"),
            _task("failed", 6, "UnreadableRulesError", None),
        ),
        (
            paths.task("org_south", "auditorganization"),
            _task("running", 2, "Ended", timedelta(minutes=-1)),
        ),
        (
            paths.task("org_west", "auditorganization"),
            _task("running", 1, None, timedelta(minutes=9)),
        ),
        (f"{paths.UNPROCESSED}/o9", {"org_id": None}),
        (paths.job("audit"), _job(datetime(2026, 3, 10, 5, tzinfo=UTC))),
        (paths.result("org_north", "churn"), _result("failed", last_error="Forbidden")),
        (paths.result("org_north", "rfm"), _result("ready")),
        (paths.result("org_north", "affinity"), _result("ready", stale_at=long_ago)),
        (
            paths.result("org_north", "quality"),
            _result("ready", summary={"checks": [{"remaining": 0}, {"remaining": 3}]}),
        ),
    ):
        firestore_client.document(path).set(document)
    ((_, _, snippet),) = [found for found in FENCE.findall(text(RUNBOOK)) if found[1] == "python"]
    monkeypatch.setenv("PROJECT", firestore_client.project)

    exec(compile(snippet, str(RUNBOOK), "exec"), {})

    assert capsys.readouterr().out.splitlines() == [
        "rejected orders: {'date_missing': 1}",
        "  o1 None date_missing date",
        "customers overdue for age_segments: 1",
        "unprocessed orders: 1",
        "reclassifications unsettled for an hour: org_north",
        "job: audit failed 2026-03-10 05:00 BadRequest",
        "task: org_north auditorganization 6 UnreadableRulesError",
        "result: org_north affinity ready None",
        "result: org_north churn failed Forbidden",
        "left by the audit: org_north 3",
        "task: org_south auditorganization 2 Ended",
    ]


def _work(org_id: str, started_at: datetime, *, settled: bool) -> dict[str, object]:
    return {"org_id": org_id, "started_at": started_at, "settled": settled}


def _job(due_at: datetime) -> dict[str, object]:
    return {"status": "failed", "due_at": due_at, "last_error": "BadRequest"}


def _task(status: str, attempt: int, error: str | None, lease: timedelta | None) -> dict[str, Any]:
    lease_until = None if lease is None else datetime.now(UTC) + lease
    state = {"status": status, "attempt": attempt, "last_error": error}
    return {**state, "lease_until": lease_until}


def _result(status: str, **fields: object) -> dict[str, object]:
    stale_at = datetime.now(UTC) + timedelta(hours=30)
    return {"status": status, "stale_at": stale_at, "last_error": None, **fields}


LISTENER_SETUP = """
    import {{ initializeApp }} from 'firebase/app';
    import {{ connectFirestoreEmulator, setLogLevel }} from './firestore_for_browsers.mjs';

    const {{ orgId, project, host, port, mockUserToken }} = JSON.parse('{arguments}');
    const show = (customers) => console.log(JSON.stringify(customers));
    setLogLevel('silent');
    initializeApp({{ projectId: project, apiKey: 'any' }});
    connectFirestoreEmulator(getFirestore(), host, port, {{ mockUserToken }});
"""


def test_the_listener_is_shown_the_counts_and_each_change(
    shop: CountedShop, project_id: str, firestore_emulator: str
) -> None:
    ((_, _, snippet),) = [
        found for found in FENCE.findall(text(DOCUMENTS_PAGE)) if found[1] == "js"
    ]
    host, _, port = firestore_emulator.rpartition(":")
    arguments = {
        "orgId": ORG,
        "project": project_id,
        "host": host,
        "port": int(port),
        "mockUserToken": {"sub": "somebody", "role": "brand", "orgId": ORG},
    }
    # The build that browsers load; a plain import gives Node.js the one for servers.
    snippet = snippet.replace("'firebase/firestore'", "'./firestore_for_browsers.mjs'")
    script = LISTENER_SETUP.format(arguments=json.dumps(arguments)) + snippet
    for _ in range(8):  # some in a shard that counts orders and no customer
        shop.order("ada@example.org")
    process = subprocess.Popen(
        node("--input-type=module", "--eval", script),
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    patience = Timer(60, process.kill)
    patience.start()
    with process:
        try:
            shown = (json.loads(line) for line in process.stdout)
            assert {"new": 1} in shown
            shop.order("bob@example.org")
            assert {"new": 2} in shown
        finally:
            patience.cancel()
            process.kill()


# --- decisions, versions and words


def test_decisions_are_numbered_without_gaps_and_complete() -> None:
    for number, decision in enumerate(ADRS, start=1):
        title, *parts = [title for _, title in HEADING.findall(text(decision))]
        assert re.fullmatch(rf"{number:04}-[a-z0-9-]+\.md", decision.name)
        assert title.startswith(f"{number:04} ")
        assert parts == ["Context", "Decision", "Consequences"]
        assert f"[{title}](adr/{decision.name})" in text(ARCHITECTURE)


def test_the_newest_version_of_the_changelog_is_this_one() -> None:
    versions = re.findall(r"^## \[([\d.]+)\] - (\d{4}-\d{2}-\d{2})$", text(CHANGELOG), re.MULTILINE)
    assert versions[0][0] == VERSION
    assert [day for _, day in versions] == sorted((day for _, day in versions), reverse=True)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_words_are_plain(document: Path) -> None:
    banned = r"\b(simply|just|easily|obviously|seamless\w*|powerful|robust|blazing\w*|TODO|FIXME)\b"
    assert re.findall(banned, prose(document), re.IGNORECASE) == []
