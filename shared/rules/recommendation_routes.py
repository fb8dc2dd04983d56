"""Thresholds proposed from an organisation's own orders."""

from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.customers.scan_store import CustomerScan
from shared.history.counts_store import SegmentCounts
from shared.rules import recommendation_answers as models
from shared.rules.return_curve import RETURN_DAYS, CurvePoint, ReturnCurve
from shared.rules.survival import Share
from shared.rules.threshold_proposal import (
    SHARES,
    MeasuredDays,
    ThresholdProposal,
    threshold_proposals,
)
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.limits import count_scan
from shared.web.parameters import OrganizationQuery

MAX_CUSTOMERS = 5_000
"""Maximum number of customers whose orders are read. So many of the 23,570 in the CDNOW data give
days that are off by ten at most, of about 100, 200 and 300."""
CURVE_STEP_DAYS = 5

routes = APIBlueprint(
    "recommendation",
    __name__,
    url_prefix="/v1/settings/thresholds",
    abp_tags=[Tag(name="Settings", description="Settings of the organisation.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/recommendation",
    operation_id="getThresholdRecommendation",
    responses=signed_in_responses(models.Recommendation, HTTPStatus.TOO_MANY_REQUESTS),
)
def get_recommendation(query: OrganizationQuery) -> Response:
    """Recommend thresholds from how customers return.

    Costs one document read per customer examined, at most 5,000 chosen at random, and one per
    counter shard.
    """
    count_scan()
    current = organization()
    settings = current.settings()
    total_customers = current.open(SegmentCounts).segment_counts().totals["customers"]
    curve = ReturnCurve(
        current.open(CustomerScan).order_instants(at_most=MAX_CUSTOMERS), current.as_of
    )
    return answer(
        models.Recommendation(
            org_id=current.id,
            as_of=current.as_of,
            thresholds_version=settings.thresholds_version,
            total_customers=total_customers,
            customers=curve.customers,
            returning_customers=curve.returning_customers,
            returns=curve.returns,
            unfinished=curve.unfinished,
            horizon_days=curve.horizon_days,
            return_within_days=RETURN_DAYS,
            thresholds=[
                _threshold(proposal, curve)
                for proposal in threshold_proposals(curve, settings.thresholds)
            ],
            curve=[_point(point) for point in curve.points(CURVE_STEP_DAYS)],
        )
    )


def _threshold(proposal: ThresholdProposal, curve: ReturnCurve) -> models.ThresholdRecommendation:
    return models.ThresholdRecommendation(
        threshold=proposal.threshold,
        share=SHARES[proposal.threshold],
        proposed=_measured_model(proposal.proposed, curve) if proposal.proposed else None,
        reason=proposal.reason,
        detail=proposal.reason.sentence if proposal.reason else None,
        in_force=_measured_model(proposal.in_force, curve),
    )


def _measured_model(days: MeasuredDays, curve: ReturnCurve) -> models.MeasuredDays:
    return models.MeasuredDays(
        days=days.days,
        returned=days.returned,
        return_probability=_probability(days.returning),
        at_risk=curve.at_risk(days.days),
    )


def _point(point: CurvePoint) -> models.CurvePoint:
    return models.CurvePoint(
        days=point.days,
        away=point.away,
        at_risk=point.at_risk,
        return_probability=_probability(point.returning),
    )


def _probability(share: Share | None) -> models.ReturnProbability | None:
    return (
        models.ReturnProbability(value=share.value, low=share.low, high=share.high)
        if share
        else None
    )
