"""Every question that is asked each night."""

from shared.computing.question import Question

QUESTIONS: tuple[Question, ...] = ()
