"""The fields of conditions, as a builder of them asks for them."""

from google.cloud import firestore

from shared.segments.conditions.fields import FIELDS
from shared.segments.conditions.parse import MAX_CONDITIONS, parse_definition
from tests.support.dashboard import Dashboard
from tests.support.metered import metered

PATH = "/v1/custom-segments/fields"
SAMPLES = {
    "money": 12.5,
    "count": 3,
    "percent": 50,
    "days": 30,
    "date": "2026-01-31",
    "set": "Anything",
    "membership": "cs_0123456789ab",
}


def test_every_field_operator_and_value_that_is_offered_is_accepted(dashboard: Dashboard) -> None:
    answer = dashboard.get(PATH, role="budtender")

    assert [field["name"] for field in answer["fields"]] == list(FIELDS)
    assert answer["limits"]["conditions"] == MAX_CONDITIONS
    for field in answer["fields"]:
        for value in field["values"] or [SAMPLES.get(field["type"])]:
            for operator in field["operators"]:
                given = {
                    "exists": {},
                    "not_exists": {},
                    "in": {"value": [value]},
                    "not_in": {"value": [value]},
                    "between": {"value": [value, value]},
                }.get(operator, {"value": value})
                parse_definition({"field": field["name"], "operator": operator, **given})


def test_every_part_of_a_condition_on_orders_that_is_offered_is_accepted(
    dashboard: Dashboard,
) -> None:
    answer = dashboard.get(PATH)
    windows = {"ever": True, "between": ["2026-01-01", "2026-01-31"]}
    for event in answer["events"]:
        for window in answer["windows"]:
            for part in answer["orderParts"]:
                for value in part["values"] or ["anything"]:
                    when = {window: windows.get(window, 30)}
                    parse_definition({"event": event, part["name"]: [value], "when": when})


def test_every_condition_on_messages_that_is_offered_is_accepted(dashboard: Dashboard) -> None:
    answer = dashboard.get(PATH)
    windows = {"ever": True, "between": ["2026-01-01", "2026-01-31"]}
    for event in answer["messageEvents"]:
        for window in answer["windows"]:
            when = {window: windows.get(window, 30)}
            parse_definition({"event": event, "campaign": "sc_0123456789ab", "when": when})


def test_nothing_is_read_for_it(dashboard: Dashboard, firestore_client: firestore.Client) -> None:
    dashboard.get(PATH)
    with metered(firestore_client) as meter:
        dashboard.get(PATH)
    assert meter.documents_read == 0
