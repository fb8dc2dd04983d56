"""Groups of customers worth acting on."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.history.counts_store import SegmentCounts
from shared.insights.generation import suggestion_text
from shared.insights.insight_card import WordingSource
from shared.insights.rendering import Style
from shared.insights.routes import wording
from shared.insights.store import InsightStore
from shared.kernel.facts import Fact, FactUnit
from shared.suggestions import answers as models
from shared.suggestions.filters import Filter, FilterField
from shared.suggestions.store import CustomerGroups
from shared.suggestions.suggestions import Suggestion, candidates, suggestions
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.parameters import OrganizationQuery
from shared.web.units import units

CREATE_PLAYBOOK = "Create Playbook"
"""Label of the dashboard's button where no playbook exists yet."""

routes = APIBlueprint(
    "suggestions",
    __name__,
    url_prefix="/v1/segments",
    abp_tags=[Tag(name="Segments", description="Customers by segment.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/suggestions",
    operation_id="listSegmentSuggestions",
    responses=signed_in_responses(models.Suggestions),
)
def list_suggestions(query: OrganizationQuery) -> Response:
    """Suggest groups of customers worth acting on.

    Usually costs at most ten document reads, one per counter shard, and one more per thousand
    customers that a suggestion selects.
    """
    current = organization()
    settings = current.settings()
    behind = current.open(SegmentCounts).behind_since(current.as_of) is not None
    outdated = current.open(SegmentCounts).segment_counts().outdated(settings.rules)
    groups = candidates(settings.thresholds)
    counts = current.open(CustomerGroups).selected(
        [group.filters for group in groups], current.as_of
    )
    insights = current.open(InsightStore).find().state
    wording_source = insights if settings.claude_wording else None
    style = Style(currency=settings.currency, time_zone=settings.time_zone)
    return answer(
        models.Suggestions(
            org_id=current.id,
            as_of=current.as_of,
            thresholds_version=settings.thresholds_version,
            stale=behind or outdated > 0,
            wording=wording(insights.wording) if insights else None,
            suggestions=[
                _suggestion(each, suggestion_text(wording_source, each, style))
                for each in suggestions(zip(groups, counts, strict=True))
            ],
        )
    )


def _suggestion(suggestion: Suggestion, by_claude: str | None) -> models.SegmentSuggestion:
    candidate, group_size = suggestion.candidate, suggestion.selected
    return models.SegmentSuggestion(
        id=candidate.id,
        name=candidate.name,
        description=candidate.description,
        filters=[_filter(each) for each in candidate.filters],
        estimated_count=group_size.customers,
        exact=True,
        lifetime_value=units(group_size.lifetime_value_cents),
        reasoning=suggestion.reasoning if by_claude is None else by_claude,
        reasoning_source=WordingSource.RULES if by_claude is None else WordingSource.CLAUDE,
        facts=[_fact(each) for each in suggestion.facts],
        playbook_kind=candidate.playbook,
        cta_label=CREATE_PLAYBOOK if candidate.playbook else None,
        status_hint=None,
    )


def _filter(each: Filter) -> models.SuggestionFilter:
    return models.SuggestionFilter.model_validate(
        {
            "field": each.field,
            "operator": each.operator,
            "value": [_value(each, part) for part in each.value]
            if isinstance(each.value, tuple)
            else _value(each, each.value),
        }
    )


def _value(each: Filter, value: int | str) -> int | float | str:
    if each.field is FilterField.TOTAL_SPENT and isinstance(value, int):
        return units(value)
    return value


def _fact(fact: Fact) -> models.SuggestionFact:
    if fact.unit is FactUnit.CENTS:
        return models.SuggestionFact(
            id=fact.id, label=fact.label, value=units(int(fact.value)), unit="currency"
        )
    return models.SuggestionFact(
        id=fact.id, label=fact.label, value=fact.value, unit=fact.unit.value
    )
