"""The page and the tables about cohorts and product pairs, from the answers of the API."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console, Group
from rich.table import Table

from tools.demo import analytics as demo_analytics
from tools.heat import DARK, LIGHT, STEPS, Scheme, contrast, largest, step_of
from tools.report import NO_COHORTS, NO_PAIRS, report

HOSTILE = "<script>alert('x')</script> & \"Söhne\" [red]"


def period(number: int, retention: float, *, complete: bool = True) -> dict[str, Any]:
    return {
        "period": number,
        "customers": round(200 * retention),
        "retention": retention,
        "orders": round(250 * retention),
        "revenue": 1234.5,
        "cumulativeRevenuePerCustomer": 61.25,
        "complete": complete,
    }


def cohorts_answer(**changes: Any) -> dict[str, Any]:
    """Three months, the newest first: it is not over."""
    return {
        "granularity": "month",
        "mode": "in",
        "computedAt": "2026-03-05T03:00:12Z",
        "stale": False,
        "mean": [1.0, 0.4, None],
        "cohorts": [
            {
                "cohort": "2026-03",
                "size": 3,
                "periods": [period(0, 1.0, complete=False), None, None],
            },
            {
                "cohort": "2026-02",
                "size": 7,
                "periods": [period(0, 1.0), period(1, 0.0, complete=False), None],
            },
            {
                "cohort": "2026-01",
                "size": 1200,
                "periods": [period(0, 1.0), period(1, 0.4), period(2, 0.125, complete=False)],
            },
        ],
        **changes,
    }


def affinity_answer(name: str = "Milk", **changes: Any) -> dict[str, Any]:
    return {
        "computedAt": "2026-03-05T03:00:12Z",
        "orders": 9835,
        "pairsFound": 115,
        "pairs": [
            {
                "productIdA": "a",
                "productA": name,
                "productIdB": "b",
                "productB": "Bread",
                "count": 1736,
                "support": 0.0748,
                "confidenceAB": 0.3868,
                "confidenceBA": 0.2929,
                "lift": 2.17,
                "liftAdjusted": 1.514,
                "liftLower": 1.4,
                "pValue": 1e-30,
            }
        ],
        **changes,
    }


PENDING: dict[str, Any] = {"computedAt": None, "status": "pending", "stale": True}
NOTHING_OF_COHORTS: dict[str, Any] = {"cohorts": None, "mean": None}


class Page(HTMLParser):
    """Elements with their attributes, and the rows of all tables as texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self._in_cell = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_cell:
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(cohorts: dict[str, Any], affinity: dict[str, Any], organization: str = "org") -> Page:
    return Page(report(organization, cohorts, affinity))


def test_every_number_is_in_its_place() -> None:
    shown = page(cohorts_answer(), affinity_answer())
    assert shown.rows == [
        ["Month", "New customers", "Months after the first order"],
        ["0", "1", "2"],
        ["2026-01", "1,200", "100 %200", "40 %80", "12 %* not over yet25"],
        ["2026-02", "7", "100 %200", "0 %* not over yet0", ""],
        ["2026-03", "3", "100 %* not over yet200", "", ""],
        ["Mean", "", "100 %", "40 %", ""],
        [
            "Product A",
            "Product B",
            "Orders with both",
            "Of all orders",
            "Of those with A",
            "Of those with B",
            "Times as often",
            "At least",
        ],
        ["Milk", "Bread", "1,736", "7.48 %", "39 %", "29 %", "1.51", "1.40"],
    ]
    assert shown.text.count("Computed on 2026-03-05 at 03:00 UTC.") == 2


def test_it_says_what_is_shown_of_how_many_and_in_which_order() -> None:
    shown = " ".join(page(cohorts_answer(), affinity_answer()).text.split())
    assert "The first 1 of 115 pairs, in 9,835 orders" in shown
    assert "sorted by “At least”: the lower end of its 95 % interval" in shown
    assert "40 %, the largest share after 0." in shown
    assert "The number below a share is how many customers it is" in shown


def test_every_heading_cell_says_what_it_heads() -> None:
    shown = page(cohorts_answer(), affinity_answer())
    assert {heading.get("scope") for heading in shown.all("th")} == {"row", "col", "colgroup"}
    assert len(shown.all("caption")) == len(shown.all("table")) == 2
    assert shown.all("html") == [{"lang": "en"}]


def test_colours_follow_the_share_and_the_future_has_none() -> None:
    kinds = [cell.get("class") for cell in page(cohorts_answer(), affinity_answer()).all("td")]
    assert kinds[1:4] == ["heat s10", "heat s10", "heat s3 open"]
    assert kinds[5:8] == ["heat s10", "heat s0 open", None]
    assert kinds[9:12] == ["heat s10 open", None, None]


def test_it_loads_and_runs_nothing() -> None:
    html = report("org", cohorts_answer(), affinity_answer())
    shown = Page(html)
    assert {"script", "link", "img", "iframe", "a"}.isdisjoint(tag for tag, _ in shown.elements)
    assert not re.search(r"https?:|url\(|@import", html)
    (policy,) = (each for each in shown.all("meta") if "http-equiv" in each)
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_what_comes_from_data_is_text() -> None:
    cohorts = cohorts_answer(granularity=HOSTILE)
    cohorts["cohorts"] = [{**cohorts["cohorts"][0], "cohort": HOSTILE}]
    shown = page(cohorts, affinity_answer(HOSTILE), HOSTILE)
    assert shown.rows[2][0] == HOSTILE
    assert shown.rows[-1][0] == HOSTILE
    assert f"Cohorts and product pairs of {HOSTILE}" in shown.text
    cohorts["cohorts"][0]["cohort"] = "2026-03"
    harmless = page({**cohorts, "granularity": "month"}, affinity_answer())
    assert shown.elements == harmless.elements


def test_without_orders_it_says_so() -> None:
    shown = page(cohorts_answer(cohorts=[], mean=[]), affinity_answer(orders=0, pairs=[]))
    assert NO_COHORTS in shown.text
    assert NO_PAIRS in shown.text
    assert shown.rows == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (PENDING, "Not computed yet"),
        ({**PENDING, "status": "failed"}, "It could not be computed"),
    ],
)
def test_what_is_not_computed_is_not_shown_as_empty(changes: dict[str, Any], sentence: str) -> None:
    shown = page(
        cohorts_answer(**NOTHING_OF_COHORTS, **changes), affinity_answer(pairs=None, **changes)
    )
    assert shown.text.count(sentence) == 2
    assert NO_COHORTS not in shown.text
    assert NO_PAIRS not in shown.text
    assert [each["class"] for each in shown.all("p")] == ["notice", "notice"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"stale": True}, "UTC. Newer orders are not in it yet."),
        ({"stale": True, "status": "failed"}, "UTC. The last run since then failed: newer"),
    ],
)
def test_older_numbers_are_shown_as_such(changes: dict[str, Any], sentence: str) -> None:
    shown = page(cohorts_answer(**changes), affinity_answer())
    assert sentence in shown.text
    assert shown.rows[2][2] == "100 %200"


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_text_is_legible_on_every_colour(scheme: Scheme) -> None:
    assert scheme.step(0) == scheme.page
    assert scheme.step(STEPS) == scheme.full
    for number in range(STEPS + 1):
        assert contrast(scheme.text, scheme.step(number)) >= 4.5
    assert contrast(scheme.quiet, scheme.page) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_the_scale_ends_at_the_largest_share_after_the_first_period() -> None:
    assert largest(cohorts_answer()["cohorts"]) == 0.4
    assert largest([]) == 0
    assert [step_of(share, 0.4) for share in (0, 0.001, 0.2, 0.4, 1.0)] == [0, 1, 5, 10, 10]
    assert step_of(1.0, 0) == 0


class TestInTheTerminal:
    """The demo shows the same."""

    def printed(self, shown: Group | Table) -> str:
        console = Console(width=80)
        with console.capture() as capture:
            console.print(shown)
        return capture.get()

    def test_heatmap(self) -> None:
        lines = self.printed(demo_analytics.heatmap(cohorts_answer())).splitlines()
        actual = [line.split() for line in lines]
        assert ["2026-01", "1,200", "100", "40", "12*"] in actual
        assert ["2026-02", "7", "100", "0*"] in actual
        assert ["2026-03", "3", "100*"] in actual
        assert ["mean", "100", "40"] in actual

    def test_pairs_with_names_that_look_like_markup(self) -> None:
        printed = self.printed(demo_analytics.top_pairs(affinity_answer("Milk [red]1l[/red] [/]")))
        assert "Milk [red]1l[/red] [/]" in printed
        assert "1,736" in printed

    def test_what_the_columns_are_is_said(self) -> None:
        heatmap = self.printed(demo_analytics.heatmap(cohorts_answer()))
        assert (
            "new: customers whose first order was in the month, which is 0; 1 is the next."
            in heatmap
        )
        pairs = " ".join(self.printed(demo_analytics.top_pairs(affinity_answer())).split())
        assert "sorted by what it is at least: the lower end of the 95 % interval." in pairs

    def test_what_is_not_nothing_is_not_0_percent(self) -> None:
        shares = [demo_analytics.share_of(share) for share in (None, 0, 0.0041, 0.01, 0.29, 1)]
        assert shares == ["–", "0%", "<1%", "1%", "29%", "100%"]

    def test_funnel_churn_and_scores(self) -> None:
        funnel = {
            "stages": [
                {"stage": "Sessions", "count": 2400, "shareOfFirst": 1},
                {"stage": "Paid Orders", "count": 600, "shareOfFirst": 0.25},
            ]
        }
        churn = {"notChurnedAtStart": 173, "churned": 11, "churnRate": 11 / 173, "wonBack": 2}
        scores = {"recency": 5, "frequency": 5}
        cells = [{**scores, "monetary": each, "customers": each} for each in (3, 5)]
        shown = self.printed(
            demo_analytics.recent_table(funnel, churn, {"customers": 245, "cells": cells})
        )
        actual = [line.replace("│", " ").split() for line in shown.splitlines()]
        assert ["Paid", "Orders", "600", "25%"] in actual
        assert ["of", "these", "churned", "now", "11", "6%"] in actual
        assert "of these 5 in recency, frequency and amount 5" in map(" ".join, actual)

    def test_funnel_churn_and_scores_that_are_not_known(self) -> None:
        funnel = {"stages": [{"stage": "Sessions", "count": None, "shareOfFirst": None}]}
        churn = dict.fromkeys(("notChurnedAtStart", "churned", "churnRate", "wonBack"))
        shown = self.printed(
            demo_analytics.recent_table(funnel, churn, {"customers": None, "cells": None})
        )
        assert "0" not in shown.replace("30 days", "")

    def test_best_sellers(self) -> None:
        sold = {"revenue": 1567.5, "units": 2400.0, "unitsLast30Days": 12.0}
        products = [{"productName": "Milk [red]", **sold}]
        shown = self.printed(demo_analytics.best_sellers("Dairy", {"products": products}))
        assert ["Milk", "[red]", "$1,567.50", "2,400", "12"] in [
            line.replace("│", " ").split() for line in shown.splitlines()
        ]

    def test_pending_and_empty(self) -> None:
        pending: dict[str, Any] = {**PENDING, **NOTHING_OF_COHORTS, "pairs": None}
        assert "Not computed yet" in self.printed(demo_analytics.heatmap(cohorts_answer(**pending)))
        assert "Not computed yet" in self.printed(
            demo_analytics.top_pairs(affinity_answer(**pending))
        )
        assert NO_COHORTS in self.printed(
            demo_analytics.heatmap(cohorts_answer(cohorts=[], mean=[]))
        )
        assert NO_PAIRS in self.printed(demo_analytics.top_pairs(affinity_answer(pairs=[])))
        assert "Not checked yet" in self.printed(demo_analytics.audit({**PENDING, "checks": None}))

    def test_audit(self) -> None:
        check = {"check": "export_complete", "expected": 1646, "found": 1645, "drift": 1}
        answer = {"computedAt": "2026-11-25T05:00:00Z", "checks": [{**check, "repaired": 1}]}
        lines = self.printed(demo_analytics.audit(answer)).splitlines()
        assert ["export", "complete", "1,646", "1,645", "1", "1"] in [
            line.replace("│", " ").split() for line in lines
        ]


def test_the_demo_writes_the_page_where_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a folder" / "report.html"
    written = demo_analytics.show_answers("org", cohorts_answer(), affinity_answer(), path)
    assert written == path
    assert path.read_text(encoding="utf-8") == report("org", cohorts_answer(), affinity_answer())
    printed = capsys.readouterr().out
    assert "2026-01" in printed
    assert "Bread" in printed
