"""Write docs/predictions.md: `python -m tests.benchmarks.reports.prediction_report`.

The text around the figures is prediction_report.md.

All figures of the document come from here. It takes two minutes.
"""

from pathlib import Path

import numpy as np

from shared.predictions.btyd import (
    bg_nbd_expected_purchases,
    bg_nbd_log_likelihood,
    fit_bg_nbd,
    fit_gamma_gamma,
    fit_mbg_nbd,
    fit_pareto_nbd,
    gamma_gamma_log_likelihood,
    mbg_nbd_log_likelihood,
    pareto_nbd_log_likelihood,
)
from shared.predictions.candidates import (
    fit_candidates,
    fit_churn_logistic,
    probabilities,
)
from shared.predictions.design import Array, design, typical_spend_cents
from shared.predictions.evidence.calibration import quality, reliability_bins
from shared.predictions.model import BgNbd, MbgNbd, ModelKind, ParetoNbd
from shared.predictions.samples import Sample
from shared.predictions.value import pareto_expected
from tests.predictions.prediction_evaluation import (
    CUTOFFS,
    KIND_NAMES,
    SHAPES,
    SMALL_SIZES,
    VALUE_DAYS,
    Cutoff,
    churn_row,
    forecast_rows,
    regression_at,
    scored,
    served_on,
    served_row,
    small_shop,
    value_at_39_weeks,
    value_model,
    value_quality_of,
    value_row,
)
from tests.predictions.published_purchases import repeat_spend, tenth_in_weeks, whole_in_weeks
from tools.console import run

PATH = Path(__file__).parents[3] / "docs" / "predictions.md"
_DRAWS = 40


def report() -> str:
    """The document."""
    text = Path(__file__).with_suffix(".md").read_text("utf-8")
    return text.format(
        published=_published(),
        churn="\n".join(row for cutoff in CUTOFFS for row in _churn(cutoff)),
        bins=_bins(CUTOFFS[1]),
        small="\n".join(row for cutoff in (CUTOFFS[4], CUTOFFS[1]) for row in _small_shops(cutoff)),
        shapes="\n".join(_shapes()),
        value="\n".join(_values()),
        forecasts="\n".join(forecast_rows()),
    )


def _published() -> str:
    tenth, whole = tenth_in_weeks(), whole_in_weeks()
    bg, pareto, mbg = fit_bg_nbd(tenth), fit_pareto_nbd(tenth), fit_mbg_nbd(tenth)
    count, mean = repeat_spend()
    spend, all_of_it = fit_gamma_gamma(count, mean), fit_bg_nbd(whole)
    assert bg is not None
    assert pareto is not None
    assert mbg is not None
    assert spend is not None
    assert all_of_it is not None

    def geometric(model: BgNbd | MbgNbd) -> str:
        return f"r {model.r:.3f}, α {model.alpha:.3f}, a {model.a:.3f}, b {model.b:.3f}"

    def row(name: str, found: str, log_likelihood: float) -> str:
        return f"| {name} | {found} | {log_likelihood:,.2f} |"

    return "\n".join(
        [
            row("BG/NBD", geometric(bg), bg_nbd_log_likelihood(bg, tenth)),
            row("Pareto/NBD", _pareto(pareto), pareto_nbd_log_likelihood(pareto, tenth)),
            row("MBG/NBD", geometric(mbg), mbg_nbd_log_likelihood(mbg, tenth)),
            row(
                "Gamma-Gamma, 946 repeat buyers",
                f"p {spend.p:.2f}, q {spend.q:.2f}, γ {spend.gamma:.2f}",
                gamma_gamma_log_likelihood(spend, count, mean),
            ),
            row(
                "BG/NBD, all 23,570", geometric(all_of_it), bg_nbd_log_likelihood(all_of_it, whole)
            ),
            "",
            "BG/NBD expects of a customer with two repeat purchases, the last one after 30.43 of "
            f"38.86 weeks, {bg_nbd_expected_purchases(bg, 2, 30.43, 38.86, 39):.3f} more in 39 "
            "weeks (published: 1.226).",
        ]
    )


def _pareto(model: ParetoNbd) -> str:
    return f"r {model.r:.3f}, α {model.alpha:.3f}, s {model.s:.3f}, β {model.beta:.3f}"


def _churn(cutoff: Cutoff) -> list[str]:
    known, tested = cutoff.known, cutoff.tested
    rows = [churn_row(cutoff, "**logistic**", regression_at(cutoff))]
    for kind, model in fit_candidates(known, cutoff.prior).items():
        if kind is not ModelKind.LOGISTIC:
            rows.append(churn_row(cutoff, KIND_NAMES[kind], scored(model, tested)))
    challenger = _gradient_boosting(known, tested)
    rows.append(
        churn_row(cutoff, "gradient boosting (challenger)", quality(challenger, tested.stayed_away))
    )
    return rows


def _gradient_boosting(known: list[Sample], tested: Sample) -> Array:
    """scikit-learn's, on the terms of the regression and the raw numbers behind them."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    typical = typical_spend_cents(known[0])

    def inputs(sample: Sample) -> Array:
        raw = [sample.purchase_days, sample.span_days, sample.silent_days, sample.spend_cents]
        return np.concatenate([design(sample, typical), np.stack(raw, axis=1)], axis=1)

    model = HistGradientBoostingClassifier(
        learning_rate=0.05, max_iter=120, max_leaf_nodes=15, min_samples_leaf=40, random_state=0
    )
    model.fit(
        np.concatenate([inputs(sample) for sample in known]),
        np.concatenate([sample.stayed_away for sample in known]),
    )
    return np.asarray(model.predict_proba(inputs(tested))[:, 1])


def _bins(cutoff: Cutoff) -> str:
    sample = cutoff.tested
    actual = probabilities(fit_churn_logistic(cutoff.known, cutoff.prior), sample)
    return "\n".join(
        f"| {each.customers:,} | {each.predicted:.1%} | {each.observed:.1%} "
        f"| {each.low:.1%} – {each.high:.1%} |"
        for each in reliability_bins(actual, sample.stayed_away)
    )


def _small_shops(cutoff: Cutoff) -> list[str]:
    """Brier scores on all customers of models fitted to a few, drawn many times."""
    actual = {size: small_shop(cutoff, size, _DRAWS) for size in SMALL_SIZES}
    return [
        f"| {cutoff.title} {cutoff.shown} | {size} | {each.with_prior:.4f} "
        f"| {each.without_prior:.4f} | {each.recency_rule:.4f} | {each.base_rate:.4f} |"
        for size, each in actual.items()
    ]


def _shapes() -> list[str]:
    """Made-up shops: what the backtest chooses, on the window that it has not seen."""
    return [served_row(name, served_on(made())) for name, made in SHAPES.items()]


def _values() -> list[str]:
    """On the next 39 weeks of CDNOW."""
    model, sample = value_model(), CUTOFFS[0].followed(VALUE_DAYS)
    own = np.maximum(sample.spend_cents, 0)
    rows = [value_row("**product**", value_at_39_weeks(model), quantiles=True)]
    assert model.purchases is not None
    days = pareto_expected(model.purchases, sample, sample.silent_days, VALUE_DAYS, 0.0)
    spend = own + model.spend_weight * model.spend_mean_cents
    spend = spend / (sample.purchase_days + model.spend_weight)
    none = np.zeros(len(sample))
    rows.append(
        value_row(
            "Pareto/NBD × Gamma-Gamma",
            value_quality_of(days * spend, none, none, sample),
            quantiles=False,
        )
    )
    rate = own / (sample.span_days + sample.silent_days + 1) * VALUE_DAYS
    rows.append(
        value_row(
            "spend so far ÷ days so far",
            value_quality_of(rate, none, none, sample),
            quantiles=False,
        )
    )
    return rows


def main() -> None:
    """Write docs/predictions.md."""
    PATH.write_text(report(), "utf-8")
    print(f"Wrote {PATH}")


if __name__ == "__main__":
    run(main)
