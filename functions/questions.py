"""Every question that is asked each night."""

from shared.analytics import affinity, churn, cohorts, rfm, state_transitions
from shared.nightly.question import Question

QUESTIONS: tuple[Question, ...] = (
    *cohorts.QUESTIONS,
    affinity.SAME_BASKET,
    affinity.NEXT_ORDER,
    churn.ChurnQuestion(),
    state_transitions.StateTransitionsQuestion(),
    rfm.RfmQuestion(),
)
