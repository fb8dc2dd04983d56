"""The inputs of one customer, and one evaluation of conditions on them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.predictions.features import Features, features_of
from shared.predictions.model import PublishedModel
from shared.predictions.scoring import reaches_percent_at, value_steps
from shared.segments.classify import OrderTotals, classify, next_change
from shared.segments.conditions.order_index import OrderIndex, category_key, instant_of, micros
from shared.segments.crm_profile import NO_PROFILE, CrmProfile
from shared.segments.history import OrderHistory
from shared.segments.preferences import preferred_categories
from shared.segments.thresholds import Thresholds
from shared.segments.touch import Touch

FOREVER = 1 << 62
"""Later than any instant, which are all in microseconds since 1970 here."""

Result = tuple[bool, int]
"""Whether something holds, and an instant, later than the one asked about, up to which that is
certain to stay so by time alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The known facts of one customer. `history` is the orders and returns that `totals` sums
    up."""

    totals: OrderTotals
    category_cents: tuple[tuple[str, int], ...]
    """Spend per category, largest first."""
    history: OrderHistory
    has_email: bool
    has_phone: bool
    has_display_name: bool
    profile: CrmProfile = NO_PROFILE
    """Profile from the dashboard's own documents."""
    touches: tuple[Touch, ...] = ()
    """Messages that campaigns sent to the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The first or the latest order: when it was, and the ordinal of its day where the shop is."""

    instant: int
    day: int


class Message(NamedTuple):
    """A message of a campaign: when it was sent, and the ordinal of its day where the shop is."""

    campaign_id: str
    instant: int
    day: int


class Evaluation:
    """One customer, asked about conditions at instants that never go back.

    Intermediate results that several conditions need, such as the orders with a product, are
    computed once.
    """

    def __init__(
        self,
        subject: Subject,
        thresholds: Thresholds,
        time_zone: ZoneInfo,
        segments: int,
        model: PublishedModel | None = None,
    ) -> None:
        self.subject = subject
        self.spent = subject.totals.lifetime_value_cents
        self.count = subject.totals.order_count
        self.groups: dict[int, list[Result]] = {}
        """The latest results of the children of each group, by its number."""
        self.roots: list[Result] = [(False, FOREVER)] * segments
        """The latest result of each stored segment, by its number."""
        self._thresholds = thresholds
        self._time_zone = time_zone
        self._model = model
        self._segment: tuple[str, int] = ("", -FOREVER)

    @cached_property
    def first(self) -> End | None:
        """The first order."""
        return self._end(self.subject.totals.first_ordered_at)

    @cached_property
    def last(self) -> End | None:
        """The latest order."""
        return self._end(self.subject.totals.last_ordered_at)

    @cached_property
    def orders(self) -> OrderIndex:
        """Return all orders, indexed."""
        return OrderIndex(self.subject.history)

    @cached_property
    def preferred(self) -> frozenset[str]:
        """Keys of the preferred categories."""
        return frozenset(map(category_key, preferred_categories(self.subject.category_cents)))

    @cached_property
    def products(self) -> frozenset[str]:
        """Ids of everything ever bought."""
        return self.orders.products_bought

    @cached_property
    def categories(self) -> frozenset[str]:
        """Keys of every category ever bought from."""
        return self.orders.categories_bought

    @cached_property
    def campaigns(self) -> frozenset[str]:
        """Ids of all campaigns that sent the customer anything."""
        return frozenset(message.campaign_id for message in self.messages)

    @cached_property
    def messages(self) -> list["Message"]:
        """Messages of campaigns, earliest first."""
        result = [
            Message(touch.campaign_id, micros(sent_at), self._day(sent_at))
            for touch in self.subject.touches
            if (sent_at := touch.sent_at) is not None
        ]
        return sorted(result, key=lambda message: message.instant)

    def segment(self, at: int) -> tuple[str, int]:
        """The id of the one of the eight segments, and when that changes by time alone."""
        if self._segment[1] <= at:
            totals, instant = self.subject.totals, instant_of(at)
            segment = classify(totals, self._thresholds, instant).segment
            change = next_change(totals, self._thresholds, instant, segment)
            self._segment = (segment.value, FOREVER if change is None else micros(change))
        return self._segment

    @cached_property
    def predicted(self) -> "CustomerPredictions | None":
        """The customer's predictions; None if no model is in force."""
        features = features_of(self.subject, self._model.horizon_days) if self._model else None
        return CustomerPredictions(self._model, features) if self._model and features else None

    def _end(self, at: datetime | None) -> End | None:
        if at is None:
            return None
        return End(instant=micros(at), day=self._day(at))

    def _day(self, at: datetime) -> int:
        return at.astimezone(self._time_zone).toordinal()


class CustomerPredictions:
    """A model's predictions for one customer, at any instant up to the next order."""

    def __init__(self, model: PublishedModel, features: Features) -> None:
        self._model = model
        self._features = features
        self._last = micros(features.last_ordered_at)

    def since(self, percent: int) -> int:
        """Return since when the probability of churn is that or more; FOREVER for never.

        If it has been so since the latest order, which may be dated ahead, the earliest instant.
        """
        reaches_at = reaches_percent_at(self._model, self._features, percent)
        if reaches_at is None:
            return FOREVER
        since = micros(reaches_at)
        return -FOREVER if since <= self._last else since

    @cached_property
    def value_cents(self) -> list[tuple[int, int]]:
        """Return the predicted values with the instants from which they hold; empty if the model
        predicts none."""
        steps = value_steps(self._model, self._features)
        return [
            (-FOREVER if number == 0 else micros(since), value.cents)
            for number, (since, value) in enumerate(steps)
        ]
