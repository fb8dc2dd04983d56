"""Every question that is asked each night."""

from shared.analytics import affinity, churn, cohorts, rfm, state_transitions
from shared.nightly.question import Question
from shared.predictions.question import PredictionSamplesQuestion
from shared.products.product_sales import ProductSalesQuestion
from shared.settings import Settings

PRODUCT_SALES = ProductSalesQuestion()
PREDICTION_SAMPLES = PredictionSamplesQuestion()
QUESTIONS: tuple[Question, ...] = (
    PRODUCT_SALES,
    *cohorts.QUESTIONS,
    affinity.SAME_BASKET,
    affinity.NEXT_ORDER,
    churn.ChurnQuestion(),
    state_transitions.StateTransitionsQuestion(),
    rfm.RfmQuestion(),
)


def asked_questions(settings: Settings) -> tuple[Question, ...]:
    """Those that are asked under these settings: product sales can be switched off."""
    if settings.roll_up_enabled:
        return QUESTIONS
    return tuple(question for question in QUESTIONS if question is not PRODUCT_SALES)
