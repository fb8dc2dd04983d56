"""Members of a frozen audience, by key and by address, kept in memory: an audience never
changes."""

from collections.abc import Iterable
from threading import Lock

from cachetools import LRUCache
from google.cloud import firestore

from shared.campaigns.audience import Standing
from shared.campaigns.campaign import Campaign
from shared.campaigns.events.intake import Member
from shared.campaigns.store import CampaignStore

MAX_CAMPAIGNS = 8
"""Audiences that an instance keeps in memory; one of 100,000 customers takes some 60 MB."""


class FrozenMembers:
    """The customers of one frozen audience: one read per chunk used.

    A customer is found by key in a few of the chunks, which are sorted; by an address, in all.
    """

    def __init__(self, store: CampaignStore, campaign: Campaign) -> None:
        self._store = store
        self._campaign = campaign
        self._chunks: dict[int, dict[str, Member]] = {}
        self._by_point: dict[str, Member] | None = None

    def member(self, customer_key: str) -> Member | None:
        """The customer with this key."""
        low, high = 0, self._campaign.chunks - 1
        while low <= high:
            middle = (low + high) // 2
            chunk = self._chunk(middle)
            if customer_key in chunk:
                return chunk[customer_key]
            if not chunk or customer_key < next(iter(chunk)):
                high = middle - 1
            else:
                low = middle + 1 if customer_key > next(reversed(chunk)) else high + 1
        return None

    def with_point(self, key: str) -> Member | None:
        """Return the customer with this address, on any channel of the campaign."""
        if self._by_point is None:
            by_point: dict[str, Member] = {}
            for number in range(self._campaign.chunks):
                for member in self._chunk(number).values():
                    for point in member.points.values():
                        # Of customers who share an address, the one who is written to.
                        if point not in by_point or member.is_treated:
                            by_point[point] = member
            self._by_point = by_point
        return self._by_point.get(key)

    def _chunk(self, number: int) -> dict[str, Member]:
        if number not in self._chunks:
            self._chunks[number] = _members(self._store.chunk(self._campaign, number))
        return self._chunks[number]


def _members(standings: Iterable[Standing]) -> dict[str, Member]:
    return {
        each.customer_key: Member(
            customer_key=each.customer_key,
            arm=each.arm,
            segment=each.segment,
            points={
                channel: standing.point
                for channel, standing in each.channels.items()
                if standing.point is not None
            },
            usable=each.usable,
        )
        for each in standings
    }


_cache: LRUCache[tuple[str, ...], FrozenMembers] = LRUCache(MAX_CAMPAIGNS)
"""By project, organisation, campaign and the generation of its audience."""
_lock = Lock()


def frozen_members(client: firestore.Client, org_id: str, campaign: Campaign) -> FrozenMembers:
    """Return the members of a campaign, cached if this instance has read it before."""
    key = (client.project, org_id, campaign.id, campaign.generation)
    with _lock:
        if key not in _cache:
            _cache[key] = FrozenMembers(CampaignStore(client, org_id), campaign)
        return _cache[key]
