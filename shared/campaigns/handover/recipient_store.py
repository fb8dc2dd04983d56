"""Members of an audience who may be written to now, with the addresses from the dashboard.

Addresses are read when they are needed and kept nowhere. Costs, per member, one read for the
customer, one per address, and one per document of the dashboard known for an address.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from google.cloud import firestore

from shared.campaigns.audience import ContactPolicy, LeftOut, Standing, against_now
from shared.campaigns.audience_store import ADDRESS_FIELDS, PAGE_SIZE, addresses_of
from shared.campaigns.handover.handover import Recipient
from shared.contacts.contact_point import ContactPoint
from shared.contacts.keyer import ContactKeyer
from shared.contacts.point_store import ContactPoints
from shared.contacts.profile import PROFILE_FIELDS, Channel, ChannelDetails, filled_id, read_profile
from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import Snapshot, content, decodable
from shared.organizations.settings import OrganizationSettings
from shared.reconciliation.ports import Organizations
from shared.segments.crm_profile import Consent

MAX_PROFILES = 5
"""Maximum number of the dashboard's documents read for one address."""
_FIRST_NAME = "firstName"


class RecipientReader:
    """Reads for one organisation."""

    def __init__(
        self, client: firestore.Client, org_id: str, secret: bytes, organizations: Organizations
    ) -> None:
        self._client = client
        self._org_id = org_id
        self._points = ContactPoints(client, org_id, secret)
        self._keyer = ContactKeyer(secret)
        self._organizations = organizations
        self._resolved: dict[str, str] = {}
        """Organisations by the ids that documents of the page name."""

    def of(
        self, treated: Sequence[Standing], policy: ContactPolicy, settings: OrganizationSettings
    ) -> list[Recipient]:
        """Return each member on each channel that was usable, in order.

        The document itself counts as well as the record of its address, so an unsubscription that
        is not recorded yet is respected.
        """
        recipients = []
        for start in range(0, len(treated), PAGE_SIZE):
            recipients += self._page(treated[start : start + PAGE_SIZE], policy, settings)
        return recipients

    def _page(
        self, treated: Sequence[Standing], policy: ContactPolicy, settings: OrganizationSettings
    ) -> list[Recipient]:
        self._resolved.clear()
        addresses = self._addresses([each.customer_key for each in treated], settings)
        keys = {each.channels[channel].point or "" for each in treated for channel in each.usable}
        points = self._points.by_key(sorted(keys), **READ_LIMITS)
        candidates = []
        for each in treated:
            own = addresses.get(each.customer_key, {})
            for channel, against in against_now(each, points, policy).items():
                key = each.channels[channel].point or ""
                same = channel in own and self._points.key(channel, own[channel]) == key
                # Consent was given for the old address, not for the one the customer has now.
                now = against if same else LeftOut.NO_ADDRESS
                candidates.append((each, channel, own, points.get(key), now))
        ids = {
            id
            for _, _, own, point, against in candidates
            if against is None
            for id in _profile_ids(point, own)
        }
        profiles = self._profiles(sorted(ids))
        return [
            self._recipient(standing, channel, own, point, profiles, policy, settings)
            if against is None
            else Recipient(
                customer_key=standing.customer_key,
                channel=channel,
                segment=standing.segment,
                against=against,
            )
            for standing, channel, own, point, against in candidates
        ]

    def _addresses(
        self, keys: Sequence[str], settings: OrganizationSettings
    ) -> dict[str, dict[Channel, str]]:
        references = [self._client.document(paths.customer(self._org_id, key)) for key in keys]
        if not references:
            return {}
        snapshots = self._client.get_all(references, ADDRESS_FIELDS, **READ_LIMITS)
        return {
            each.id: addresses_of(content(each), settings.placeholders)
            for each in snapshots
            if each.exists
        }

    def _profiles(self, ids: Sequence[str]) -> dict[str, Snapshot]:
        references = [self._client.document(paths.profile(id)) for id in ids]
        fields = (*PROFILE_FIELDS, _FIRST_NAME)
        snapshots = decodable(self._client, references, fields, **READ_LIMITS)
        return {each.id: each for each in snapshots.values() if each.exists}

    def _recipient(
        self,
        standing: Standing,
        channel: Channel,
        own: Mapping[Channel, str],
        point: ContactPoint | None,
        profiles: Mapping[str, Snapshot],
        policy: ContactPolicy,
        settings: OrganizationSettings,
    ) -> Recipient:
        profile_id: str | None = None
        for id in _profile_ids(point, own):
            details = self._details(profiles.get(id), channel, own[channel], settings)
            if details is None:
                continue
            against, grants = self._judged(id, details, point, policy, channel)
            if against is not None:
                return Recipient(
                    customer_key=standing.customer_key,
                    channel=channel,
                    segment=standing.segment,
                    against=against,
                )
            if grants and profile_id is None:
                profile_id = id
        data = content(profiles[profile_id]) if profile_id is not None else {}
        name = data.get(_FIRST_NAME)
        phone = data.get("phone")
        as_written = channel is Channel.SMS and isinstance(phone, str) and phone.strip()
        return Recipient(
            customer_key=standing.customer_key,
            channel=channel,
            segment=standing.segment,
            against=None,
            profile_id=profile_id,
            address=as_written or own[channel],
            first_name=name.strip() or None if isinstance(name, str) else None,
        )

    def _details(
        self,
        snapshot: Snapshot | None,
        channel: Channel,
        address: str,
        settings: OrganizationSettings,
    ) -> tuple[ChannelDetails, bool] | None:
        """Return a document's channel details for the address, and whether it is archived or a
        test.

        None if the document now belongs to another organisation or address.
        """
        if snapshot is None:
            return None
        profile = read_profile(
            content(snapshot), time_zone=settings.time_zone, placeholders=settings.placeholders
        )
        claimed_org_id = profile.claimed_org
        if claimed_org_id is None or self._organization(claimed_org_id) != self._org_id:
            return None
        details = profile.channels[channel]
        if details.address != address:
            return None
        return details, profile.archived or profile.test

    def _organization(self, claimed_org_id: str) -> str:
        if claimed_org_id not in self._resolved:
            self._resolved[claimed_org_id] = self._organizations.resolve(claimed_org_id)
        return self._resolved[claimed_org_id]

    def _judged(
        self,
        profile_id: str,
        document_details: tuple[ChannelDetails, bool],
        point: ContactPoint | None,
        policy: ContactPolicy,
        channel: Channel,
    ) -> tuple[LeftOut | None, bool]:
        """Return the reason against the address in a document, and whether the document is for
        it."""
        details, test_or_archived = document_details
        statement = point.statements.get(self._keyer.document(profile_id)) if point else None
        if test_or_archived:
            return LeftOut.TEST_OR_ARCHIVED, False
        taken_in = statement is not None and statement.unsubscribed_at is not None
        if details.unsubscribed and not (
            taken_in
            and statement is not None
            and statement.unsubscribed_said == details.unsubscribed_at
        ):
            return LeftOut.UNSUBSCRIBED, False
        if details.consent is Consent.DENIED or not details.readable:
            return LeftOut.NO_CONSENT, False
        allows_unknown_consent = policy.unless_unsubscribed and channel is Channel.EMAIL
        return None, details.consent is Consent.GRANTED or allows_unknown_consent


def _profile_ids(point: ContactPoint | None, own: Mapping[Channel, str]) -> list[str]:
    """Ids of the documents known for an address, as far as they can be derived."""
    templates: tuple[Any, ...] = point.id_templates if point else ()
    filled_ids = (
        filled_id(each, own.get(Channel.EMAIL), own.get(Channel.SMS)) for each in templates
    )
    return [id for id in filled_ids if id is not None and "/" not in id][:MAX_PROFILES]
