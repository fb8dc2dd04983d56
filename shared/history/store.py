"""The recorded and the restated past of one organisation's segments, and every query they take.

A reader is made for one organisation and has no way to name another. What belongs together is
read as it was at one instant, `as_of`, so that nothing written meanwhile comes between.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import chain

from google.cloud import firestore

from shared.customers.scan_store import scan
from shared.firestore import paths
from shared.firestore.any_of import any_of
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.query_chunks import in_chunks
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import plain_instant
from shared.history.segment_history import CountedTransition, Flows
from shared.reconciliation.flows import ends
from shared.reconciliation.stores.customer_codec import history
from shared.segments.custom_segment import is_custom_segment_id
from shared.segments.path import PlacedOrder
from shared.segments.places import NONE, PLACES

CONCURRENT_QUERIES = 20
"""Queries of one call that are under way at once."""

_STEP_FIELDS = (
    "customer_key",
    "number",
    "from_segment",
    "to_segment",
    "effective_at",
    "entered",
    "left",
)


class SegmentHistoryReader:
    """Reads for one organisation. Raises what Firestore raises, after a few seconds of retries."""

    def __init__(self, client: firestore.Client, org_id: str) -> None:
        self._client = client
        self.org_id = org_id

    def now(self) -> datetime:
        """Return an instant, just past, at which everything can be read: one read."""
        snapshot = self._client.document(paths.analytics_settings(self.org_id)).get(**READ_LIMITS)
        read_time: datetime = snapshot.read_time
        return read_time

    def change(
        self,
        ids: Sequence[str],
        after: datetime | None,
        until: datetime | None,
        *,
        as_of: datetime,
    ) -> dict[str, int]:
        """Return the change in the number of customers of each segment and custom segment since
        `after`.

        None means since the first transition; the change ends at `until`, or now. Two counts for
        each, some at a time; each costs one read per thousand transitions counted, and at least
        one. Transitions that change custom segments alone are to and from the same segment, and
        cancel out: to leave them out, a count goes through nine parts of the index.
        """
        queries = []
        for id in ids:
            if is_custom_segment_id(id):
                queries += [self._naming("entered", id), self._naming("left", id)]
            else:
                queries += [self._at("to_segment", id), self._at("from_segment", id)]
        numbers = iter(_numbers([_within(each, after, until) for each in queries], as_of))
        return {id: into - out_of for id, into, out_of in zip(ids, numbers, numbers, strict=True)}

    def number_of_transitions(
        self, after: datetime, until: datetime, as_of: datetime, *, custom: bool = False
    ) -> int:
        """Return the number of transitions that `transitions` yields: nine counts, each one read
        per thousand, and at least one."""
        return sum(_numbers(self._between(after, until, custom=custom), as_of))

    def arrivals(self, place: str, after: datetime, until: datetime, *, as_of: datetime) -> int:
        """The recorded transitions into a segment after `after`, up to and including `until`.

        One read per thousand transitions counted, and at least one.
        """
        return _count(_within(self._into(place, _others(place)), after, until), as_of)

    def reaches_back_to(self, place: str, at: datetime, *, as_of: datetime) -> bool:
        """Whether any transition into a segment is recorded of that instant or before: one read."""
        query = _within(self._into(place, _others(place)), None, at).order_by("effective_at")
        transitions = query.select(["effective_at"]).limit(1)
        return next(iter(transitions.stream(**READ_LIMITS, read_time=as_of)), None) is not None

    def daily_flows(self, first_day: date, last_day: date, as_of: datetime) -> Mapping[date, Flows]:
        """The recorded transitions by local day: one read per document of those days."""
        query = (
            self._client.collection(paths.daily_stats(self.org_id))
            .where(filter=firestore.FieldFilter("date", ">=", first_day.isoformat()))
            .where(filter=firestore.FieldFilter("date", "<=", last_day.isoformat()))
            .select(["date", "flows"])
        )
        days: defaultdict[date, Flows] = defaultdict(Flows)
        for snapshot in query.stream(**READ_LIMITS, read_time=as_of):
            document = content(snapshot)
            for name, transitions in document.get("flows", {}).items():
                days[date.fromisoformat(document["date"])][ends(name)] += transitions
        return days

    def transitions(
        self, after: datetime, until: datetime, as_of: datetime, *, custom: bool = False
    ) -> Iterable[CountedTransition]:
        """The recorded transitions after `after`, up to and including `until`: one read per
        transition.

        `custom` says whether those that change custom segments alone are among them. They come in
        no particular order.
        """
        queries = [
            query.order_by("effective_at").select(_STEP_FIELDS)
            for query in self._between(after, until, custom=custom)
        ]
        with ThreadPoolExecutor(max_workers=CONCURRENT_QUERIES) as executor:
            results = executor.map(
                lambda query: [_transition(snapshot) for snapshot in in_chunks(query, as_of)],
                queries,
            )
            return list(chain.from_iterable(results))

    def histories(self, as_of: datetime) -> Iterator[Sequence[PlacedOrder]]:
        """The counted orders of every customer as known at `as_of`: one read per customer.

        A customer with too many orders to be kept in one document costs one read per order more.
        """
        for snapshot in scan(self._client, self.org_id, ("history",), as_of=as_of):
            order_history = history(content(snapshot))
            if order_history.truncated:
                yield self._orders(snapshot.id, as_of)
            else:
                yield [(order.ordered_at, order.amount_cents) for order in order_history.orders]

    def _orders(self, customer_key: str, as_of: datetime) -> list[PlacedOrder]:
        query = (
            self._client.collection(paths.LEDGER)
            .where(filter=firestore.FieldFilter("org_id", "==", self.org_id))
            .where(filter=firestore.FieldFilter("customer_key", "==", customer_key))
            .where(filter=firestore.FieldFilter("counted", "==", True))
            .order_by("ordered_at")
            .order_by("__name__")
            .select(["ordered_at", "amount_cents"])
        )
        entries = map(content, in_chunks(query, as_of))
        return [
            (plain_instant(entry["ordered_at"]), int(entry["amount_cents"])) for entry in entries
        ]

    def _between(self, after: datetime, until: datetime, *, custom: bool) -> list[firestore.Query]:
        """By place, so that one index serves all of them."""
        return [
            _within(self._into(place, PLACES if custom else _others(place)), after, until)
            for place in PLACES
        ]

    def _into(self, place: str, origins: Sequence[str]) -> firestore.Query:
        """Transitions to a place from any of others."""
        query = self._transitions().where(filter=_is_any("to_segment", [place]))
        return query.where(filter=_is_any("from_segment", origins))

    def _at(self, end: str, segment: str) -> firestore.Query:
        """Transitions that begin or end at a segment, those to itself included."""
        return self._transitions().where(filter=firestore.FieldFilter(end, "==", segment))

    def _naming(self, field: str, custom_id: str) -> firestore.Query:
        return self._transitions().where(
            filter=firestore.FieldFilter(field, "array_contains", custom_id)
        )

    def _transitions(self) -> firestore.CollectionReference:
        return self._client.collection(paths.transitions(self.org_id))


def _others(place: str) -> tuple[str, ...]:
    return tuple(other for other in PLACES if other != place)


def _is_any(field: str, places: Sequence[str]) -> firestore.FieldFilter | firestore.Or:
    return any_of(field, [None if place == NONE else place for place in places])


def _within(
    query: firestore.Query, after: datetime | None, until: datetime | None
) -> firestore.Query:
    if after is not None:
        query = query.where(filter=firestore.FieldFilter("effective_at", ">", after))
    if until is not None:
        query = query.where(filter=firestore.FieldFilter("effective_at", "<=", until))
    return query


def _numbers(queries: Sequence[firestore.Query], as_of: datetime) -> list[int]:
    """Return the count of each query."""
    with ThreadPoolExecutor(max_workers=CONCURRENT_QUERIES) as executor:
        return list(executor.map(lambda query: _count(query, as_of), queries))


def _count(query: firestore.Query, as_of: datetime) -> int:
    return sum(
        int(count.value)
        for (count,) in query.count(alias="n").stream(**READ_LIMITS, read_time=as_of)
    )


def _transition(snapshot: Snapshot) -> CountedTransition:
    document = content(snapshot)
    return CountedTransition(
        customer_key=document["customer_key"],
        number=document["number"],
        from_place=document["from_segment"] or NONE,
        to_place=document["to_segment"] or NONE,
        effective_at=plain_instant(document["effective_at"]),
        entered=tuple(document.get("entered", ())),
        left=tuple(document.get("left", ())),
    )
