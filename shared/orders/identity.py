"""Identity of a customer: stable per organisation, with the key it is stored under."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from shared.kernel.keyed_hash import keyed_hash
from shared.orders.fields import first_usable
from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.people import (
    ACCOUNT_FIELDS,
    EMAIL_FIELDS,
    PHONE_FIELDS,
    real_email,
    real_phone,
)
from shared.orders.point_of_sale import is_pos_order

_UID_FIELD = "customer.uid"


class IdentityKind(StrEnum):
    """Kind of identity of a customer, the most reliable first."""

    EMAIL = "email"
    POS_CUSTOMER = "pos_customer"
    ACCOUNT = "account"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity of a customer within an organisation. The value is personal data."""

    kind: IdentityKind
    value: str = field(repr=False)


class CustomerKeyer:
    """Turns an identity into the key stored in its place.

    The key is the beginning of an HMAC-SHA256: without the secret, trying addresses does not reveal
    whose key it is. The organisation is part of the input, so one person has unrelated keys at two
    organisations. Changing the secret changes every key.
    """

    def __init__(self, secret: bytes) -> None:
        if not secret:
            raise ValueError("the secret of customer keys is empty")
        self._secret = secret

    def __call__(self, org_id: str, identity: Identity) -> str:
        """32 lower-case hexadecimal characters."""
        return keyed_hash(self._secret, org_id, identity.kind, identity.value)


def identity_of(
    order_id: str, data: Mapping[str, object], placeholders: Placeholders = STANDARD
) -> Identity | None:
    """The most reliable identity in an order; None for an anonymous order.

    A real e-mail address, else the point of sale's customer id, else the account of the web shop,
    else the phone number. What `placeholders` holds is passed over.
    """
    pos = is_pos_order(order_id, data)
    account_fields = (_UID_FIELD,) if pos else (_UID_FIELD, *ACCOUNT_FIELDS)
    pos_fields = ACCOUNT_FIELDS if pos else ()
    for kind, fields, parse in (
        (IdentityKind.EMAIL, EMAIL_FIELDS, partial(real_email, placeholders=placeholders)),
        (IdentityKind.POS_CUSTOMER, pos_fields, placeholders.real_id),
        (IdentityKind.ACCOUNT, account_fields, placeholders.real_id),
        (IdentityKind.PHONE, PHONE_FIELDS, partial(real_phone, placeholders=placeholders)),
    ):
        value = first_usable(data, fields, parse).value
        if value is not None:
            return Identity(kind, value)
    return None
