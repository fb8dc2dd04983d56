"""Campaigns in Firestore, with their frozen audiences in chunks.

The chunks are written first, under a generation of their own, and the campaign last: a call that
was ended in between leaves no campaign. Costs a write per CHUNK_SIZE customers of the group, and
one. Nothing in these documents names a person.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from google.cloud import firestore

from shared.campaigns.audience import (
    Arm,
    AudienceCounts,
    ChannelCounts,
    LeftOut,
    Reached,
    Standing,
)
from shared.campaigns.campaign import Campaign, CampaignStatus, Economics, Plan
from shared.campaigns.source import Goal, source_fields, source_from
from shared.contacts.contact_point import ConsentRecord
from shared.contacts.profile import Channel, Consent
from shared.firestore import paths
from shared.firestore.commits import CONFLICTS
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import content
from shared.firestore.values import optional_instant, plain_instant
from shared.kernel.back_off import back_off_seconds
from shared.kernel.errors import ContentionError, UnavailableError

CHUNK_SIZE = 1_000
"""Customers in a chunk: some 500 kB."""
MAX_ATTEMPTS = 5


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
        return _campaign(snapshot.id, content(snapshot)) if snapshot.exists else None

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
        found = [_campaign(each.id, content(each)) for each in query.stream(**READ_LIMITS)]
        return found[:size], len(found) > size

    def create(self, campaign: Campaign, audience: Sequence[Standing]) -> Campaign:
        """Write a campaign with its audience; gives the one that is there where there is one."""
        for number in range(campaign.chunks):
            part = audience[number * CHUNK_SIZE : (number + 1) * CHUNK_SIZE]
            chunk = self._chunk(campaign, number)
            chunk.set({"entries": [_entry(each) for each in part]})
        reference = self._client.document(paths.campaign(self._org_id, campaign.id))
        try:
            reference.create(_document(campaign, self._org_id))
        except CONFLICTS:
            existing = self.campaign(campaign.id)
            if existing is None:
                raise
            if existing.generation != campaign.generation:
                for number in range(campaign.chunks):
                    self._chunk(campaign, number).delete()
            return existing
        return campaign

    def change(self, campaign_id: str, decide: Callable[[Campaign], Campaign]) -> Campaign | None:
        """Write what `decide` makes of a campaign: one read and one write; None without one.

        `decide` may raise, and may give back what it got: then nothing is written.
        """
        reference = self._client.document(paths.campaign(self._org_id, campaign_id))
        for attempt in range(1, MAX_ATTEMPTS + 1):
            snapshot = reference.get(**READ_LIMITS)
            if not snapshot.exists:
                return None
            before = _campaign(snapshot.id, content(snapshot))
            after = decide(before)
            if after == before:
                return before
            unchanged = self._client.write_option(last_update_time=snapshot.update_time)
            try:
                reference.update(_document(after, self._org_id), option=unchanged)
            except CONFLICTS:
                self._sleep(back_off_seconds(attempt))
                continue
            return after
        raise ContentionError("The campaign keeps changing.")

    def audience(self, campaign: Campaign, start: int = 0) -> Iterator[Standing]:
        """Everybody of the frozen group from a place on, by key: one read per chunk.

        Raises UnavailableError where a chunk is gone.
        """
        for number in range(start // CHUNK_SIZE, campaign.chunks):
            snapshot = self._chunk(campaign, number).get(**READ_LIMITS)
            if not snapshot.exists:
                raise UnavailableError("A part of the audience is gone.")
            skipped = max(0, start - number * CHUNK_SIZE)
            yield from (_standing(entry) for entry in content(snapshot)["entries"][skipped:])

    def _chunk(self, campaign: Campaign, number: int) -> firestore.DocumentReference:
        folder = paths.campaign_chunks(self._org_id, campaign.id)
        return self._client.collection(folder).document(f"{campaign.generation}_{number:04}")


def _document(campaign: Campaign, org_id: str) -> dict[str, Any]:
    plan, counts = campaign.plan, campaign.counts
    return {
        "org_id": org_id,
        "name": plan.name,
        "description": plan.description,
        "goal": plan.goal.value,
        "channels": [channel.value for channel in plan.channels],
        "source": source_fields(plan.source),
        "holdout_share": plan.holdout_share,
        "window_days": plan.window_days,
        "contacted_within_days": plan.contacted_within_days,
        "cost_cents": plan.economics.cost_cents,
        "margin": plan.economics.margin,
        "discount": plan.economics.discount,
        "created_plan": campaign.created_plan,
        "status": campaign.status.value,
        "counts": {
            "customers": counts.customers,
            "treated": counts.treated,
            "held_out": counts.held_out,
            "left_out": {reason.value: count for reason, count in counts.left_out.items()},
            "channels": {
                channel.value: {
                    "reachable": each.reachable,
                    "left_out": {reason.value: n for reason, n in each.left_out.items()},
                }
                for channel, each in counts.channels.items()
            },
        },
        "rules_revision": campaign.rules_revision,
        "frozen_at": campaign.frozen_at,
        "generation": campaign.generation,
        "chunks": campaign.chunks,
        "number": campaign.number,
        "created_at": campaign.created_at,
        "created_by": campaign.created_by,
        "updated_at": campaign.updated_at,
        "updated_by": campaign.updated_by,
        "sent_at": campaign.sent_at,
    }


def _campaign(campaign_id: str, document: Mapping[str, Any]) -> Campaign:
    counts = document["counts"]
    return Campaign(
        id=campaign_id,
        plan=Plan(
            name=document["name"],
            description=document["description"],
            goal=Goal(document["goal"]),
            channels=tuple(Channel(name) for name in document["channels"]),
            source=source_from(document["source"]),
            holdout_share=document["holdout_share"],
            window_days=document["window_days"],
            contacted_within_days=document["contacted_within_days"],
            economics=Economics(
                cost_cents=document["cost_cents"],
                margin=document["margin"],
                discount=document["discount"],
            ),
        ),
        created_plan=document["created_plan"],
        status=CampaignStatus(document["status"]),
        counts=AudienceCounts(
            customers=counts["customers"],
            treated=counts["treated"],
            held_out=counts["held_out"],
            left_out=_reasons(counts["left_out"]),
            channels={
                Channel(name): ChannelCounts(
                    reachable=each["reachable"], left_out=_reasons(each["left_out"])
                )
                for name, each in counts["channels"].items()
            },
        ),
        rules_revision=document["rules_revision"],
        frozen_at=plain_instant(document["frozen_at"]),
        generation=document["generation"],
        chunks=document["chunks"],
        number=document["number"],
        created_at=plain_instant(document["created_at"]),
        created_by=document["created_by"],
        updated_at=plain_instant(document["updated_at"]),
        updated_by=document["updated_by"],
        sent_at=optional_instant(document["sent_at"]),
    )


def _reasons(stored: Mapping[str, int]) -> dict[LeftOut, int]:
    return {reason: stored[reason.value] for reason in LeftOut if reason.value in stored}


def _entry(standing: Standing) -> dict[str, Any]:
    return {
        "key": standing.customer_key,
        "segment": standing.segment,
        "known": list(standing.known),
        "arm": standing.arm.value if standing.arm else None,
        "left_out": standing.left_out.value if standing.left_out else None,
        "channels": {
            channel.value: {
                "against": each.against.value if each.against else None,
                "point": each.point,
                "consent": {
                    "consent": each.consent.consent.value,
                    "since": each.consent.since,
                    "document": each.consent.document_key,
                }
                if each.consent
                else None,
            }
            for channel, each in standing.channels.items()
        },
    }


def _standing(entry: Mapping[str, Any]) -> Standing:
    return Standing(
        customer_key=entry["key"],
        segment=entry["segment"],
        known=tuple(entry["known"]),
        arm=Arm(entry["arm"]) if entry["arm"] else None,
        left_out=LeftOut(entry["left_out"]) if entry["left_out"] else None,
        channels={
            Channel(name): Reached(
                against=LeftOut(each["against"]) if each["against"] else None,
                point=each["point"],
                consent=ConsentRecord(
                    consent=Consent(each["consent"]["consent"]),
                    since=optional_instant(each["consent"]["since"]),
                    document_key=each["consent"]["document"],
                )
                if each["consent"]
                else None,
            )
            for name, each in entry["channels"].items()
        },
    )
