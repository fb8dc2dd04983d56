"""Routes of an organisation's thresholds: read, preview, save, roll back, and follow the
evaluation."""

from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.customers.presentation import sample_fields, threshold_values
from shared.customers.record_store import CustomerRecords
from shared.customers.scan_store import CustomerScan
from shared.history.counts_store import SegmentCounts
from shared.kernel.errors import DefinitionError, InvalidBodyError
from shared.rules import thresholds_answers as models
from shared.rules.context import segment_rules
from shared.rules.store import SavedRules
from shared.segments.classify import classify
from shared.segments.conditions.values import cents
from shared.segments.preview import preview_thresholds
from shared.segments.segment import Segment
from shared.segments.threshold_version import ThresholdSource, ThresholdVersion
from shared.segments.thresholds import (
    STORED_NAMES,
    SettingProblem,
    Thresholds,
    thresholds_from,
)
from shared.web.answers import (
    SIGNED_IN,
    WITH_BODY,
    WITH_MATCH,
    answer,
    signed_in_responses,
)
from shared.web.bodies import json_pointer
from shared.web.context import organization, require_editor
from shared.web.limits import check_scanner, count_change, count_scan
from shared.web.models import SettingsProblem
from shared.web.parameters import OrganizationQuery, PageQuery
from shared.web.preconditions import MatchHeader, require_match
from shared.web.units import units

routes = APIBlueprint(
    "thresholds",
    __name__,
    url_prefix="/v1/settings",
    abp_tags=[
        Tag(name="Thresholds", description="The organisation's own numbers behind the segments.")
    ],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/thresholds",
    operation_id="getThresholds",
    responses=signed_in_responses(models.ThresholdSettings),
)
def get_thresholds(query: OrganizationQuery) -> Response:
    """Get the thresholds in force.

    The `ETag` identifies the version, for the `If-Match` of a change.
    """
    return _thresholds()


@routes.put(
    "/thresholds",
    operation_id="putThresholds",
    responses=signed_in_responses(
        models.ThresholdSettings, *WITH_BODY, *WITH_MATCH, HTTPStatus.TOO_MANY_REQUESTS
    ),
)
def put_thresholds(
    header: MatchHeader, query: OrganizationQuery, body: models.ThresholdsBody
) -> Response:
    """Set the thresholds.

    Every customer is then evaluated under them in the background; see
    `/v1/settings/thresholds/status` for progress. The previous version is kept. Values equal to
    those in force change nothing. The dashboard's loyalty settings get the same values.
    """
    by = require_editor()
    thresholds = _thresholds_in(body)
    count_change()
    segment_rules().save_thresholds(
        thresholds, by=by, source=ThresholdSource.API, check=_require_match
    )
    return _thresholds()


@routes.post(
    "/thresholds:preview",
    operation_id="previewThresholds",
    responses=signed_in_responses(
        models.ThresholdsPreview, *WITH_BODY, HTTPStatus.TOO_MANY_REQUESTS
    ),
)
def preview(query: OrganizationQuery, body: models.ThresholdsBody) -> Response:
    """Preview the effect of thresholds on every customer. Nothing is written.

    The result is exact and costs one document read per customer.
    """
    current = organization()
    check_scanner()
    thresholds = _thresholds_in(body)
    count_scan()
    effect = preview_thresholds(current.open(CustomerScan).candidates(), thresholds, current.as_of)
    customers = current.open(CustomerRecords).customers_by_key(
        [each.customer_key for each in effect.samples]
    )
    return answer(
        models.ThresholdsPreview(
            org_id=current.id,
            as_of=current.as_of,
            thresholds=threshold_values(thresholds),
            thresholds_version=thresholds.version,
            total_customers=sum(tally.customers for tally in effect.cells.values()),
            moving_customers=effect.moving.customers,
            moving_lifetime_value=units(effect.moving.lifetime_value_cents),
            segments=[
                models.SegmentChange(
                    segment=segment,
                    label=segment.label,
                    count_before=before.customers,
                    count_after=after.customers,
                    lifetime_value_before=units(before.lifetime_value_cents),
                    lifetime_value_after=units(after.lifetime_value_cents),
                )
                for segment in Segment
                for before, after in [(effect.before(segment), effect.after(segment))]
            ],
            matrix=[
                models.PreviewCell(
                    from_segment=before,
                    to_segment=after,
                    customers=tally.customers,
                    lifetime_value=units(tally.lifetime_value_cents),
                )
                for before in Segment
                for after in Segment
                for tally in [effect.cell(before, after)]
            ],
            sample_customers=[
                models.MovingCustomer(
                    **sample_fields(customer),
                    to_segment=classify(customer.totals, thresholds, current.as_of).segment,
                )
                for customer in customers
            ],
        )
    )


@routes.post(
    "/thresholds:rollback",
    operation_id="rollBackThresholds",
    responses=signed_in_responses(
        models.ThresholdSettings, *WITH_BODY, *WITH_MATCH, HTTPStatus.TOO_MANY_REQUESTS
    ),
)
def roll_back(header: MatchHeader, query: OrganizationQuery, body: models.RollbackBody) -> Response:
    """Restore the values of an earlier version, as a new version."""
    by = require_editor()
    rules = segment_rules()
    version = rules.version(body.version)
    if version is None:
        raise InvalidBodyError("must be the number of a saved version", pointer="/version")
    count_change()
    rules.save_thresholds(
        version.thresholds,
        by=by,
        source=ThresholdSource.ROLLBACK,
        rolled_back_to=version.number,
        check=_require_match,
    )
    return _thresholds()


@routes.get(
    "/thresholds/versions",
    operation_id="listThresholdVersions",
    responses=signed_in_responses(models.ThresholdVersions),
)
def list_versions(query: PageQuery) -> Response:
    """List every saved version of the thresholds, with its author and time.

    Costs one document read per version on the page, and one more.
    """
    current = organization()
    pager = current.pager("threshold versions", token=query.page_token)
    (before,) = pager.after() or [None]
    versions = segment_rules().versions(limit=query.page_size + 1, before=before)
    page = versions[: query.page_size]
    return answer(
        models.ThresholdVersions(
            org_id=current.id,
            versions=[_version(each) for each in page],
            next_page_token=pager.next_token(
                [page[-1].number] if len(versions) > len(page) else None
            ),
        )
    )


@routes.get(
    "/thresholds/status",
    operation_id="getReclassification",
    responses=signed_in_responses(models.ReclassificationStatusModel),
)
def get_status(query: OrganizationQuery) -> Response:
    """Get the progress of evaluating customers under the rules in force.

    Covers changes of thresholds and of custom segments. Costs one document read per counter shard
    and a few more.
    """
    current = organization()
    # Rules first: otherwise newer ones could be said to be worked through that are not.
    settings = current.fresh_settings()
    state = segment_rules().reclassification()
    counts = current.open(SegmentCounts).segment_counts()
    return answer(
        models.ReclassificationStatusModel(
            org_id=current.id,
            as_of=current.as_of,
            status=state.status if state else "idle",
            settled=state.settled if state else True,
            rules_revision=settings.rules.revision,
            thresholds_version=settings.thresholds_version,
            processed=state.processed if state else 0,
            total=state.total if state else None,
            moved=state.moved if state else 0,
            failed=state.failed if state else 0,
            outdated=counts.outdated(settings.rules),
            pending_revision=state.pending_revision if state else None,
            last_error=state.last_error if state else None,
            started_at=state.started_at if state else None,
            updated_at=state.updated_at if state else None,
            completed_at=state.completed_at if state else None,
        )
    )


def _thresholds() -> Response:
    current = organization()
    saved_rules = segment_rules().current()
    settings = current.fresh_settings()
    return answer(
        models.ThresholdSettings(
            org_id=current.id,
            version=saved_rules.rules.thresholds_number,
            thresholds_version=saved_rules.rules.thresholds.version,
            rules_revision=saved_rules.rules.revision,
            thresholds=threshold_values(saved_rules.rules.thresholds),
            defaults=threshold_values(Thresholds()),
            pending=saved_rules.pending is not None,
            settings_problems=[
                SettingsProblem(field=problem.field, detail=problem.detail)
                for problem in settings.problems
            ],
        ),
        etag=_etag(saved_rules),
    )


def _etag(saved_rules: SavedRules) -> str:
    """Return the ETag, which also covers values of the dashboard that are still to be taken over: a
    change would undo them."""
    parts = [str(saved_rules.rules.thresholds_number), saved_rules.rules.thresholds.version]
    if saved_rules.pending is not None:
        parts.append(saved_rules.pending.version)
    return "-".join(parts)


def _require_match(saved_rules: SavedRules) -> None:
    require_match(_etag(saved_rules))


def _thresholds_in(body: models.ThresholdsBody) -> Thresholds:
    for name in body.thresholds.keys() - STORED_NAMES.keys():
        raise InvalidBodyError(
            "is not the name of a threshold", pointer=json_pointer(["thresholds", name])
        )
    for name, field in STORED_NAMES.items():
        pointer = f"/thresholds/{name}"
        if name not in body.thresholds:
            raise InvalidBodyError("is required", pointer=pointer)
        if isinstance(body.thresholds[name], str):  # as the loyalty settings may hold it
            raise InvalidBodyError("must be a number, not text", pointer=pointer)
        if field.endswith("_cents"):
            _check_money(body.thresholds[name], pointer)
    thresholds = thresholds_from(body.thresholds)
    if isinstance(thresholds, SettingProblem):
        raise InvalidBodyError(thresholds.detail, pointer=f"/thresholds/{thresholds.field}")
    return thresholds


def _check_money(value: object, pointer: str) -> None:
    """Finer amounts are refused, as in conditions: rounding would move the threshold."""
    try:
        cents(value, pointer)
    except DefinitionError as error:
        raise InvalidBodyError(error.detail, pointer=error.pointer) from error


def _version(version: ThresholdVersion) -> models.ThresholdVersionModel:
    return models.ThresholdVersionModel(
        version=version.number,
        thresholds_version=version.thresholds.version,
        thresholds=threshold_values(version.thresholds),
        saved_at=version.saved_at,
        saved_by=version.saved_by,
        source=version.source,
        rolled_back_to=version.rolled_back_to,
    )
