"""Causes of transitions, worded for people."""

from shared.segments.customer import Cause, CauseKind

_SENTENCES = {
    CauseKind.ORDER: "An order was placed, changed or taken back.",
    CauseKind.TIME: "Time passed.",
    CauseKind.THRESHOLDS: "The organisation's thresholds were changed.",
    CauseKind.CUSTOM_SEGMENTS: "The organisation's custom segments were changed.",
    CauseKind.REPAIR: "A rebuild put the customer right.",
    CauseKind.ERASURE: "The person behind the customer was erased.",
    CauseKind.CAMPAIGN: "A campaign's message was sent, opened or followed.",
    CauseKind.PROFILE: "The customer's profile in the dashboard was changed.",
}


def cause_in_words(cause: Cause) -> str:
    """One plain sentence, which holds no personal data."""
    return _SENTENCES[cause.kind]
