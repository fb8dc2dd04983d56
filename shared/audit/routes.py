"""Routes of the quality of the data."""

from collections.abc import Sequence
from typing import TypeVar

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.audit.answers import (
    BusyCustomer,
    Quality,
    QualityCheck,
    QualityFinding,
    UnprocessedOrder,
)
from shared.audit.report import RESULT, Depth
from shared.reconciliation.stores.unprocessed_store import UnprocessedReader
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.models import ApiModel
from shared.web.parameters import OrganizationQuery

M = TypeVar("M", bound=ApiModel)

routes = APIBlueprint(
    "quality",
    __name__,
    url_prefix="/v1/analytics",
    abp_tags=[Tag(name="Quality", description="Whether the stored numbers match the orders.")],
    abp_security=SIGNED_IN,
)


@routes.get("/quality", operation_id="getQuality", responses=signed_in_responses(Quality))
def get_quality(query: OrganizationQuery) -> Response:
    """Get the checks, differences and repairs of the last audit, and its findings on orders.

    Costs two document reads, or one plus one per unprocessed order.
    """
    current = organization()
    state = current.results.state(RESULT)
    is_computed = state is not None and state.computed_at is not None
    summary = state.summary if state and is_computed else {}
    return answer(
        Quality.of(
            current,
            state,
            depth=Depth(summary["depth"]) if "depth" in summary else None,
            checks=_stored(QualityCheck, summary.get("checks")),
            findings=_stored(QualityFinding, summary.get("findings")),
            busy_customers=_stored(BusyCustomer, summary.get("busy_customers")),
            unprocessed_orders=[
                UnprocessedOrder(
                    order_id=order.order_id,
                    error=order.error,
                    first_failed_at=order.first_failed_at,
                    last_failed_at=order.last_failed_at,
                )
                for order in current.open(UnprocessedReader).orders()
            ],
        )
    )


def _stored(model: type[M], stored: Sequence[object] | None) -> list[M] | None:
    """Part of a report; None if the last one, or an earlier version's, does not have it."""
    return None if stored is None else [model.model_validate(each) for each in stored]
