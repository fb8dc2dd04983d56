"""Segments of an organisation."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http import models
from functions.http.answers import SIGNED_IN, signed_in_responses
from functions.http.context import organization
from functions.http.kept_answers import PageState, answer_unless_kept
from functions.http.parameters import OrganizationQuery
from functions.http.preconditions import NoneMatchHeader
from functions.http.presentation import segment_summary, units
from shared.organizations.settings import OrganizationSettings
from shared.segments.summary import segment_shares

routes = APIBlueprint(
    "segments",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Segments", description="How customers spread over the eight segments.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/segments",
    operation_id="listSegments",
    responses=signed_in_responses(models.Segments, kept=True),
)
def list_segments(header: NoneMatchHeader, query: OrganizationQuery) -> Response:
    """Count customers by segment.

    Costs one document read per counter shard and four more, however many customers there are; two
    reads where the answer that the caller has kept is still right.
    """
    current = organization()
    changes = current.reader.changes()
    behind_since = current.reader.behind_since(current.as_of)

    def page(settings: OrganizationSettings) -> models.Segments:
        counts = current.reader.segment_counts()
        return models.Segments(
            org_id=current.id,
            as_of=behind_since or current.as_of,
            stale=behind_since is not None or counts.outdated(settings.rules) > 0,
            total_customers=counts.totals["customers"],
            thresholds_version=settings.thresholds_version,
            rules_revision=settings.rules.revision,
            counted_under=[
                models.CountedUnder(
                    thresholds_version=version, rules_revision=revision, customers=customers
                )
                for version, revision, customers in counts.counted_under()
            ],
            settings_problems=[
                models.SettingsProblem(field=problem.field, detail=problem.detail)
                for problem in settings.problems
            ],
            segments=[segment_summary(share) for share in segment_shares(counts.segments)],
            custom_segments=[
                models.CustomSegmentCount(
                    id=id,
                    count=counted["customers"],
                    lifetime_value=units(counted["lifetime_value_cents"]),
                )
                for id, counted in sorted(counts.custom.items())
                if id in settings.rules.custom.ids and counted["customers"]
            ],
        )

    state = PageState(
        name="segments", organization=current, changes=changes, behind_since=behind_since
    )
    return answer_unless_kept(state, page)
