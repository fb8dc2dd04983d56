"""Answers of the routes about predictions."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.predictions.model import ModelKind
from shared.predictions.risk import RiskLevel
from shared.segments.segment import Segment
from shared.web.computed import NULL_UNTIL_COMPUTED, ComputedAnswer
from shared.web.models import ApiModel, Money


class Evidence(ApiModel):
    """Quality of the kind of model in force on customers that it was not fitted on."""

    origins: int = Field(description="Past cutoffs that models were tried at.")
    customers: int = Field(description="Customers scored at the newest of them.")
    log_loss: float | None = Field(description="Mean log loss; smaller is better.")
    brier: float | None = Field(description="Mean squared error; smaller is better.")
    base_log_loss: float | None = Field(description="Log loss of the base rate.")
    base_brier: float | None = Field(description="Brier score of the base rate.")
    auc: float | None = Field(
        description="Probability that a customer who stayed away was scored above one who did not."
    )
    calibration_slope: float | None = Field(description="1 is calibrated, less is too bold.")
    calibration_intercept: float | None = Field(description="0 is calibrated in the large.")
    ece: float | None = Field(description="Expected calibration error over ten bins.")
    ece_perfect: float | None = Field(
        description="Calibration error of a perfect model on as many customers."
    )


class ModelInForce(ApiModel):
    """The model that customers are scored under."""

    kind: ModelKind = Field(description="Method of computing the probability.")
    reason: str = Field(description="Reason for choosing this kind of model.")
    horizon_days: int = Field(description="Days without an order that the probability is of.")
    predicts_value: bool = Field(description="Whether it predicts revenue.")
    fitted_at: AwareDatetime = Field(description="When it was fitted.")
    data_until: AwareDatetime = Field(description="The orders known to the fit.")
    evidence: Evidence = Field(description="Its tests on the organisation's past.")


class RiskCount(ApiModel):
    """Customers at one level of churn risk."""

    level: RiskLevel = Field(description="The level.")
    customers: int = Field(description="Customers at it now.")
    lifetime_value: Money = Field(description="Revenue so far from these customers.")
    predicted_ltv: Money = Field(
        description="Expected net revenue from them in the next 12 months, discounted."
    )


class CustomerAtStake(ApiModel):
    """A customer with much revenue at stake, scored as of the call."""

    customer_key: str = Field(description="Key of the customer, for `GET /v1/customers/{key}`.")
    display_name: str | None = Field(description="Name on the latest order, if any.")
    segment: Segment | None = Field(description="The customer's segment.")
    churn_probability: int = Field(description="In whole percent, rounded down.")
    churn_risk_level: RiskLevel = Field(description="The level of `churnProbability`.")
    predicted_ltv: Money = Field(
        description="Expected net revenue of the next 12 months, discounted."
    )
    at_stake: Money = Field(description="Churn probability, unrounded, × `predictedLtv`.")


class ReliabilityBin(ApiModel):
    """Customers with similar probabilities at the newest cutoff, and their outcomes."""

    customers: int = Field(description="Customers in the bin.")
    predicted: float = Field(description="Mean probability, from 0 to 1.")
    observed: float = Field(description="Share that stayed away.")
    low: float = Field(description="Lower end of the 95 % interval of `observed`.")
    high: float = Field(description="Upper end of it.")


class TrialScore(ApiModel):
    """One kind of model at one past cutoff."""

    kind: ModelKind = Field(description="The kind of model.")
    cutoff_at: AwareDatetime = Field(description="It knew the orders up to then.")
    customers: int = Field(description="Customers scored.")
    log_loss: float = Field(description="Mean log loss.")
    brier: float = Field(description="Mean squared error.")
    auc: float | None = Field(description="As in `evidence`.")


class ChurnPrediction(ComputedAnswer):
    """The model in force, its evidence, and customers by level of risk."""

    horizon_days: int | None = Field(
        description=f"Horizon that was asked for at night; {NULL_UNTIL_COMPUTED}."
    )
    decision: str | None = Field(
        description=f"Decision after the latest fit, with its reason; {NULL_UNTIL_COMPUTED}."
    )
    model: ModelInForce | None = Field(
        description="The model in force as of `computedAt`; null if there was none."
    )
    levels: list[RiskCount] | None = Field(
        description="Customers by level now; null while no model is in force."
    )
    most_at_stake: list[CustomerAtStake] | None = Field(
        description="The ten customers with the most at stake now, largest first; null while no "
        "model in force predicts revenue."
    )
    most_at_stake_complete: bool | None = Field(
        description="False if the search ended after 500 customers: others may have as much."
    )
    reliability: list[ReliabilityBin] | None = Field(
        description=f"Ten bins of the latest fit's kind of model; {NULL_UNTIL_COMPUTED}."
    )
    scores: list[TrialScore] | None = Field(
        description=f"Every model at every past cutoff, newest first; {NULL_UNTIL_COMPUTED}."
    )


class ForecastMonth(ApiModel):
    """Expected net revenue of one month, or of the rest of the current one."""

    from_: date = Field(alias="from", description="First day.")
    until: date = Field(description="The day after the last one.")
    existing: Money = Field(description="From today's customers.")
    new: Money = Field(description="From future customers, if they arrive as in the last 12 weeks.")


class ForecastTotal(ApiModel):
    """Expected net revenue of all months shown."""

    existing: Money = Field(description="From today's customers.")
    new: Money = Field(description="From future customers.")
    low: Money | None = Field(
        description="Lower end of the 80 % interval of both together, from the errors of past "
        "forecasts; null with fewer than three of these."
    )
    high: Money | None = Field(description="Upper end of it.")


class PastForecast(ApiModel):
    """A forecast of one horizon as it would have been made then, and what happened."""

    cutoff_at: AwareDatetime = Field(description="It knew the orders up to then.")
    days: int = Field(description="Days that it is for.")
    expected_existing: Money = Field(description="Expected from the customers of then.")
    expected_new: Money = Field(description="Expected from future customers.")
    actual_existing: Money = Field(description="Spend of the customers of that time.")
    actual_new: Money = Field(description="Spend of new customers.")


class Forecast(ComputedAnswer):
    """Forecast revenue, and the errors of past forecasts."""

    months: list[ForecastMonth] | None = Field(
        description=f"{NULL_UNTIL_COMPUTED.capitalize()}; empty if no revenue is predicted."
    )
    total: ForecastTotal | None = Field(description="Null if no revenue is predicted.")
    past: list[PastForecast] | None = Field(description=f"Newest first; {NULL_UNTIL_COMPUTED}.")
