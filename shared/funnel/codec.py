"""Documents of the funnel, to and from the product's own types.

* `tenants/{org}/funnel_sessions/{key}`: what is known of a session, and the day it is counted on.
  The key is a keyed hash of the session's id, and nothing else that the shop wrote is kept but the
  name of a channel. `expires_at` is the field of a time-to-live policy.
* `tenants/{org}/funnel_months/{YYYY-MM}_{shard}`: `days`, a map from date to `channels` (the
  counters of the funnel by channel) and `events_without_session`. All shards of a month add up to
  it. A month is 31 days of a handful of numbers, so a shard never gets full.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from google.cloud.firestore import Increment

from shared.firestore.values import plain_instant
from shared.funnel.funnel import FunnelDay, FunnelDelta, Session


def session_document(session: Session, day: date | None) -> dict[str, Any]:
    """A session that is counted on `day`; None for one that is not counted."""
    channel_named_at = session.channel_named_at
    return {
        "began_at": session.began_at,
        "local_date": day.isoformat() if day else None,
        "checkout_started": session.checkout_started,
        "paid": session.paid,
        "channel": channel_named_at[1] if channel_named_at else None,
        "channel_named_at": channel_named_at[0] if channel_named_at else None,
        "without_id": session.without_id,
        "expires_at": session.keep_until,
    }


def stored_session(document: Mapping[str, Any]) -> tuple[Session, date | None]:
    """The session in a document, and the day it is counted on."""
    began_at, named_at = document["began_at"], document["channel_named_at"]
    day = document["local_date"]
    session = Session(
        began_at=plain_instant(began_at) if began_at else None,
        checkout_started=document["checkout_started"],
        paid=document["paid"],
        channel_named_at=(plain_instant(named_at), document["channel"]) if named_at else None,
        keep_until=plain_instant(document["expires_at"]),
        without_id=document["without_id"],
    )
    return session, date.fromisoformat(day) if day else None


def month_of(day: date) -> str:
    """Return the month of a day, `YYYY-MM`; these sort chronologically."""
    return day.isoformat()[:7]


def month_increments(delta: FunnelDelta) -> Iterator[tuple[str, dict[str, Any]]]:
    """By month, the document to merge into a shard of it."""
    for month, days in groupby(sorted(delta.days), month_of):
        changes = {day.isoformat(): _increments(delta.days[day]) for day in days}
        yield month, {"month": month, "days": changes}


def month_days(document: Mapping[str, Any]) -> Iterator[tuple[date, FunnelDay]]:
    """The numbers in one shard, by day."""
    for day, counts in document["days"].items():
        channels = counts.get("channels", {})
        yield (
            date.fromisoformat(day),
            FunnelDay(
                channels={name: Counter(dict(stages)) for name, stages in channels.items()},
                events_without_session=counts.get("events_without_session", 0),
            ),
        )


def _increments(change: FunnelDay) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if change.channels:
        document["channels"] = {
            channel: {name: Increment(count) for name, count in counts.items()}
            for channel, counts in change.channels.items()
        }
    if change.events_without_session:
        document["events_without_session"] = Increment(change.events_without_session)
    return document
