"""Claude's words on the whole local stack: its API is a server on this machine."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.cloud import firestore

from shared.firestore import paths
from shared.kernel.settings import ANTHROPIC_API_KEY, INSIGHTS_LLM_ENABLED
from tests.e2e.calls import eventually, get, order, send
from tests.insights.messages_api import MessagesApi
from tests.support.linked_project import same_project
from tests.support.own_data import unused_ports
from tests.support.tokens import unsigned_token
from tools.stack.local_secret import FILE, customer_key_secret
from tools.stack.local_stack import PROJECT, FirebaseEmulators, firebase_emulators
from tools.stack.processes import marked_processes

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

ORG = "org_claude"
KEY = "a-key-of-this-test"
CUSTOMERS = 8


@pytest.fixture
def worded(claude_api: MessagesApi, tmp_path: Path) -> Iterator[FirebaseEmulators]:
    """A stack with Claude switched on as docs/local-stack.md says, without sign-in and export."""
    root = same_project(tmp_path)
    customer_key_secret(root)
    with (root / FILE).open("a") as secrets:
        secrets.write(f"{ANTHROPIC_API_KEY}={KEY}\n")
    (root / f".env.{PROJECT}").write_text(
        f"{INSIGHTS_LLM_ENABLED}=true\nANTHROPIC_BASE_URL={claude_api.url}\n"
    )
    with firebase_emulators(
        unused_ports(),
        auth=False,
        bigquery=False,
        env={"EXPORT_ENABLED": "false"},
        root=root,
    ) as stack:
        yield stack
    assert marked_processes(stack.server.mark) == []


def test_claude_words_the_cards_of_orders_and_code_writes_their_numbers(
    worded: FirebaseEmulators, claude_api: MessagesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", worded.environment["FIRESTORE_EMULATOR_HOST"])
    shop = firestore.Client(project=PROJECT)
    placed_at = datetime.now(UTC) - timedelta(days=70)
    for number in range(CUSTOMERS):
        email = f"person{number}@example.org"
        shop.document(paths.order(f"claude {number}")).set(order(placed_at, 20.0, ORG, email))
    shop.close()
    token = unsigned_token(PROJECT, role="brand_admin", orgId=ORG)
    eventually(
        lambda: get(worded, "/v1/segments", token)["totalCustomers"],
        CUSTOMERS,
    )

    worded.run_schedule("generate_insights")

    def insights() -> dict[str, Any]:
        return get(worded, "/v1/insights", token, function="insights")

    eventually(lambda: insights()["status"], "ready")
    made = insights()
    assert (made["wording"]["source"], made["wording"]["reason"]) == ("claude", None)
    (card,) = [each for each in made["insights"] if each["id"] == "churn-risk"]
    assert (card["source"], card["headline"]) == ("claude", "8 customers who are At Risk")
    (request,) = claude_api.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert "example.org" not in request.text

    again = send(worded, "/v1/insights:refresh", token, body={}, function="insights")
    assert (again.status, len(claude_api.requests)) == (200, 1), "no fact has changed"
