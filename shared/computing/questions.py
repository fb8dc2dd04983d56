"""Every question that is asked each night."""

from shared.analytics import affinity, cohorts
from shared.computing.question import Question

QUESTIONS: tuple[Question, ...] = (
    *cohorts.QUESTIONS,
    affinity.SAME_BASKET,
    affinity.NEXT_ORDER,
)
