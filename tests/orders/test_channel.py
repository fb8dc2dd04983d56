import pytest

from shared.orders.channel import campaign_id_of, channel_of, coupon_code_of


@pytest.mark.parametrize(
    ("document", "channel"),
    [
        ({"channel": "online"}, "online"),
        ({"source": "Web"}, "online"),
        ({"type": "e-commerce"}, "online"),
        ({"channel": "In Store"}, "in_store"),
        ({"source": "alleaves"}, "in_store"),
        ({"source": "pos_treez"}, "in_store"),
        ({"type": "retail"}, "in_store"),
        ({"channel": "online", "source": "alleaves"}, "online"),
        ({"channel": "billboard", "source": "web"}, "online"),
        ({"source": "pilot_test"}, "unknown"),
        ({"channel": 7, "source": None, "type": ["online"]}, "unknown"),
    ],
)
def test_a_field_that_names_the_channel_decides(document: dict[str, object], channel: str) -> None:
    assert channel_of("order_1", document) == channel


def test_an_order_id_of_the_point_of_sale_is_in_store() -> None:
    assert channel_of("alleaves_1", {"fulfillmentType": "pickup"}) == "in_store"
    assert channel_of("alleaves_1", {"channel": "online"}) == "online"


@pytest.mark.parametrize(
    "document",
    [
        {"fulfillmentType": "pickup"},
        {"purchaseModel": "online_only"},
        {"shippingAddress": {"city": "Albany"}},
        {"paymentProvider": "aeropay"},
        {"paymentIntentId": "pi_1"},
        {"customer": {"uid": "u"}},
        {"pickupLocationId": "disp_3"},
        {"deliveryFee": 5},
        {"totals": {"deliveryFee": 0}},
        {"totals": {"shipping": 6.95}},
    ],
)
def test_what_only_a_web_checkout_writes_makes_an_order_online(
    document: dict[str, object],
) -> None:
    assert channel_of("order_1", document | {"mode": "live"}) == "online"


@pytest.mark.parametrize(
    "document",
    [
        *(
            {},
            {"mode": "live"},
            {"mode": "online"},
            {"shippingAddress": {}},
            {"paymentProvider": " "},
        ),
        *({"deliveryFee": None}, {"paymentIntentId": False}),
    ],
)
def test_mode_and_empty_fields_say_nothing_about_the_channel(document: dict[str, object]) -> None:
    assert channel_of("order_1", document) == "unknown"


@pytest.mark.parametrize(
    ("document", "campaign_id"),
    [
        ({"campaignId": " c1 ", "campaign": {"id": "c2"}}, "c1"),
        ({"campaign": {"id": "c2"}}, "c2"),
        ({"attribution": {"campaignId": "c3"}}, "c3"),
        ({"campaignId": "", "campaign": {"id": "c2"}}, "c2"),
        ({"campaignId": "c" * 129}, None),
        ({"campaignId": "a/b"}, None),
        ({"campaignId": 7}, None),
        ({"campaign": "c2"}, None),
        ({"campaignId": "ada@example.org"}, None),
        ({}, None),
    ],
)
def test_a_campaign_is_named_only_by_what_can_be_its_id(
    document: dict[str, object], campaign_id: str | None
) -> None:
    assert campaign_id_of(document) == campaign_id


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"coupon": {"code": "SPRING10", "discount": 5}, "couponCode": "X"}, "SPRING10"),
        ({"couponCode": " 50/50 "}, "50/50"),
        ({"coupon": None, "couponCode": "X"}, "X"),
        ({"couponCode": "x" * 129}, None),
        ({"coupon": {"discount": 5}}, None),
        ({"couponCode": "ada@example.org"}, None),
    ],
)
def test_a_coupon_is_found_in_either_place(document: dict[str, object], code: str | None) -> None:
    assert coupon_code_of(document) == code
