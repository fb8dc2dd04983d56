"""Custom segments: an organisation's own, by conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import ConfigDict, Field

from shared.customers.presentation import sample_fields
from shared.customers.record_store import CustomerRecords
from shared.customers.scan_store import CustomerScan
from shared.history.counts_store import SegmentCounts
from shared.kernel.errors import (
    DefinitionError,
    DefinitionsTooLargeError,
    InvalidBodyError,
    NotFoundError,
    UnstorableError,
)
from shared.kernel.money import mean_cents
from shared.organizations.settings import StoredRules
from shared.reconciliation.counters import SegmentCountsDelta
from shared.reconciliation.reclassification import Reclassification, ReclassificationStatus
from shared.rules import custom_segment_changes
from shared.rules import custom_segments_answers as models
from shared.rules.context import segment_rules
from shared.rules.custom_segment_changes import Draft
from shared.rules.thresholds_answers import SampleCustomer
from shared.segments.conditions.parse import (
    definition_json,
    parse_definition,
    parse_filters,
)
from shared.segments.custom_segment import CustomSegment, is_custom_segment_id
from shared.segments.preview import preview_members
from shared.web.answers import (
    SIGNED_IN,
    WITH_BODY,
    WITH_MATCH,
    answer,
    created,
    no_content,
    signed_in_responses,
)
from shared.web.context import organization, require_editor
from shared.web.idempotency import IdempotencyHeader, new_id
from shared.web.limits import check_scanner, count_change, count_scan
from shared.web.parameters import OrganizationQuery
from shared.web.preconditions import MatchHeader, require_match
from shared.web.schema import DescribedOnce, untitled
from shared.web.units import units, units_or_none

routes = APIBlueprint(
    "custom_segments",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Custom segments", description="Segments that the organisation defines.")],
    abp_security=SIGNED_IN,
)


class CustomSegmentPath(DescribedOnce):
    """A custom segment, by id."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    id: str = Field(description="Id of the custom segment.")


@routes.get(
    "/custom-segments",
    operation_id="listCustomSegments",
    responses=signed_in_responses(models.CustomSegments),
)
def list_custom_segments(query: OrganizationQuery) -> Response:
    """List all custom segments with their counts.

    Costs one document read per custom segment, one per counter shard and five more.
    """
    current = organization()
    segments = segment_rules().custom_segments()
    as_they_stand = _Standing.now()
    return answer(
        models.CustomSegments(
            org_id=current.id,
            as_of=current.as_of,
            custom_segments=[_model(segment, as_they_stand) for segment in segments],
        )
    )


@routes.post(
    "/custom-segments",
    operation_id="createCustomSegment",
    responses=signed_in_responses(
        models.CustomSegmentModel,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
        *WITH_BODY,
        success=HTTPStatus.CREATED,
    ),
)
def create_custom_segment(
    header: IdempotencyHeader, query: OrganizationQuery, body: models.CustomSegmentBody
) -> Response:
    """Create a custom segment.

    All customers are then evaluated in the background; `evaluation` shows the progress. From then
    on orders and the passing of time move customers in and out.
    """
    by = require_editor()
    draft = _draft(body, body.name, body.description)
    segment_id = new_id("cs", header.idempotency_key, organization().id)

    def decide(rules: StoredRules, before: CustomSegment | None, at: datetime) -> CustomSegment:
        return custom_segment_changes.new_segment(
            segment_id, draft, before, rules.definitions, by=by, at=at
        )

    count_change()
    segment = _change(segment_id, decide)
    return created(_model_now(segment), f"/v1/custom-segments/{segment_id}", etag=_etag(segment))


@routes.get(
    "/custom-segments/<id>",
    operation_id="getCustomSegment",
    responses=signed_in_responses(models.CustomSegmentModel),
)
def get_custom_segment(path: CustomSegmentPath, query: OrganizationQuery) -> Response:
    """Get one custom segment.

    The `ETag` identifies its version, for the `If-Match` of a change.
    """
    segment = None
    if is_custom_segment_id(path.id):
        segment = segment_rules().custom_segment(path.id)
    if segment is None:
        raise _not_found()
    return answer(_model_now(segment), etag=_etag(segment))


@routes.put(
    "/custom-segments/<id>",
    operation_id="putCustomSegment",
    responses=signed_in_responses(
        models.CustomSegmentModel,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
        *WITH_BODY,
        *WITH_MATCH,
    ),
)
def put_custom_segment(
    header: MatchHeader,
    path: CustomSegmentPath,
    query: OrganizationQuery,
    body: models.CustomSegmentBody,
) -> Response:
    """Change a custom segment. All customers are then re-evaluated in the background."""
    by = require_editor()
    draft = _draft(body, body.name, body.description)

    def decide(rules: StoredRules, before: CustomSegment | None, at: datetime) -> CustomSegment:
        if before is None:
            raise _not_found()
        require_match(_etag(before))
        return custom_segment_changes.changed_segment(
            before, draft, rules.definitions, by=by, at=at
        )

    if not is_custom_segment_id(path.id):
        raise _not_found()
    count_change()
    segment = _change(path.id, decide)
    return answer(_model_now(segment), etag=_etag(segment))


@routes.delete(
    "/custom-segments/<id>",
    operation_id="deleteCustomSegment",
    responses=signed_in_responses(
        None,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
        *WITH_MATCH,
        success=HTTPStatus.NO_CONTENT,
    ),
)
def delete_custom_segment(
    header: MatchHeader, path: CustomSegmentPath, query: OrganizationQuery
) -> Response:
    """Delete a custom segment that no other one refers to. Its members leave it."""
    require_editor()

    def decide(rules: StoredRules, before: CustomSegment | None, at: datetime) -> None:
        if before is None:
            raise _not_found()
        require_match(_etag(before))
        custom_segment_changes.check_unused(path.id, rules.definitions)

    if not is_custom_segment_id(path.id):
        raise _not_found()
    count_change()
    segment_rules().change_custom_segment(path.id, decide)
    organization().fresh_settings()
    return no_content()


@routes.post(
    "/custom-segments:preview",
    operation_id="previewCustomSegment",
    responses=signed_in_responses(
        models.CustomSegmentPreview, *WITH_BODY, HTTPStatus.TOO_MANY_REQUESTS
    ),
)
def preview(query: OrganizationQuery, body: models.PreviewBody) -> Response:
    """Preview the members of a custom segment. Nothing is written.

    Takes the body of a custom segment to create; the name may be omitted. The result is exact and
    costs one document read per customer.
    """
    current = organization()
    check_scanner()
    draft = _draft(body)
    rules = current.fresh_settings().rules
    custom_segment_changes.check_instants(draft)
    custom_segment_changes.check_references(draft, rules.custom.ids)
    count_scan()
    matches = rules.custom.matches(draft.definition)
    counts = preview_members(current.open(CustomerScan).subjects(), matches, current.as_of)
    members = counts.members
    samples = current.open(CustomerRecords).customers_by_key(
        [each.customer_key for each in counts.samples]
    )
    return answer(
        models.CustomSegmentPreview(
            org_id=current.id,
            as_of=current.as_of,
            definition=definition_json(draft.definition),
            customer_count=members.customers,
            share=members.customers / counts.total_customers if counts.total_customers else None,
            total_customers=counts.total_customers,
            lifetime_value=units(members.lifetime_value_cents),
            average_order_value=units_or_none(
                mean_cents(members.lifetime_value_cents, members.orders)
            ),
            sample_customers=[SampleCustomer(**sample_fields(customer)) for customer in samples],
        )
    )


def _change(segment_id: str, decide: Any) -> CustomSegment:
    try:
        segment = segment_rules().change_custom_segment(segment_id, decide)
    except UnstorableError as error:
        raise DefinitionsTooLargeError(
            "The definitions of all custom segments together are too large."
        ) from error
    assert segment is not None
    return segment


def _draft(body: models.ConditionsBody, name: str = "", description: str | None = None) -> Draft:
    """Build a draft from a body. Raises InvalidBodyError with the place of the fault."""
    if (body.definition is None) == (body.filters is None):
        raise InvalidBodyError("must have either definition or filters", pointer="")
    filters = None
    try:
        if body.filters is None:
            definition = parse_definition(body.definition)
        else:
            definition = parse_filters(body.filters)
            assert isinstance(body.filters, list)
            filters = body.filters
    except DefinitionError as error:
        raise InvalidBodyError(error.detail, pointer=error.pointer) from error
    return Draft(name=name, description=description, definition=definition, filters=filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """Custom segments with their counts and the progress of evaluation."""

    counts: SegmentCountsDelta
    state: Reclassification | None
    stale: bool

    @classmethod
    def now(cls) -> "_Standing":
        current = organization()
        # Before the counts, which can then only be further than this says.
        state = segment_rules().reclassification()
        behind = current.open(SegmentCounts).behind_since(current.as_of) is not None
        rules = current.fresh_settings().rules
        counts = current.open(SegmentCounts).segment_counts()
        return cls(counts=counts, state=state, stale=behind or counts.outdated(rules) > 0)


def _model_now(segment: CustomSegment) -> models.CustomSegmentModel:
    return _model(segment, _Standing.now())


def _model(segment: CustomSegment, standing: _Standing) -> models.CustomSegmentModel:
    counter: Mapping[str, int] = standing.counts.custom.get(segment.id, {})
    state = standing.state
    running = state is not None and state.status is ReclassificationStatus.RUNNING
    return models.CustomSegmentModel(
        id=segment.id,
        org_id=organization().id,
        name=segment.name,
        description=segment.description,
        definition=definition_json(segment.definition),
        filters=None if segment.filters is None else [dict(each) for each in segment.filters],
        version=segment.number,
        customer_count=counter.get("customers", 0),
        lifetime_value=units(counter.get("lifetime_value_cents", 0)),
        stale=standing.stale,
        evaluation=models.Evaluation(
            status="running" if running else "complete",
            processed=state.processed if state else 0,
            total=state.total if state else 0,
        ),
        created_at=segment.created_at,
        created_by=segment.created_by,
        updated_at=segment.updated_at,
        updated_by=segment.updated_by,
    )


def _etag(segment: CustomSegment) -> str:
    """Return the ETag. It includes the revision of the rules, for a segment recreated after a
    deletion."""
    return f"{segment.rules_revision}-{segment.number}"


def _not_found() -> NotFoundError:
    return NotFoundError("The custom segment does not exist.")
