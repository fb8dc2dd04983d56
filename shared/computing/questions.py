"""Every question that is asked each night."""

from shared.analytics import cohorts
from shared.computing.question import Question

QUESTIONS: tuple[Question, ...] = (*cohorts.QUESTIONS,)
