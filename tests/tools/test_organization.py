"""A mistyped organisation ends a tool, and leaves nothing behind."""

import os
import subprocess
import sys
from types import ModuleType
from typing import get_type_hints

import pytest
import typer
from google.cloud import firestore

from shared.backfill.job import read_orders
from shared.firestore import paths
from shared.installation import build_services
from shared.kernel.settings import CUSTOMER_KEY_SECRET, Settings
from shared.reconciliation.stores.organization_list import organization_ids
from shared.services import Services
from tests.support.metered import metered
from tests.support.world import NOW, Order
from tools import (
    audit,
    backfill,
    compute,
    contacts_backfill,
    erase,
    export_backfill,
    funnel_backfill,
    rebuild,
)
from tools.organization import require_organization
from tools.organization_option import organization_id
from tools.stack.firebase_cli import ROOT

SECRET = b"a secret of at least thirty-two bytes"


@pytest.fixture
def services(firestore_client: firestore.Client) -> Services:
    return build_services(firestore_client, Settings(), SECRET)


def order(org: str) -> dict[str, object]:
    return Order(
        org=org, email="ada@example.org", cents=4000, ordered_at=NOW, products=(("p1", 4000),)
    ).data()


def test_an_organisation_with_settings_or_documents_is_known_for_a_read(
    services: Services, firestore_client: firestore.Client
) -> None:
    firestore_client.document(paths.analytics_settings("org_south")).set({"timeZone": "UTC"})
    firestore_client.document(paths.customer("org_north", "a")).set({})
    for org in ("org_south", "org_north"):
        with metered(firestore_client) as meter:
            require_organization(services, org)
        assert meter.documents_read <= 1


def test_an_organisation_with_orders_alone_is_known_by_the_name_that_decides(
    services: Services, firestore_client: firestore.Client
) -> None:
    firestore_client.document(paths.alias("store_1")).set({"org_id": "org_north"})
    firestore_client.document(paths.order("o1")).set(order("store_1"))

    require_organization(services, "org_north")
    with pytest.raises(typer.BadParameter, match="there is no organisation store_1"):
        require_organization(services, "store_1")


@pytest.mark.parametrize("org", ["", "a/b", "__x__", "\u200b"])
def test_what_cannot_be_an_id_is_refused(org: str) -> None:
    with pytest.raises(typer.BadParameter, match="must be the id of an organisation"):
        organization_id(org)


def test_an_id_with_signs_that_nobody_sees_is_read_as_that_of_an_order(services: Services) -> None:
    services.client.document(paths.order("o1")).set(order("\ufefforg_north\u200b"))
    org = organization_id(" org\u200b_north\ufeff")
    assert org == "org_north"
    require_organization(services, org)
    assert [source.order_id for source in read_orders(services, org)] == ["o1"]


TOOLS = (
    audit,
    backfill,
    compute,
    contacts_backfill,
    erase,
    export_backfill,
    funnel_backfill,
    rebuild,
)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_reads_the_id_in_this_way(tool: ModuleType) -> None:
    (option,) = get_type_hints(tool.main, include_extras=True)["org"].__metadata__
    assert option.callback is organization_id


@pytest.mark.parametrize("tool", ["tools.audit", "tools.compute", "tools.rebuild"])
def test_a_mistyped_organisation_is_an_error_of_usage_and_is_not_made(
    firestore_client: firestore.Client, tool: str
) -> None:
    firestore_client.document(paths.order("o1")).set(order("org_north"))
    # It ends before it says anything to BigQuery, so none has to be there.
    local = {"BIGQUERY_EMULATOR_HOST": "http://127.0.0.1:1", "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", tool, "--org", "org_nroth", "--project", firestore_client.project],
        cwd=ROOT,
        env={**os.environ, CUSTOMER_KEY_SECRET: SECRET.decode(), **local},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "--org" in done.stderr
    assert "there is no organisation org_nroth: it has no orders" in done.stderr
    assert organization_ids(firestore_client) == []
