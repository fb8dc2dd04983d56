"""Routes about insights, answered by the function `insights`."""

from http import HTTPStatus

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import ConfigDict, Field

from shared.insights import answers as models
from shared.insights.insight_card import InsightCard, ShownFact
from shared.insights.job import make_insights
from shared.insights.state import InsightsState, WordingReport
from shared.insights.store import InsightStore
from shared.kernel.errors import InsightsOffError, NotFoundError
from shared.kernel.facts import FactUnit
from shared.web.answers import SIGNED_IN, WITH_BODY, answer, signed_in_responses
from shared.web.context import Organization, organization, require_editor
from shared.web.limits import count_refresh
from shared.web.parameters import OrganizationQuery
from shared.web.schema import DescribedOnce, untitled
from shared.web.units import units

CURRENCY = "currency"

routes = APIBlueprint(
    "insights",
    __name__,
    url_prefix="/v1",
    abp_tags=[
        Tag(
            name="Insights",
            description="Cards with the findings of the day. Relative to the URL of `insights`.",
        )
    ],
    abp_security=SIGNED_IN,
)


class InsightPath(DescribedOnce):
    """A card, by id."""

    model_config = ConfigDict(frozen=True, json_schema_extra=untitled)

    id: str = Field(description="Id of the card.")


@routes.get(
    "/insights", operation_id="listInsights", responses=signed_in_responses(models.Insights)
)
def list_insights(query: OrganizationQuery) -> Response:
    """Get the day's cards.

    Costs one document read, and one per card. This call never asks Claude.
    """
    current = organization()
    return answer(_insights(current, current.open(InsightStore).find().state))


@routes.post(
    "/insights:refresh",
    operation_id="refreshInsights",
    responses=signed_in_responses(
        models.Insights, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS
    ),
)
def refresh_insights(query: OrganizationQuery) -> Response:
    """Generate the current cards now instead of within the hour.

    Costs about 40 document reads. Claude is asked, usually once and at most twice, about texts
    whose facts have changed or that it could not word before; this may take a minute.
    """
    current = organization()
    require_editor()
    if not current.installation.insights_enabled:
        raise InsightsOffError("Insights are switched off in this installation.")
    count_refresh()
    outcome = current.run(make_insights, clock=current.clock, asked_for=True)
    return answer(_insights(current, outcome.state))


@routes.post(
    "/insights/<id>/feedback",
    operation_id="giveInsightFeedback",
    responses=signed_in_responses(models.InsightFeedback, *WITH_BODY),
)
def give_insight_feedback(
    path: InsightPath, query: OrganizationQuery, body: models.FeedbackBody
) -> Response:
    """Rate a card.

    Costs one document read and one write.
    """
    current, by = organization(), require_editor()
    card = current.open(InsightStore).card(path.id)
    if card is None:
        raise NotFoundError("The insight does not exist.")
    current.open(InsightStore).give_feedback(card, body.rating.value, by=by, at=current.as_of)
    return answer(
        models.InsightFeedback(insight_id=card.id, rating=body.rating, created_at=current.as_of)
    )


def wording(report: WordingReport) -> models.Wording:
    """Return how the texts were worded."""
    return models.Wording(
        source=report.source,
        reason=report.reason,
        prompt_version=report.prompt_version,
        model=report.model,
        tokens=models.WordingTokens(
            input=report.tokens.input, cached=report.tokens.cached, output=report.tokens.output
        ),
    )


def _insights(current: Organization, state: InsightsState | None) -> models.Insights:
    if state is None:
        return models.Insights(
            org_id=current.id,
            as_of=current.as_of,
            status=models.InsightsStatus.PENDING,
            generated_at=None,
            valid_until=None,
            stale=True,
            wording=None,
            overview=None,
            insights=[],
            missing=[],
        )
    off = not current.installation.insights_enabled
    return models.Insights(
        org_id=current.id,
        as_of=current.as_of,
        status=models.InsightsStatus.READY,
        generated_at=state.generated_at,
        valid_until=state.valid_until,
        stale=off or state.is_stale(current.as_of),
        wording=wording(state.wording),
        overview=models.OverviewText(text=state.overview, source=state.overview_source)
        if state.overview is not None
        else None,
        insights=[
            _card(card, stale=off or current.as_of >= card.valid_until)
            for card in current.open(InsightStore).cards(state)
        ],
        missing=[
            models.MissingNumbers(source=each.source, reason=each.reason) for each in state.missing
        ],
    )


def _card(card: InsightCard, *, stale: bool) -> models.Insight:
    return models.Insight.model_validate(
        {
            "id": card.id,
            "category": card.category,
            "agent_id": card.agent_id,
            "agent_name": card.agent_name,
            "title": card.title,
            "headline": card.headline,
            "subtext": card.subtext,
            "value": card.value,
            "unit": _unit(card.unit),
            "trend": card.trend,
            "trend_value": card.trend_value,
            "severity": card.severity,
            "actionable": card.actionable,
            "cta_label": card.cta_label,
            "segment": card.segment,
            "facts": [_fact(fact) for fact in card.facts],
            "at_stake": units(card.at_stake_cents),
            "data_source": card.data_source,
            "source": card.source,
            "last_updated": card.generated_at,
            "generated_at": card.generated_at,
            "valid_until": card.valid_until,
            "stale": stale,
        }
    )


def _fact(fact: ShownFact) -> models.InsightFact:
    is_money = fact.unit is FactUnit.CENTS
    return models.InsightFact.model_validate(
        {
            "id": fact.id,
            "label": fact.label,
            "value": units(int(fact.value)) if is_money else fact.value,
            "unit": _unit(fact.unit),
            "shown": fact.shown,
            "change": fact.change,
            "definition": fact.definition,
            "source": fact.source,
            "computed_at": fact.computed_at,
            "page": fact.page,
            "api": fact.api,
            "query": dict(fact.query),
        }
    )


def _unit(unit: str) -> str:
    """Money has the organisation's currency unit on the wire."""
    return CURRENCY if unit == FactUnit.CENTS else unit
