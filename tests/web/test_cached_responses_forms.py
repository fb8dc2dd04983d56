"""Conditional requests in every form that clients send."""

import pytest
from google.cloud import firestore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.web import cached_responses
from tests.support.api import ORIGIN
from tests.support.dashboard import Dashboard
from tests.support.examples import examples
from tests.support.metered import metered
from tests.support.shop import OTHER, Shop
from tests.web.cached_pages import KEPT_READS, OVERVIEW, PAGES, SEGMENTS, ask, etag_of


class TestForms:
    """If-None-Match as RFC 9110 has it."""

    @pytest.mark.parametrize(
        "form",
        [
            "{weak}",
            "{strong}",
            '"other", {weak}',
            'W/"a",{strong} , W/"b"',
            "  {weak}  ",
            "{strong},",
            "*",
        ],
    )
    @pytest.mark.parametrize("path", PAGES)
    def test_a_list_names_each_of_its_etags_weak_or_strong(
        self, dashboard: Dashboard, order: str, path: str, form: str
    ) -> None:
        weak = etag_of(dashboard, path)
        response = ask(dashboard, path, form.format(weak=weak, strong=weak.removeprefix("W/")))

        assert response.status_code == 304
        assert response.headers["ETag"] == weak

    @pytest.mark.parametrize("path", PAGES)
    def test_any_page_at_all_costs_the_settings_too(
        self, dashboard: Dashboard, firestore_client: firestore.Client, order: str, path: str
    ) -> None:
        with metered(firestore_client) as meter:
            assert ask(dashboard, path, "*").status_code == 304
        nightly = 4 if path == OVERVIEW else 0
        assert meter.documents_read == KEPT_READS + 3 + nightly

    def test_other_etags_name_nothing(
        self, dashboard: Dashboard, shop: Shop, order: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop.order("ada@example.org", 10, org=OTHER)
        right = etag_of(dashboard, OVERVIEW)
        scope, number, behind, until, hashed = right.removeprefix('W/"').rstrip('"').split(".")
        wrong = [
            etag_of(dashboard, SEGMENTS),  # another page
            etag_of(dashboard, OVERVIEW, orgId=OTHER),  # another organisation, as many changes
            f'"{scope}.{int(number) + 1}.{behind}.{until}.{hashed}"',
            f'"{scope}.{number}.1.{until}.{hashed}"',
            f'"{scope}.{number}.{behind}.0.{hashed}"',
            f'"{scope}.{number}.{behind}.{until}"',
            f'"{scope}.{number}.{behind}.{until}.{hashed}.0"',
            f'"{scope}.{number}.{behind}.{"9" * 5000}.{hashed}"',
            f'"{scope}.{"٣"}.{behind}.{until}.{hashed}"'.encode().decode("latin-1"),
            '"*"',
            '""',
            "",
        ]
        for etag in wrong:
            assert ask(dashboard, OVERVIEW, etag).status_code == 200, etag
        assert ask(dashboard, OVERVIEW, ", ".join(wrong[:-1])).status_code == 200

        monkeypatch.setattr(cached_responses, "VERSION", "another one")
        assert ask(dashboard, OVERVIEW, right).status_code == 200

    def test_one_organisation_after_another_at_the_same_address(
        self, dashboard: Dashboard, shop: Shop
    ) -> None:
        shop.order("ada@example.org", 10)
        shop.order("ada@example.org", 10, org=OTHER)
        etag = etag_of(dashboard, SEGMENTS)

        assert ask(dashboard, SEGMENTS, etag, orgId=OTHER).json["orgId"] == OTHER

    def test_a_browser_may_read_it(self, dashboard: Dashboard, order: str) -> None:
        etag = etag_of(dashboard, SEGMENTS)
        response = dashboard.call(SEGMENTS, headers={"If-None-Match": etag, "Origin": ORIGIN})

        assert response.status_code == 304
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "ETag" in response.headers["Access-Control-Expose-Headers"]

    def test_who_may_not_call_is_not_told_that_nothing_has_changed(
        self, dashboard: Dashboard, order: str
    ) -> None:
        etag = etag_of(dashboard, SEGMENTS)

        assert ask(dashboard, SEGMENTS, etag, role="customer").status_code == 403
        assert ask(dashboard, SEGMENTS, etag, query={"org": OTHER}).status_code == 404
        assert ask(dashboard, SEGMENTS, etag, query={"x": "1"}).status_code == 400

    @settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        parts=st.lists(
            st.text(alphabet='"W/*,. 0123456789abcdef\\', max_size=30)
            | st.text(
                alphabet=st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=20
            ),
            max_size=4,
        )
    )
    def test_nothing_else_is_a_failure(self, dashboard: Dashboard, parts: list[str]) -> None:
        header = ",".join(parts)
        expected = (200, 304) if header.strip() == "*" else (200,)

        assert ask(dashboard, SEGMENTS, header).status_code in expected
