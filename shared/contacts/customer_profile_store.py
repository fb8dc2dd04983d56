"""Keeps the profile from the dashboard's documents in the customer's own document.

The profile is looked up by the addresses of the customer's latest order, after whatever may change
it: a write of one of the dashboard's documents, an order that brings other addresses, a message
that bounced. Looking up reads the customer first, then what is known of the addresses, and commits
with a precondition on the customer: of two concurrent look-ups, the later one sees the data of
both. So the order and the document may arrive in either sequence.

Costs, per customer looked up, one read, one per address and one per document found, and one write
if anything is new, plus those of the counters if it changes a custom segment.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.contacts.profile import claimed_org, read_profile
from shared.contacts.profile_store import CrmProfiles
from shared.contacts.store import DocumentWrite
from shared.firestore import paths
from shared.firestore.query_chunks import in_chunks
from shared.kernel.clock import Clock
from shared.kernel.errors import AlreadyExistsError, ConflictError
from shared.kernel.retries import retry_conflicts
from shared.kernel.timed_cache import TimedCache
from shared.reconciliation.lost_customers import as_recorded
from shared.reconciliation.ports import Commit, LedgerStore, Organizations, Stored
from shared.reconciliation.settings_for import settings_for
from shared.segments.crm_profile import CrmProfile
from shared.segments.customer import Cause, CauseKind, Customer, CustomerId, age, evaluate

MAX_SHARED = 100
"""Maximum number of customers with one address that a change updates; the backfill updates all."""
_MAX_ALTERNATIVES = 30
_MAX_ORGANIZATIONS = 20_000


class CustomerProfiles:
    """Looks up profiles. Raises ContentionError, UnreadableRulesError and what Firestore raises."""

    def __init__(
        self,
        client: firestore.Client,
        store: LedgerStore,
        organizations: Organizations,
        secret: bytes,
        *,
        refresh_seconds: float,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._store = store
        self._organizations = organizations
        self._secret = secret
        self._clock = clock
        self._sleep = sleep
        self._known = TimedCache(
            self._has_points,
            timedelta(seconds=refresh_seconds),
            clock,
            max_cost=_MAX_ORGANIZATIONS,
        )

    def after_orders(self, customers: Iterable[Customer]) -> int:
        """Look up customers whose addresses an order has changed; returns how many were written.

        Reads nothing for any other customer. Whether the organisation has any address at all is
        cached for as long as its settings, for one read.
        """
        due = [each.id for each in customers if self._is_due(each)]
        return sum(self.look_up(id) for id in due if self.knows_anybody(id.org_id))

    def knows_anybody(self, org_id: str) -> bool:
        """Whether the dashboard has any address; cached as settings are."""
        return self._known.get(org_id)

    def after_write(self, document_write: DocumentWrite) -> int:
        """Look up the customers of a document of the dashboard; returns how many were written.

        A query for each organisation that the document names or named, and MAX_SHARED customers
        at most.
        """
        addresses: defaultdict[str, set[str]] = defaultdict(set)
        for data in (document_write.before, document_write.after):
            claimed_org_id = claimed_org(data) if data is not None else None
            if data is None or claimed_org_id is None:
                continue
            org_id = self._organizations.resolve(claimed_org_id)
            placeholders = self._organizations.settings(org_id).placeholders
            points = read_profile(data, placeholders=placeholders).channels.values()
            addresses[org_id] |= {each.address for each in points if each.address is not None}
        for org_id in addresses:
            if not self._known.peek(org_id):
                self._known.load(org_id)
        return sum(
            self._look_up_with(org_id, "contact.addresses", values)
            for org_id, values in sorted(addresses.items())
        )

    def after_messages(self, org_id: str, point_keys: Iterable[str]) -> int:
        """Look up the customers with these addresses; returns how many were written."""
        keys = sorted(set(point_keys))
        return sum(
            self._look_up_with(
                org_id, "profile.point_keys", keys[start : start + _MAX_ALTERNATIVES]
            )
            for start in range(0, len(keys), _MAX_ALTERNATIVES)
        )

    def look_up(self, id: CustomerId) -> bool:
        """Bring one customer up to date; returns whether anything was written."""
        is_restored = False

        def attempt() -> bool:
            nonlocal is_restored
            stored = self._store.read([], [], [id]).customers[id]
            customer = stored.value
            if customer is None or customer.erased_at is not None:
                return False
            profile = self._profiles(id.org_id).profile(customer.contact)
            if profile == customer.profile:
                return False
            try:
                self._write(stored, customer, profile, is_restored=is_restored)
            except ConflictError as conflict:
                # What was to be created may be a transition of a document that an older one
                # replaced.
                is_restored = isinstance(conflict, AlreadyExistsError)
                raise
            return True

        return retry_conflicts(attempt, sleep=self._sleep, what="a customer")

    def _write(
        self, stored: Stored[Customer], before: Customer, profile: CrmProfile, *, is_restored: bool
    ) -> None:
        settings = settings_for(self._organizations, before.id.org_id, [before])
        moment = settings.moment(self._clock())
        if is_restored:
            transitions = self._store.transitions_of(before.id)
            if transitions and transitions[-1].number > before.transition_count:
                before = as_recorded(before, transitions)
        customer_now, by_time = age(before, moment, moment.now)
        # Conditions may ask what the profile says.
        cause = Cause(kind=CauseKind.PROFILE)
        after, by_profile = evaluate(
            replace(customer_now, profile=profile), moment, moment.now, cause
        )
        commit = Commit(recorded_at=moment.now)
        commit.move(stored, after, [*by_time, *by_profile], moment)
        commit.counters = commit.counters.without_zeros()
        self._store.commit(commit)

    def _is_due(self, customer: Customer) -> bool:
        keys = self._profiles(customer.id.org_id).point_keys(customer.contact)
        return customer.erased_at is None and keys != customer.profile.point_keys

    def _look_up_with(self, org_id: str, field: str, values: Iterable[str]) -> int:
        values_in_order = sorted(values)
        if not values_in_order:
            return 0
        query = (
            self._client.collection(paths.customers(org_id))
            .where(filter=FieldFilter(field, "array_contains_any", values_in_order))
            .select(["__name__"])
            .limit(MAX_SHARED)
        )
        keys = [snapshot.id for snapshot in query.stream()]
        return sum(self.look_up(CustomerId(org_id, key)) for key in keys)

    def _profiles(self, org_id: str) -> CrmProfiles:
        return CrmProfiles(
            self._client,
            org_id,
            self._secret,
            settings=self._organizations.settings(org_id),
            resolve=self._organizations.resolve,
        )

    def _has_points(self, org_id: str) -> bool:
        points = self._client.collection(paths.contact_points(org_id)).select(["__name__"])
        return any(points.limit(1).stream())


def customers_of(client: firestore.Client, org_id: str) -> Iterable[CustomerId]:
    """Every customer of an organisation: one read each."""
    query = client.collection(paths.customers(org_id)).order_by("__name__").select(["__name__"])
    for snapshot in in_chunks(query, None):
        yield CustomerId(org_id, snapshot.id)
