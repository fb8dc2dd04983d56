"""Every question that is asked each night."""

from shared.analytics import affinity
from shared.computing.question import Question

QUESTIONS: tuple[Question, ...] = (affinity.SAME_BASKET, affinity.NEXT_ORDER)
