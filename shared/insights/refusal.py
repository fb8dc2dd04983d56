"""Reasons for refusing a model's wording."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Reasons for refusing a wording."""

    SHAPE = "shape"
    """It does not consist of the requested parts."""
    LENGTH = "length"
    CHARACTER = "character"
    """A digit, a sign, a letter of another script, markup or an invisible character."""
    SLOT = "slot"
    """A slot of no fact of the card, in a form that the fact does not have or in a wrong place; or
    no slot at all."""
    NUMBER = "number"
    UNIT = "unit"
    QUANTITY = "quantity"
    """Quantities in words: all, most, few."""
    DIRECTION = "direction"
    COMPARISON = "comparison"
    SUPERLATIVE = "superlative"
    CAUSE = "cause"
    PERIOD = "period"
    NEGATION = "negation"
    NAME = "name"
    """A name, or a segment."""
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The first thing that is wrong with a wording."""

    part: str
    """Name of the text, such as `headline`."""
    rule: Rule
    """Fit for a log."""
    reason: str
    """A sentence to send back to the model. May quote it: not for a log, nor for people."""
