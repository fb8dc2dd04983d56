"""Segments of an organisation."""

from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.firestore.changes import changes as changes_of
from shared.history.counts_store import SegmentCounts
from shared.history.past import is_behind, past_counts
from shared.history.presentation import past_segments
from shared.history.query import (
    Basis,
    SegmentsQuery,
    closing_of,
    includes_custom_segments,
)
from shared.history.segments_answers import CountedUnder, CustomSegmentCount, Segments
from shared.history.segments_presentation import segment_summary
from shared.kernel.errors import InvalidParameterError
from shared.organizations.settings import OrganizationSettings
from shared.segments.summary import segment_shares
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.cached_responses import PageState, cached_response
from shared.web.context import Organization, organization
from shared.web.limits import count_scan
from shared.web.models import SettingsProblem
from shared.web.parameter_types import Point
from shared.web.preconditions import NoneMatchHeader
from shared.web.units import units

routes = APIBlueprint(
    "segments",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Segments", description="Customers by segment.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/segments",
    operation_id="listSegments",
    responses=signed_in_responses(Segments, HTTPStatus.TOO_MANY_REQUESTS, cacheable=True),
)
def list_segments(header: NoneMatchHeader, query: SegmentsQuery) -> Response:
    """Count customers by segment, now or at a past instant.

    Costs one document read per counter shard and five more, regardless of the number of customers;
    two reads if the caller's cached answer is still current. A past instant on the basis `recorded`
    costs one read per thousand transitions recorded since, but at least 18, and two per custom
    segment if requested; on the basis `restated`, one per customer.
    """
    current = organization()
    if query.at is not None:
        basis = query.basis or Basis.RECORDED
        with_custom = includes_custom_segments(query.include, basis)
        return answer(_past(current, query.at, basis, with_custom=with_custom))
    if query.basis is not None:
        raise InvalidParameterError("requires `at`", parameter="basis")
    changes = current.open(changes_of)
    behind_since = current.open(SegmentCounts).behind_since(current.as_of)

    def page(settings: OrganizationSettings) -> Segments:
        counts = current.open(SegmentCounts).segment_counts()
        return Segments(
            org_id=current.id,
            as_of=behind_since or current.as_of,
            basis="current",
            stale=behind_since is not None or counts.outdated(settings.rules) > 0,
            total_customers=counts.totals["customers"],
            thresholds_version=settings.thresholds_version,
            rules_revision=settings.rules.revision,
            counted_under=[
                CountedUnder(
                    thresholds_version=version, rules_revision=revision, customers=customers
                )
                for version, revision, customers in counts.counted_under()
            ],
            settings_problems=_problems(settings),
            segments=[segment_summary(share) for share in segment_shares(counts.segments)],
            custom_segments=[
                CustomSegmentCount(
                    id=id,
                    count=counter["customers"],
                    lifetime_value=units(counter["lifetime_value_cents"]),
                )
                for id, counter in sorted(counts.custom.items())
                if id in settings.rules.custom.ids and counter["customers"]
            ],
        )

    state = PageState(
        name="segments", organization=current, changes=changes, behind_since=behind_since
    )
    return cached_response(state, page)


def _past(current: Organization, point: Point, basis: Basis, *, with_custom: bool) -> Segments:
    # A segment that was created a moment ago is there.
    settings = current.fresh_settings() if with_custom else current.settings()
    at = closing_of(point, settings.time_zone, current.as_of, parameter="at")
    if basis is Basis.RESTATED:
        count_scan()
    behind = is_behind(current, at, basis)
    counts = past_counts(current, settings, at, basis, with_custom=with_custom)
    return Segments(
        org_id=current.id,
        as_of=at,
        basis=basis.value,
        stale=behind,
        total_customers=sum(share.customers for share in counts.segments),
        thresholds_version=settings.thresholds_version,
        rules_revision=settings.rules.revision,
        counted_under=[],
        settings_problems=_problems(settings),
        segments=past_segments(counts, basis),
        custom_segments=[
            CustomSegmentCount(id=id, count=count, lifetime_value=None)
            for id, count in counts.custom.items()
        ]
        if counts.custom is not None
        else None,
    )


def _problems(settings: OrganizationSettings) -> list[SettingsProblem]:
    return [
        SettingsProblem(field=problem.field, detail=problem.detail) for problem in settings.problems
    ]
