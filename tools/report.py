"""A page about cohorts and product pairs that needs nothing but a browser.

It is made from the answers of `GET /v1/analytics/cohorts` and `GET /v1/analytics/affinity`. It
loads nothing and runs nothing, and everything in it that comes from data is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

from tools.heat import DARK, LIGHT, STEPS, Scheme, largest, oldest_first, step_of

__all__ = ["NO_COHORTS", "NO_PAIRS", "report", "state_of"]

NO_COHORTS = "No customer has a counted order yet."
NO_PAIRS = "No two products were bought together often enough yet."
MODES = {
    "in": "Of each period's new customers, the share that ordered again so many periods later.",
    "onOrAfter": "Of each period's new customers, the share that ordered so many periods later, or "
    "after that.",
}

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<section aria-labelledby="cohorts">
<h2 id="cohorts">Who comes back</h2>
{cohorts}
</section>
<section aria-labelledby="pairs">
<h2 id="pairs">What is bought together</h2>
{pairs}
</section>
</main>
</body>
</html>
"""

_STYLE = """\
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
p, caption { color: var(--quiet); }
caption { text-align: left; padding: .5rem .6rem; font-weight: 600; }
.wide { overflow-x: auto; position: relative; }
.wide:focus-visible { outline: 2px solid var(--full); outline-offset: 4px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap; }
thead th { color: var(--quiet); font-weight: 600; border-bottom: 1px solid var(--line); }
tbody th { font-weight: 600; }
.name { text-align: left; white-space: normal; min-width: 12rem; }
.cohorts th[scope=row], .cohorts th[rowspan]:first-child { text-align: left; }
.cohorts th[scope=colgroup] { text-align: center; }
.cohorts td.heat { border: 2px solid var(--page); min-width: 2.6rem; padding-right: .9rem; }
.cohorts td.open { padding-right: .4rem; outline: 1px dashed var(--quiet); outline-offset: -4px; }
.cohorts small { display: block; font-size: .75rem; color: inherit; }
.cohorts .mean > * { border-top: 1px solid var(--line); font-weight: 600; }
.pairs thead th { white-space: normal; vertical-align: bottom; }
.pairs tbody tr > * { border-bottom: 1px solid var(--line); }
.notice { border-left: 4px solid var(--full); padding: .5rem 1rem; color: var(--text); }
.key { display: inline-flex; vertical-align: middle; border: 1px solid var(--line); }
.key span { width: 1.2rem; height: 1rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }"""


def report(organization: str, cohorts: Mapping[str, Any], affinity: Mapping[str, Any]) -> str:
    """The whole page as HTML, from the two answers for an organisation."""
    return _PAGE.format(
        title=escape(f"Cohorts and product pairs of {organization}"),
        style=_style(),
        cohorts="\n".join(_cohorts(cohorts)),
        pairs="\n".join(_pairs(affinity)),
    )


def state_of(answer: Mapping[str, Any]) -> str:
    """Return the status of an answer, in a sentence or two."""
    if answer.get("computedAt") is None:
        if answer.get("status") == "failed":
            return "It could not be computed; the next run tries again."
        return "Not computed yet: the scheduled function compute_analytics does it every night."
    computed_at = datetime.fromisoformat(answer["computedAt"]).astimezone(UTC)
    sentence = f"Computed on {computed_at:%Y-%m-%d at %H:%M} UTC."
    if answer.get("status") == "failed":
        return f"{sentence} The last run since then failed: newer orders are not in it."
    if answer.get("stale"):
        return f"{sentence} Newer orders are not in it yet."
    return sentence


def _cohorts(answer: Mapping[str, Any]) -> Iterable[str]:
    yield _state(answer)
    rows = oldest_first(answer)
    if not rows:
        if answer.get("computedAt") is not None:
            yield f"<p>{NO_COHORTS}</p>"
        return
    granularity = escape(str(answer["granularity"]))
    full = largest(rows)
    width = max(len(row["periods"]) for row in rows)
    steps = "".join(f'<span class="s{number}"></span>' for number in range(STEPS + 1))
    yield (
        f"<p>{escape(MODES.get(answer['mode'], ''))} New is whose first order was in that "
        f"{granularity}: 0 is the {granularity} itself, which is 100 %. The number below a share "
        "is how many customers it is: of a few new customers, one is many percent.</p>"
    )
    yield (
        f'<p>0 % <span class="key" aria-hidden="true">{steps}</span> {_percent(full)}, the largest '
        "share after 0. A dashed cell with * is of a period that is not over: it may still grow, "
        "and is left out of the mean. The mean is weighted by new customers.</p>"
    )
    yield '<div class="wide" role="region" aria-labelledby="cohorts" tabindex="0">'
    yield '<table class="cohorts">'
    yield f"<caption>Who comes back, by {granularity}</caption>"
    heads = "".join(f'<th scope="col">{number}</th>' for number in range(width))
    yield (
        f'<thead><tr><th scope="col" rowspan="2">{granularity.capitalize()}</th>'
        '<th scope="col" rowspan="2">New customers</th>'
        f'<th scope="colgroup" colspan="{width}">{granularity.capitalize()}s after the first order'
        "</th></tr>\n"
        f"<tr>{heads}</tr></thead>\n<tbody>"
    )
    for row in rows:
        cells = "".join(_cell(period, full) for period in _padded(row["periods"], width))
        yield (
            f'<tr><th scope="row">{escape(str(row["cohort"]))}</th>'
            f"<td>{row['size']:,}</td>{cells}</tr>"
        )
    mean = "".join(_mean_cell(share, full) for share in _padded(answer["mean"], width))
    yield f'<tr class="mean"><th scope="row">Mean</th><td></td>{mean}</tr>'
    yield "</tbody>\n</table>\n</div>"


def _cell(period: Mapping[str, Any] | None, full: float) -> str:
    """Blank for a period in the future."""
    if period is None:
        return "<td></td>"
    share = period["retention"]
    kind = f"heat s{step_of(share, full)}" + " open" * (not period["complete"])
    title = (
        f"{period['customers']:,} customers, {period['orders']:,} orders, "
        f"${period['revenue']:,.2f}; so far ${period['cumulativeRevenuePerCustomer']:,.2f} "
        "per customer"
    )
    mark = "" if period["complete"] else '*<span class="unseen"> not over yet</span>'
    customers = f"<small>{period['customers']:,}</small>"
    return f'<td class="{kind}" title="{escape(title)}">{_percent(share)}{mark}{customers}</td>'


def _mean_cell(share: float | None, full: float) -> str:
    if share is None:
        return "<td></td>"
    return f'<td class="heat s{step_of(share, full)}">{_percent(share)}</td>'


def _padded(cells: list[Any], width: int) -> list[Any]:
    return [*cells, *[None] * (width - len(cells))]


def _pairs(answer: Mapping[str, Any]) -> Iterable[str]:
    yield _state(answer)
    pairs = answer["pairs"] or ()
    if not pairs:
        if answer.get("computedAt") is not None:
            yield f"<p>{NO_PAIRS}</p>"
        return
    yield (
        f"<p>The first {len(pairs):,} of {answer['pairsFound']:,} pairs, in "
        f"{answer['orders']:,} orders that say what was bought. Times as often compares with how "
        "often both would meet by chance; where orders are few, that may be luck. So pairs are "
        "sorted by “At least”: the lower end of its 95 % interval.</p>"
    )
    yield '<div class="wide" role="region" aria-labelledby="pairs" tabindex="0">'
    yield '<table class="pairs">'
    yield "<caption>Product pairs</caption>"
    heads = (
        "Orders with both",
        "Of all orders",
        "Of those with A",
        "Of those with B",
        "Times as often",
        "At least",
    )
    yield (
        '<thead><tr><th scope="col" class="name">Product A</th>'
        '<th scope="col" class="name">Product B</th>'
        + "".join(f'<th scope="col">{head}</th>' for head in heads)
        + "</tr></thead>\n<tbody>"
    )
    for pair in pairs:
        cells = (
            f"{pair['count']:,}",
            _percent(pair["support"], digits=2),
            _percent(pair["confidenceAB"]),
            _percent(pair["confidenceBA"]),
            _times(pair["liftAdjusted"]),
            _times(pair["liftLower"]),
        )
        yield (
            f'<tr><th scope="row" class="name">{escape(str(pair["productA"]))}</th>'
            f'<td class="name">{escape(str(pair["productB"]))}</td>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
        )
    yield "</tbody>\n</table>\n</div>"


def _state(answer: Mapping[str, Any]) -> str:
    usual = answer.get("computedAt") is not None and not (
        answer.get("stale") or answer.get("status") == "failed"
    )
    notice = "" if usual else ' class="notice" role="status"'
    return f"<p{notice}>{escape(state_of(answer))}</p>"


def _percent(share: float | None, *, digits: int = 0) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def _times(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


def _style() -> str:
    return "\n".join(
        (
            _variables(LIGHT),
            f"@media (prefers-color-scheme: dark) {{\n{_variables(DARK)}\n}}",
            _STYLE,
            *(f".s{number} {{ background: var(--s{number}); }}" for number in range(STEPS + 1)),
        )
    )


def _variables(scheme: Scheme) -> str:
    variables = {
        "page": scheme.page,
        "text": scheme.text,
        "quiet": scheme.quiet,
        "line": scheme.line,
        "full": scheme.full,
        **{f"s{number}": scheme.step(number) for number in range(STEPS + 1)},
    }
    return ":root { " + " ".join(f"--{name}: {value};" for name, value in variables.items()) + " }"
