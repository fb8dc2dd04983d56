"""The dashboard's documents of one customer, found by the customer's addresses."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from google.cloud import firestore

from shared.contacts.contact_point import ContactPoint
from shared.contacts.crm_profile import CRM_FIELDS, CrmDocument, crm_profile
from shared.contacts.point_store import ContactPoints
from shared.contacts.profile import PROFILE_FIELDS, Channel, filled_id, read_profile
from shared.firestore import paths
from shared.firestore.page_reads import READ_LIMITS
from shared.firestore.snapshots import content, decodable
from shared.firestore.values import plain_instant
from shared.orders.fact import Contact
from shared.orders.people import real_email, real_phone
from shared.organizations.settings import OrganizationSettings
from shared.segments.crm_profile import CrmProfile

MAX_DOCUMENTS = 20
"""Documents of one person that are read."""
_FIELDS = tuple(dict.fromkeys((*PROFILE_FIELDS, *CRM_FIELDS)))


class CrmProfiles:
    """Reads what the dashboard knows of one organisation's customers."""

    def __init__(
        self,
        client: firestore.Client,
        org_id: str,
        secret: bytes,
        *,
        settings: OrganizationSettings,
        resolve: Callable[[str], str],
    ) -> None:
        self._client = client
        self._org_id = org_id
        self._points = ContactPoints(client, org_id, secret)
        self._settings = settings
        self._resolve = resolve

    def point_keys(self, contact: Contact) -> tuple[str, ...]:
        """Return the keys of a customer's addresses, sorted."""
        return tuple(sorted(self._keys(self._addresses(contact)).values()))

    def profile(self, contact: Contact) -> CrmProfile:
        """Return the profile known for a customer's addresses: one read per address, and per
        document.

        A document that now belongs to another organisation, or no longer has one of the addresses,
        is left out.
        """
        addresses = self._addresses(contact)
        keys = self._keys(addresses)
        points = self._points.by_key(keys.values(), **READ_LIMITS)
        point_of = {channel: points[key] for channel, key in keys.items() if key in points}
        documents = self._documents(point_of, addresses)
        consents = {channel: point.in_force for channel, point in point_of.items()}
        return replace(
            crm_profile(documents, self._settings.time_zone),
            point_keys=tuple(sorted(keys.values())),
            email_consent=consents.get(Channel.EMAIL),
            sms_consent=consents.get(Channel.SMS),
        )

    def _addresses(self, contact: Contact) -> dict[Channel, str]:
        placeholders = self._settings.placeholders
        addresses = {
            Channel.EMAIL: real_email(contact.email, placeholders),
            Channel.SMS: real_phone(contact.phone, placeholders),
        }
        return {channel: each for channel, each in addresses.items() if each is not None}

    def _keys(self, addresses: Mapping[Channel, str]) -> dict[Channel, str]:
        return {channel: self._points.key(channel, each) for channel, each in addresses.items()}

    def _documents(
        self, points: Mapping[Channel, ContactPoint], addresses: Mapping[Channel, str]
    ) -> list[CrmDocument]:
        email, phone = addresses.get(Channel.EMAIL), addresses.get(Channel.SMS)
        templates = sorted({each for point in points.values() for each in point.id_templates})
        profile_ids = {filled_id(template, email, phone) for template in templates}
        ids = sorted(id for id in profile_ids if id is not None)[:MAX_DOCUMENTS]
        references = [self._client.document(paths.PROFILES, id) for id in ids]
        snapshots = decodable(self._client, references, _FIELDS, **READ_LIMITS)
        return [
            CrmDocument(
                id=snapshot.id,
                data=content(snapshot),
                updated_at=plain_instant(snapshot.update_time),
            )
            for snapshot in snapshots.values()
            if snapshot.exists and self._is_of(content(snapshot), addresses)
        ]

    def _is_of(self, data: Mapping[str, object], addresses: Mapping[Channel, str]) -> bool:
        profile = read_profile(
            data, time_zone=self._settings.time_zone, placeholders=self._settings.placeholders
        )
        if profile.claimed_org is None or self._resolve(profile.claimed_org) != self._org_id:
            return False
        return any(profile.channels[channel].address == each for channel, each in addresses.items())
