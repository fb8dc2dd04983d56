"""A contact point: one address on one channel, with the statements of documents about it.

The strictest document decides. An unsubscription is kept even if its document changes or is
deleted; only consent given later lifts it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.contacts.profile import Channel, ChannelDetails
from shared.segments.crm_profile import ChannelConsent, Consent
from shared.segments.touch import EventKind

MAX_STATEMENTS = 200
"""Documents that may share an address. One with more identifies no person, such as the shop's own
number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Statement of one document about one address."""

    consent: Consent
    since: datetime
    """Start of this consent. It was given then or later, never earlier."""
    readable: bool = True
    unsubscribed_at: datetime | None = None
    """Time of the unsubscription; that of the first write seen to have it, if later."""
    unsubscribed_said: datetime | None = None
    """Time that the document gives for it; also None if it gives none."""
    archived: bool = False
    test: bool = False
    id_template: str | None = None
    """See `shared.contacts.profile.id_template`."""


def statement_of(
    details: ChannelDetails,
    before: Statement | None,
    *,
    version: datetime,
    known_from: datetime,
    granted_at: datetime | None,
    archived: bool,
    test: bool,
    id_template: str | None,
) -> Statement:
    """Return a document's current statement, with what is known of its earlier versions.

    `version` is when it was last written. `known_from` is the latest instant before which the
    statement cannot have been made: that of the version seen before, or its creation. `granted_at`
    is the time of the write that gave this consent. A consent is dated as early as it may have been
    given, so that it lifts no unsubscription that came after it.
    """
    unsubscribed_at = _unsubscribed_at(details, before, version)
    same = before is not None and before.consent is details.consent
    since = before.since if before is not None and same else min(known_from, version)
    if details.consent is Consent.GRANTED:
        if details.granted_at is not None:
            since = min(details.granted_at, version)
        elif granted_at is not None:
            since = max(since, min(granted_at, version))
        elif before is None and unsubscribed_at is not None:
            since = min(since, unsubscribed_at)
    return Statement(
        consent=details.consent,
        since=since,
        readable=details.readable,
        unsubscribed_at=unsubscribed_at,
        unsubscribed_said=details.unsubscribed_at if details.unsubscribed else None,
        archived=archived,
        test=test,
        id_template=id_template,
    )


def _unsubscribed_at(
    details: ChannelDetails, before: Statement | None, version: datetime
) -> datetime | None:
    if not details.unsubscribed:
        return None
    if before is None:
        return details.unsubscribed_at or version
    if before.unsubscribed_at is not None and before.unsubscribed_said == details.unsubscribed_at:
        return before.unsubscribed_at
    # The clock of whoever wrote it may be slow.
    return max(details.unsubscribed_at or version, version)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """Consent of an address: kept with each member of a campaign."""

    consent: Consent
    since: datetime | None
    document_key: str | None
    """Keyed hash of the id of the deciding document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """One address on one channel, without the address."""

    org_id: str
    channel: Channel
    statements: Mapping[str, Statement] = field(default_factory=dict)
    """By keyed hash of the document's id."""
    crowded: bool = False
    """Whether more documents shared it than MAX_STATEMENTS."""
    unsubscribed_at: datetime | None = None
    """Time of the last unsubscription, whatever documents say now."""
    bounced_at: datetime | None = None
    complained_at: datetime | None = None
    last_contact_at: datetime | None = None

    @property
    def record(self) -> ConsentRecord:
        """Return the consent in force and its source; documents without a statement are ignored.

        Refused by one is refused. Unreadable in one is unknown. Of several of the same kind the
        latest is named.
        """
        by_age = sorted(self.statements.items(), key=lambda entry: (entry[1].since, entry[0]))
        denied = [entry for entry in by_age if entry[1].consent is Consent.DENIED]
        unreadable = [entry for entry in by_age if not entry[1].readable]
        granted = [entry for entry in by_age if entry[1].consent is Consent.GRANTED]
        for key, statement in (denied or unreadable or granted)[-1:]:
            usable = statement.readable and not self.crowded
            consent = statement.consent if usable else Consent.UNKNOWN
            return ConsentRecord(consent=consent, since=statement.since, document_key=key)
        return ConsentRecord(consent=Consent.UNKNOWN, since=None, document_key=None)

    @property
    def unsubscribed(self) -> bool:
        """Whether the person unsubscribed and gave no consent since."""
        return self.unsubscribed_at is not None and not any(
            each.consent is Consent.GRANTED and each.since > self.unsubscribed_at
            for each in self.statements.values()
        )

    @property
    def undeliverable(self) -> bool:
        """Whether a message bounced or drew a complaint."""
        return self.bounced_at is not None or self.complained_at is not None

    @property
    def in_force(self) -> ChannelConsent:
        """Whether the address may be written to, considering every reason against it."""
        record = self.record
        consent, since = record.consent, record.since
        refused_at = _latest(
            self.unsubscribed_at if self.unsubscribed else None, self.complained_at
        )
        if refused_at is not None and consent is not Consent.DENIED:
            consent, since = Consent.DENIED, refused_at
        return ChannelConsent(
            consent=consent,
            since=since,
            unsubscribed=self.unsubscribed,
            undeliverable=self.undeliverable,
        )

    @property
    def test_or_archived(self) -> bool:
        """Whether any document is a test or archived."""
        return any(each.test or each.archived for each in self.statements.values())

    def suppressed(self, kind: EventKind, at: datetime) -> "ContactPoint":
        """After a bounce, a complaint or an unsubscription; any other event changes nothing."""
        match kind:
            case EventKind.BOUNCED:
                return replace(self, bounced_at=_latest(self.bounced_at, at))
            case EventKind.COMPLAINED:
                return replace(self, complained_at=_latest(self.complained_at, at))
            case EventKind.UNSUBSCRIBED:
                return replace(self, unsubscribed_at=_latest(self.unsubscribed_at, at))
            case _:
                return self

    @property
    def id_templates(self) -> tuple[str, ...]:
        """Templates of the documents' ids, sorted."""
        templates = {each.id_template for each in self.statements.values()}
        return tuple(sorted(template for template in templates if template is not None))

    def may_be_written_to(self, *, unless_unsubscribed: bool) -> bool:
        """Whether consent is recorded, or, for e-mail if that suffices, nothing is against it.

        Unsubscriptions, bounces and complaints, which always prevent it, are checked elsewhere.
        """
        consent = self.record.consent
        if consent is Consent.GRANTED:
            return True
        return (
            unless_unsubscribed
            and self.channel is Channel.EMAIL
            and consent is Consent.UNKNOWN
            and not self.crowded
            and all(each.readable for each in self.statements.values())
        )

    def with_statement(self, document_key: str, statement: Statement | None) -> "ContactPoint":
        """Return the point with a document's current statement; None removes it."""
        statements = {key: each for key, each in self.statements.items() if key != document_key}
        crowded, unsubscribed_at = self.crowded, self.unsubscribed_at
        if statement is not None:
            if len(statements) < MAX_STATEMENTS:
                statements[document_key] = statement
            else:
                crowded = True
            unsubscribed_at = _latest(unsubscribed_at, statement.unsubscribed_at)
        return replace(
            self, statements=statements, crowded=crowded, unsubscribed_at=unsubscribed_at
        )


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)
