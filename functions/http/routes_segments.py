"""Segments of an organisation."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http import models
from functions.http.answers import SIGNED_IN, answer, signed_in_responses
from functions.http.context import organization
from functions.http.parameters import OrganizationQuery
from functions.http.presentation import segment_summary
from shared.segments.summary import segment_shares

routes = APIBlueprint(
    "segments",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Segments", description="How customers spread over the eight segments.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/segments", operation_id="listSegments", responses=signed_in_responses(models.Segments)
)
def list_segments(query: OrganizationQuery) -> Response:
    """Count customers by segment.

    Costs one document read per counter shard, however many customers there are.
    """
    current = organization()
    counts = current.reader.segment_counts()
    settings = current.settings()
    return answer(
        models.Segments(
            org_id=current.id,
            as_of=current.as_of,
            total_customers=counts.totals["customers"],
            thresholds_version=settings.thresholds_version,
            settings_problems=[
                models.SettingsProblem(field=problem.field, detail=problem.detail)
                for problem in settings.problems
            ],
            segments=[segment_summary(share) for share in segment_shares(counts.segments)],
        )
    )
