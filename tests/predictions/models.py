"""Published models and customers for the tests of predictions."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from shared.predictions.features import Features
from shared.predictions.model import (
    VALUE_DAYS,
    VALUE_GRID_DAYS,
    BaseRate,
    BgNbd,
    ChurnModel,
    Evidence,
    Logistic,
    MbgNbd,
    ParetoNbd,
    PublishedModel,
    RecencyRule,
    Terms,
    ValueModel,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NO_EVIDENCE = Evidence(
    origins=0,
    customers=0,
    log_loss=None,
    brier=None,
    base_log_loss=None,
    base_brier=None,
    auc=None,
    calibration_slope=None,
    calibration_intercept=None,
    ece=None,
    ece_perfect=None,
)
TERMS = Terms(
    intercept=0.4,
    frequency=-0.6,
    spend=-0.2,
    irregularity=1.0,
    rate=-0.7,
    silence=0.5,
    irregular_silence=0.6,
    recent=1.0,
)
MEANS = Terms(
    intercept=1.0,
    frequency=0.7,
    spend=1.1,
    irregularity=-0.3,
    rate=1.2,
    silence=0.6,
    irregular_silence=0.5,
    recent=-0.5,
)
LOGISTIC = Logistic(coefficients=TERMS, means=MEANS, typical_spend_cents=3_000)
PARETO = ParetoNbd(r=0.55, alpha=74.0, s=0.6, beta=81.7)
VALUE = ValueModel(
    coefficients=Terms(
        intercept=1.0,
        frequency=0.5,
        spend=0.2,
        irregularity=-1.0,
        rate=0.5,
        silence=-0.5,
        irregular_silence=-0.6,
        recent=-1.0,
    ),
    typical_spend_cents=3_000,
    purchases=PARETO,
    days=VALUE_DAYS,
    yearly_discount=0.1,
    spend_mean_cents=2_900.0,
    spend_weight=0.5,
    expected_days=(0.01, 0.1, 1.0, 10.0, 100.0),
    q10=(0.0, 0.0, 0.0, 5.0, 60.0),
    q90=(0.0, 0.0, 2.5, 15.0, 140.0),
)


def published(
    churn: ChurnModel = LOGISTIC, value: ValueModel | None = VALUE, horizon_days: int = 90
) -> PublishedModel:
    """A published model around a churn model."""
    return PublishedModel(
        horizon_days=horizon_days,
        churn=churn,
        reason="For a test.",
        value=value,
        evidence=NO_EVIDENCE,
        fitted_at=NOW,
        data_until=NOW - timedelta(hours=1),
    )


def _numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False).map(lambda number: round(number, 6))


_ABOVE_0 = _numbers(0.001, 2_000)


def terms(sign: int) -> st.SearchStrategy[Terms]:
    """Coefficients, those of the terms that grow with silence of one sign."""
    free = _numbers(-3, 3)
    growing = _numbers(0, 3).map(lambda number: sign * number)
    return st.builds(
        Terms,
        intercept=_numbers(-6, 6),
        frequency=free,
        spend=free,
        irregularity=free,
        rate=free,
        silence=growing,
        irregular_silence=growing,
        recent=growing,
    )


def churn_models() -> st.SearchStrategy[ChurnModel]:
    """Churn models of all kinds."""
    shares = _numbers(0, 1)
    steps = len(VALUE_GRID_DAYS)
    geometric = {"r": _ABOVE_0, "alpha": _ABOVE_0, "a": _ABOVE_0, "b": _ABOVE_0}
    return st.one_of(
        st.builds(BaseRate, probability=shares),
        st.builds(
            RecencyRule,
            probabilities=st.lists(shares, min_size=steps, max_size=steps).map(
                lambda listed: tuple(sorted(listed))
            ),
        ),
        st.builds(BgNbd, **geometric),
        st.builds(MbgNbd, **geometric),
        st.builds(
            ParetoNbd,
            r=_numbers(0.05, 10),
            alpha=_numbers(1, 2_000),
            s=_numbers(0.05, 10),
            beta=_numbers(1, 2_000),
        ),
        st.builds(
            Logistic,
            coefficients=terms(1),
            means=st.just(MEANS),
            typical_spend_cents=st.integers(1, 10**6),
        ),
    )


def value_models() -> st.SearchStrategy[ValueModel | None]:
    """No value model, or one with any coefficients."""

    def made(coefficients: Terms, purchases: ParetoNbd | None, weight: float) -> ValueModel:
        return ValueModel(
            coefficients=coefficients,
            typical_spend_cents=3_000,
            purchases=purchases,
            days=VALUE_DAYS,
            yearly_discount=0.1,
            spend_mean_cents=2_900.0,
            spend_weight=weight,
            expected_days=VALUE.expected_days,
            q10=VALUE.q10,
            q90=VALUE.q90,
        )

    return st.none() | st.builds(made, terms(-1), st.none() | st.just(PARETO), _ABOVE_0)


@st.composite
def customers(draw: st.DrawFn) -> Features:
    """Features that some sequence of orders has."""
    gaps = draw(st.lists(st.integers(1, 400), max_size=30))
    return Features(
        purchase_days=len(gaps) + 1,
        span_days=sum(gaps),
        squared_gap_days=float(sum(gap * gap for gap in gaps)),
        recent_weight=draw(_numbers(1, len(gaps) + 1)),
        spend_cents=draw(st.integers(-(10**6), 10**8)),
        last_ordered_at=NOW - draw(st.timedeltas(timedelta(0), timedelta(days=8_000))),
    )
