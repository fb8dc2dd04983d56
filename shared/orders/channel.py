"""Attribution of an order: its channel, campaign and coupon."""

from collections.abc import Mapping
from functools import partial

from shared.kernel.compared_text import lowered
from shared.kernel.document_ids import MAX_ID_LENGTH, is_document_id
from shared.orders.fields import field_at, first_usable
from shared.orders.nobody import STANDARD, Placeholders
from shared.orders.point_of_sale import POS_SYSTEMS, is_pos_order

ONLINE = "online"
IN_STORE = "in_store"
UNKNOWN = "unknown"

# `mode` is not among them: it is `live` or `demo` on orders of every channel.
_CHANNEL_FIELDS = ("channel", "source", "type")
_CHANNEL_OF_WORD = {
    **dict.fromkeys(("online", "web", "website", "ecommerce", "e_commerce", "app"), ONLINE),
    **dict.fromkeys(("in_store", "instore", "store", "retail", *POS_SYSTEMS), IN_STORE),
}
_WEB_FIELDS = (
    "fulfillmentType",
    "purchaseModel",
    "shippingAddress",
    "paymentProvider",
    "paymentIntentId",
    "customer.uid",
    "pickupLocationId",
    "deliveryFee",
    "totals.deliveryFee",
    "totals.shipping",
)
_CAMPAIGN_FIELDS = ("campaignId", "campaign.id", "attribution.campaignId")
_COUPON_FIELDS = ("coupon.code", "couponCode")


def channel_of(order_id: str, data: Mapping[str, object]) -> str:
    """`online`, `in_store` or `unknown`.

    A field that names the channel decides; else whether a point of sale took the order; else
    whether it has any field that only web checkouts write.
    """
    named_channel = first_usable(data, _CHANNEL_FIELDS, channel_named).value
    if named_channel is not None:
        return named_channel
    if is_pos_order(order_id, data):
        return IN_STORE
    return ONLINE if any(_is_set(field_at(data, path)) for path in _WEB_FIELDS) else UNKNOWN


def campaign_id_of(data: Mapping[str, object], placeholders: Placeholders = STANDARD) -> str | None:
    """The campaign that the order itself names, where that can be the id of a document.

    None for what a person typed who took the field for another one: an e-mail address.
    """
    return first_usable(data, _CAMPAIGN_FIELDS, partial(_campaign_id, placeholders)).value


def coupon_code_of(data: Mapping[str, object], placeholders: Placeholders = STANDARD) -> str | None:
    """The coupon used, as it was written; None if it is longer than any real code, or an e-mail
    address that was typed into the wrong field: codes are exported, and no person may be."""
    return first_usable(data, _COUPON_FIELDS, partial(_coupon_code, placeholders)).value


def channel_named(value: object) -> str | None:
    """Return the channel for a word, such as `online` for `website`; None if unknown."""
    if not isinstance(value, str):
        return None
    word = lowered(value).replace("-", "_").replace(" ", "_")
    return _CHANNEL_OF_WORD.get(word)


def _is_set(value: object) -> bool:
    """Whether a writer put something there. A fee of 0 is something; blanks and {} are not."""
    if isinstance(value, str):
        return bool(value.strip())
    return bool(value) if isinstance(value, bool | list | Mapping) else value is not None


def _campaign_id(placeholders: Placeholders, value: object) -> str | None:
    text = placeholders.real_id(value) if isinstance(value, str) else None
    return text if text is not None and is_document_id(text) and "@" not in text else None


def _coupon_code(placeholders: Placeholders, value: object) -> str | None:
    text = placeholders.real_id(value) if isinstance(value, str) else None
    return text if text is not None and len(text) <= MAX_ID_LENGTH and "@" not in text else None
