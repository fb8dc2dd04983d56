"""Campaigns in Firestore, with their audiences in chunks.

A campaign is written before its audience, which is frozen in steps: see
`shared.campaigns.freezing`. Chunks are named by a generation, so that a repeated freeze never mixes
with the first.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from google.cloud import firestore

from shared.campaigns.audience import Standing
from shared.campaigns.campaign import Campaign
from shared.campaigns.campaign_codec import (
    campaign_document,
    standing_entry,
    stored_campaign,
    stored_standing,
)
from shared.firestore import paths
from shared.firestore.commits import commit_batch, create, put
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import content
from shared.kernel.errors import ConflictError, UnsettledError
from shared.kernel.retries import retry_conflicts
from shared.reconciliation.stores.organization_documents import organization_pages

CHUNK_SIZE = 1_000
"""Customers in a chunk: some 500 kB."""
KEYS_SIZE = 10_000
"""Customers in a chunk that holds keys alone: some 400 kB."""
MAX_ATTEMPTS = 5
PAGE_SIZE = 300


class CampaignStore:
    """Reads and writes the campaigns of one organisation."""

    def __init__(
        self,
        client: firestore.Client,
        org_id: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._org_id = org_id
        self._sleep = sleep

    def campaign(self, campaign_id: str) -> Campaign | None:
        """One campaign: one read."""
        path = paths.campaign(self._org_id, campaign_id)
        snapshot = self._client.document(path).get(**READ_LIMITS)
        return stored_campaign(snapshot.id, content(snapshot)) if snapshot.exists else None

    def page(
        self, *, size: int, after: tuple[datetime, str] | None = None
    ) -> tuple[list[Campaign], bool]:
        """Campaigns, the newest first, and whether more follow: one read each, and one more."""
        descending = firestore.Query.DESCENDING
        query = (
            self._client.collection(paths.campaigns(self._org_id))
            .order_by("created_at", direction=descending)
            .order_by("__name__", direction=descending)
            .limit(size + 1)
        )
        if after is not None:
            query = query.start_after(list(after))
        campaigns = [
            stored_campaign(each.id, content(each)) for each in query.stream(**READ_LIMITS)
        ]
        return campaigns[:size], len(campaigns) > size

    def handed_over(self) -> Iterator[Campaign]:
        """Return campaigns with a requested hand-over, in any state: one read per campaign."""
        after: tuple[datetime, str] | None = None
        more = True
        while more:
            campaigns, more = self.page(size=PAGE_SIZE, after=after)
            yield from (each for each in campaigns if each.handover is not None)
            if campaigns:
                after = (campaigns[-1].created_at, campaigns[-1].id)

    def unfinished(self) -> list[Campaign]:
        """Return the campaigns whose work has to continue: one read each, and at least one."""
        query = self._client.collection(paths.campaigns(self._org_id)).where(
            filter=firestore.FieldFilter("unfinished", "==", True)
        )
        return [stored_campaign(each.id, content(each)) for each in query.stream(**READ_LIMITS)]

    def create(self, campaign: Campaign) -> Campaign:
        """Write a campaign; returns the existing one if there is one. One write."""
        reference = self._client.document(paths.campaign(self._org_id, campaign.id))
        try:
            create(reference, campaign_document(campaign, self._org_id))
        except ConflictError:
            existing = self.campaign(campaign.id)
            if existing is None:
                raise
            return existing
        return campaign

    def change(self, campaign_id: str, decide: Callable[[Campaign], Campaign]) -> Campaign | None:
        """Apply `decide` to a campaign and store the result: one read and one write; None without
        one.

        `decide` may raise, or return its argument: then nothing is written.
        """
        reference = self._client.document(paths.campaign(self._org_id, campaign_id))

        def write() -> Campaign | None:
            snapshot = reference.get(**READ_LIMITS)
            if not snapshot.exists:
                return None
            before = stored_campaign(snapshot.id, content(snapshot))
            after = decide(before)
            if after == before:
                return before
            batch = self._client.batch()
            document = campaign_document(after, self._org_id)
            put(batch, reference, document, revision=snapshot.update_time)
            commit_batch(batch)
            return after

        return retry_conflicts(write, attempts=MAX_ATTEMPTS, sleep=self._sleep, what="a campaign")

    def delete(self, campaign: Campaign) -> None:
        """Delete a campaign with its audience: one delete per chunk, and one."""
        self.delete_audience(campaign)
        self._client.document(paths.campaign(self._org_id, campaign.id)).delete()

    def write_keys(self, campaign: Campaign, keys: Sequence[str]) -> None:
        """Write the keys of the group, in order: one write per KEYS_SIZE customers."""
        for number in range(_chunks(len(keys), KEYS_SIZE)):
            part = keys[number * KEYS_SIZE : (number + 1) * KEYS_SIZE]
            self._keys(campaign, number).set({"keys": list(part)})

    def keys(self, campaign: Campaign, start: int, size: int) -> list[str]:
        """Return consecutive keys: one read per KEYS_SIZE customers."""
        result: list[str] = []
        for number in range(start // KEYS_SIZE, _chunks(start + size, KEYS_SIZE)):
            snapshot = self._keys(campaign, number).get(**READ_LIMITS)
            if not snapshot.exists:
                raise UnsettledError("A part of the group is gone.")
            result += content(snapshot)["keys"]
        offset = start % KEYS_SIZE
        return result[offset : offset + size]

    def delete_keys(self, campaign: Campaign) -> None:
        """Delete what `write_keys` wrote."""
        for number in range(_chunks(campaign.expected or 0, KEYS_SIZE)):
            self._keys(campaign, number).delete()

    def delete_audience(self, campaign: Campaign) -> None:
        """Delete all chunks of the campaign's generation."""
        self.delete_keys(campaign)
        for number in range(campaign.chunks):
            self._chunk(campaign, number).delete()

    def write_chunk(self, campaign: Campaign, number: int, standings: Sequence[Standing]) -> None:
        """Write one chunk of the audience: one write."""
        self._chunk(campaign, number).set({"entries": [standing_entry(each) for each in standings]})

    def chunk(self, campaign: Campaign, number: int) -> list[Standing]:
        """One chunk: one read. Raises UnsettledError if it is gone."""
        snapshot = self._chunk(campaign, number).get(**READ_LIMITS)
        if not snapshot.exists:
            raise UnsettledError("A part of the audience is gone.")
        return [stored_standing(entry) for entry in content(snapshot)["entries"]]

    def audience(self, campaign: Campaign, start: int = 0) -> Iterator[Standing]:
        """Yield the frozen group from a place on, by key: one read per chunk.

        Raises UnsettledError if a chunk is gone.
        """
        for number in range(start // CHUNK_SIZE, campaign.chunks):
            offset = max(0, start - number * CHUNK_SIZE)
            yield from self.chunk(campaign, number)[offset:]

    def _chunk(self, campaign: Campaign, number: int) -> firestore.DocumentReference:
        folder = paths.campaign_chunks(self._org_id, campaign.id)
        return self._client.collection(folder).document(f"{campaign.generation}_{number:04}")

    def _keys(self, campaign: Campaign, number: int) -> firestore.DocumentReference:
        folder = paths.campaign_chunks(self._org_id, campaign.id)
        return self._client.collection(folder).document(f"{campaign.generation}_keys_{number:04}")


def organizations_with_unfinished_campaigns(client: firestore.Client) -> Iterator[str]:
    """Yield organisations with unfinished campaigns, each once; one read per campaign."""
    query = client.collection_group(paths.CAMPAIGNS).where(
        filter=firestore.FieldFilter("unfinished", "==", True)
    )
    org_ids: set[str] = set()
    for page in organization_pages(query, paths.CAMPAIGNS, "unfinished", PAGE_SIZE):
        for org_id, _ in page:
            if org_id not in org_ids:
                org_ids.add(org_id)
                yield org_id


def _chunks(size: int, chunk_size: int) -> int:
    return -(-size // chunk_size)
