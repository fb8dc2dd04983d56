"""Whether the numbers can be trusted."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from functions.http.answers import SIGNED_IN, answer, signed_in_responses
from functions.http.context import organization
from functions.http.parameters import OrganizationQuery
from functions.http.product_models import ComputedStatus
from functions.http.quality_models import Quality, QualityCheck
from shared.audit.report import RESULT

routes = APIBlueprint(
    "quality",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Quality", description="Whether the stored numbers are what orders say.")],
    abp_security=SIGNED_IN,
)


@routes.get("/quality", operation_id="getQuality", responses=signed_in_responses(Quality))
def get_quality(query: OrganizationQuery) -> Response:
    """Show what the last audit checked, found and put right.

    Costs one document read.
    """
    current = organization()
    state = current.results.state(RESULT)
    computed = state is not None and state.computed_at is not None
    return answer(
        Quality(
            org_id=current.id,
            computed_at=state.computed_at if state else None,
            status=ComputedStatus(state.status) if state else ComputedStatus.PENDING,
            stale=state.stale(current.as_of) if state else True,
            last_error=state.last_error if state else None,
            source_rows=state.source_rows if state else None,
            lag_seconds=state.lag_seconds if state else None,
            checks=[QualityCheck.model_validate(check) for check in state.summary["checks"]]
            if state and computed
            else None,
        )
    )
