"""Campaigns and their audiences as Firestore documents, without personal data."""

from collections.abc import Mapping
from typing import Any

from shared.campaigns.audience import (
    Arm,
    AudienceCounts,
    ChannelCounts,
    ChannelStanding,
    LeftOut,
    Standing,
)
from shared.campaigns.campaign import Campaign, CampaignStatus, Economics, Plan
from shared.campaigns.handover.handover import ByFile, ChannelHandOver, HandOver, HandOverStatus
from shared.campaigns.source import Goal, source_fields, source_from
from shared.contacts.contact_point import ConsentRecord
from shared.contacts.profile import Channel
from shared.firestore.values import optional_instant, plain_instant
from shared.segments.crm_profile import Consent


def campaign_document(campaign: Campaign, org_id: str) -> dict[str, Any]:
    """The document of a campaign."""
    plan = campaign.plan
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
        "counts": _counts(campaign.counts) if campaign.counts else None,
        "rules_revision": campaign.rules_revision,
        "frozen_at": campaign.frozen_at,
        "generation": campaign.generation,
        "chunks": campaign.chunks,
        "expected": campaign.expected,
        "done": campaign.done,
        "failure": campaign.failure,
        "unfinished": campaign.unfinished,
        "worked_at": campaign.worked_at,
        "handover": _handover(campaign.handover) if campaign.handover else None,
        "number": campaign.number,
        "created_at": campaign.created_at,
        "created_by": campaign.created_by,
        "updated_at": campaign.updated_at,
        "updated_by": campaign.updated_by,
        "sent_at": campaign.sent_at,
    }


def _counts(counts: AudienceCounts) -> dict[str, Any]:
    return {
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
    }


def stored_campaign(campaign_id: str, document: Mapping[str, Any]) -> Campaign:
    """Return the campaign of a document by `campaign_document`."""
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
        counts=_stored_counts(document["counts"]) if document["counts"] else None,
        rules_revision=document["rules_revision"],
        frozen_at=plain_instant(document["frozen_at"]),
        generation=document["generation"],
        chunks=document["chunks"],
        expected=document["expected"],
        done=document["done"],
        failure=document["failure"],
        worked_at=optional_instant(document["worked_at"]),
        handover=_stored_handover(document["handover"]) if document["handover"] else None,
        number=document["number"],
        created_at=plain_instant(document["created_at"]),
        created_by=document["created_by"],
        updated_at=plain_instant(document["updated_at"]),
        updated_by=document["updated_by"],
        sent_at=optional_instant(document["sent_at"]),
    )


def _stored_counts(stored: Mapping[str, Any]) -> AudienceCounts:
    return AudienceCounts(
        customers=stored["customers"],
        treated=stored["treated"],
        held_out=stored["held_out"],
        left_out=_reasons(stored["left_out"]),
        channels={
            Channel(name): ChannelCounts(
                reachable=each["reachable"], left_out=_reasons(each["left_out"])
            )
            for name, each in stored["channels"].items()
        },
    )


def _handover(handover: HandOver) -> dict[str, Any]:
    return {
        "status": handover.status.value,
        "by": handover.by,
        "asked_at": handover.asked_at,
        "began_at": handover.began_at,
        "done": handover.done,
        "channels": {
            channel.value: {
                "in_dashboard": each.in_dashboard,
                "by_file": {reason.value: n for reason, n in each.by_file.items()},
                "dropped": {reason.value: n for reason, n in each.dropped.items()},
                "id_bytes": each.id_bytes,
            }
            for channel, each in handover.channels.items()
        },
    }


def _stored_handover(stored: Mapping[str, Any]) -> HandOver:
    return HandOver(
        status=HandOverStatus(stored["status"]),
        by=stored["by"],
        asked_at=plain_instant(stored["asked_at"]),
        began_at=plain_instant(stored["began_at"]),
        done=stored["done"],
        channels={
            Channel(name): ChannelHandOver(
                in_dashboard=each["in_dashboard"],
                by_file={ByFile(reason): n for reason, n in each["by_file"].items()},
                dropped=_reasons(each["dropped"]),
                id_bytes=each["id_bytes"],
            )
            for name, each in stored["channels"].items()
        },
    )


def _reasons(stored: Mapping[str, int]) -> dict[LeftOut, int]:
    return {reason: stored[reason.value] for reason in LeftOut if reason.value in stored}


def standing_entry(standing: Standing) -> dict[str, Any]:
    """A customer of the group, in a chunk."""
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


def stored_standing(entry: Mapping[str, Any]) -> Standing:
    """Return the customer of an entry by `standing_entry`."""
    return Standing(
        customer_key=entry["key"],
        segment=entry["segment"],
        known=tuple(entry["known"]),
        arm=Arm(entry["arm"]) if entry["arm"] else None,
        left_out=LeftOut(entry["left_out"]) if entry["left_out"] else None,
        channels={
            Channel(name): ChannelStanding(
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
