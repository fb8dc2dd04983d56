"""Keyed hashes that stand for addresses and document ids wherever they are stored."""

from shared.contacts.profile import Channel
from shared.kernel.keyed_hash import keyed_hash


class ContactKeyer:
    """Turns addresses and document ids into the keys stored in their place."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def point(self, org_id: str, channel: Channel, address: str) -> str:
        """The key of an address at one organisation."""
        return keyed_hash(self._secret, "contact point", org_id, channel, address)

    def document(self, profile_id: str) -> str:
        """The key of a `customers` document; its id may hold an address."""
        return keyed_hash(self._secret, "customer document", profile_id)
