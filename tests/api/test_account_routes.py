"""The calling account, as the API describes it."""

from google.cloud import firestore

from shared.firestore import paths
from tests.support.dashboard import Dashboard, assert_problem
from tests.support.shop import ORG, OTHER


def test_an_account_sees_its_organisation_role_and_other_organisations(
    dashboard: Dashboard,
) -> None:
    me = dashboard.get(
        "/v1/me", brandId="brand_1", orgIds=[ORG, "org_9", 7, "a/b"], tenantId="brand_1"
    )

    assert me == {
        "uid": "user_1",
        "role": "dispensary_staff",
        "orgId": ORG,
        "ownOrgId": ORG,
        "orgClaim": "orgId",
        "otherOrgIds": ["brand_1", "org_9"],
        "namableOrganizations": "own",
        "mayChange": ["thresholds", "customSegments", "campaigns", "insights"],
        "mayReadAll": True,
        "currency": "USD",
        "timeZone": "UTC",
    }


def test_the_claim_is_the_one_that_names_the_organisation(dashboard: Dashboard) -> None:
    assert dashboard.get("/v1/me", orgId=None, currentOrgId="cur")["orgClaim"] == "currentOrgId"
    assert dashboard.get("/v1/me", orgId=" ")["orgClaim"] == "uid"


def test_a_budtender_may_change_nothing_and_read_all_where_the_settings_say_so(
    dashboard: Dashboard, firestore_client: firestore.Client
) -> None:
    before = dashboard.get("/v1/me", role="budtender")
    firestore_client.document(paths.analytics_settings(ORG)).set(
        {"budtendersMayReadAll": True, "currency": "EUR", "timeZone": "Europe/Berlin"}
    )
    after = dashboard.get("/v1/me", role="budtender")

    assert (before["mayChange"], before["mayReadAll"]) == ([], False)
    assert (after["mayChange"], after["mayReadAll"]) == ([], True)
    assert (after["currency"], after["timeZone"]) == ("EUR", "Europe/Berlin")


def test_only_a_super_user_may_name_another_organisation(dashboard: Dashboard) -> None:
    me = dashboard.get("/v1/me", {"org": OTHER}, role="super_user")

    assert (me["orgId"], me["ownOrgId"], me["namableOrganizations"]) == (OTHER, ORG, "any")
    assert_problem(dashboard.call("/v1/me", {"org": OTHER}), 404, "organisation-not-found")
