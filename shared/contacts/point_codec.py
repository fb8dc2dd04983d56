"""Contact points and statements as Firestore documents."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contacts.contact_point import ContactPoint, Statement
from shared.contacts.profile import Channel
from shared.firestore.snapshots import Snapshot, content
from shared.firestore.values import optional_instant, plain_instant
from shared.segments.crm_profile import Consent

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LAST_CONTACT = "last_contact_micros"
"""Microseconds since 1970, so that the database itself can raise it; 0 for never."""


def stored_point(snapshot: Snapshot) -> ContactPoint | None:
    """The contact point behind a document that `point_document` made."""
    if not snapshot.exists:
        return None
    document = content(snapshot)
    return ContactPoint(
        org_id=document["org_id"],
        channel=Channel(document["channel"]),
        statements={
            key: stored_statement(stored) for key, stored in document.get("statements", {}).items()
        },
        crowded=document.get("crowded", False),
        unsubscribed_at=optional_instant(document.get("unsubscribed_at")),
        bounced_at=optional_instant(document.get("bounced_at")),
        complained_at=optional_instant(document.get("complained_at")),
        last_contact_at=instant_of(document.get(LAST_CONTACT)),
    )


def point_document(point: ContactPoint) -> dict[str, Any]:
    """Return the document of a contact point: its statements, and what follows from them."""
    record = point.record
    return {
        "org_id": point.org_id,
        "channel": point.channel.value,
        "statements": {
            key: statement_document(each) for key, each in sorted(point.statements.items())
        },
        "crowded": point.crowded,
        "consent": record.consent.value,
        "consent_since": record.since,
        "consent_document": record.document_key,
        "unsubscribed": point.unsubscribed,
        "unsubscribed_at": point.unsubscribed_at,
        "bounced_at": point.bounced_at,
        "complained_at": point.complained_at,
        "test_or_archived": point.test_or_archived,
        "profile_ids": list(point.id_templates),
        LAST_CONTACT: micros_of(point.last_contact_at),
    }


def micros_of(instant: datetime | None) -> int:
    """Microseconds since 1970; 0 for None."""
    return 0 if instant is None else (instant - EPOCH) // timedelta(microseconds=1)


def instant_of(micros: int | None) -> datetime | None:
    """Return the instant behind `micros_of`."""
    return EPOCH + timedelta(microseconds=micros) if micros else None


def statement_document(statement: Statement) -> dict[str, Any]:
    """Return the stored form of a document's statement."""
    return {
        "consent": statement.consent.value,
        "since": statement.since,
        "readable": statement.readable,
        "unsubscribed_at": statement.unsubscribed_at,
        "unsubscribed_said": statement.unsubscribed_said,
        "archived": statement.archived,
        "test": statement.test,
        "profile_id": statement.id_template,
    }


def stored_statement(stored: Mapping[str, Any]) -> Statement:
    """The statement that `statement_document` stored."""
    return Statement(
        consent=Consent(stored["consent"]),
        since=plain_instant(stored["since"]),
        readable=stored["readable"],
        unsubscribed_at=optional_instant(stored["unsubscribed_at"]),
        unsubscribed_said=optional_instant(stored["unsubscribed_said"]),
        archived=stored["archived"],
        test=stored["test"],
        id_template=stored["profile_id"],
    )
