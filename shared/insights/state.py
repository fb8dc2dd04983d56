"""State of an organisation's insights, apart from the cards. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.insights.facts.sheet import Missing
from shared.insights.insight_card import WordingSource
from shared.insights.wording import PASSING, Fallback, Tokens

RENEW_BEFORE = timedelta(hours=2)
"""Time before the cards expire at which they are renewed even if nothing has changed."""
LEAST_RENEWAL = timedelta(hours=1)
"""Least time by which a renewal extends the lifetime."""
RETRY_AFTER = timedelta(hours=1)
"""Delay before wording is retried after a passing failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredText:
    """A wording by Claude, with its slots."""

    fingerprint: str
    """Of the facts as it was worded over them."""
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingReport:
    """Outcome of the latest wording."""

    source: WordingSource
    """`claude` where any text is by Claude."""
    reason: Fallback | None
    """Reason why some text is worded by rules; None if none is."""
    prompt_version: str
    model: str | None
    """None where Claude is not asked at all."""
    tokens: Tokens = Tokens()
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightsState:
    """The cards of an organisation, their lifetime and wording."""

    generated_at: datetime
    valid_until: datetime
    fingerprint: str
    """Of everything that is shown, rounded as it is shown, and of how it is worded."""
    cards: tuple[str, ...]
    """Ids, in their order."""
    texts: Mapping[str, StoredText] = field(default_factory=dict)
    """Texts worded by Claude, by id."""
    overview: str | None
    """A paragraph over all of it; None without cards."""
    overview_source: WordingSource = WordingSource.RULES
    missing: tuple[Missing, ...] = ()
    wording: WordingReport

    @property
    def due_at(self) -> datetime:
        """Return when they are next generated even if nothing has changed."""
        renewal = max(self.valid_until - RENEW_BEFORE, self.generated_at + RETRY_AFTER)
        if self.wording.reason in PASSING:
            return min(renewal, self.generated_at + RETRY_AFTER)
        return renewal

    def expires_before(self, valid_until: datetime, now: datetime) -> bool:
        """Whether it is time to store the same again with a later end."""
        ends_soon = now >= self.valid_until - RENEW_BEFORE
        return ends_soon and valid_until - self.valid_until >= LEAST_RENEWAL

    def is_stale(self, now: datetime) -> bool:
        """Whether they are older than they should be."""
        return now >= self.valid_until
