"""Shares of an organisation from counted customers."""

from shared.segments.segment import Segment
from shared.segments.summary import segment_shares


def test_all_segments_are_there_in_display_order() -> None:
    shares = segment_shares({"new": {"customers": 3, "orders": 4, "lifetime_value_cents": 1001}})

    assert [share.segment for share in shares] == list(Segment)
    new = shares[2]
    assert (new.customers, new.share, new.average_order_value_cents) == (3, 1.0, 250)
    assert (shares[0].share, shares[0].average_order_value_cents) == (0.0, None)


def test_without_customers_there_are_no_shares() -> None:
    for counts in ({}, {"vip": {"customers": 0, "orders": 0, "lifetime_value_cents": 0}}):
        assert {share.share for share in segment_shares(counts)} == {None}
