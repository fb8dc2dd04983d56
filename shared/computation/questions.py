"""Every question that is asked each night."""

from shared.affinity import affinity
from shared.campaigns.performance.lift_question import CampaignLiftQuestion
from shared.churn import churn, rfm, state_transitions
from shared.cohorts import cohorts
from shared.kernel.settings import Settings
from shared.nightly.question import AskedQuestion, Question
from shared.predictions.question import PredictionSamplesQuestion
from shared.products.product_sales import ProductSalesQuestion

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
    CampaignLiftQuestion(),
)


def asked_questions(settings: Settings) -> tuple[Question, ...]:
    """Return the questions whose results are published under these settings: product sales can be
    switched off."""
    if settings.roll_up_enabled:
        return QUESTIONS
    return tuple(question for question in QUESTIONS if question is not PRODUCT_SALES)


def night_questions(settings: Settings) -> tuple[AskedQuestion, ...]:
    """Return all questions of a night under these settings, with prediction samples if enabled."""
    if settings.predictions_enabled:
        return (*asked_questions(settings), PREDICTION_SAMPLES)
    return asked_questions(settings)
