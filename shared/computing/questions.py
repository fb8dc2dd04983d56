"""Every question that is asked each night."""

from shared.analytics.churn import ChurnQuestion
from shared.analytics.rfm import RfmQuestion
from shared.analytics.state_transitions import StateTransitionsQuestion
from shared.computing.question import Question

QUESTIONS: tuple[Question, ...] = (ChurnQuestion(), StateTransitionsQuestion(), RfmQuestion())
