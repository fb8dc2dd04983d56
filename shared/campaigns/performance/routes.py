"""Routes about the performance of campaigns."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from shared.campaigns.campaign import is_campaign_id
from shared.campaigns.events.counter_store import CampaignCounters
from shared.campaigns.performance import answers as models
from shared.campaigns.performance import presentation
from shared.campaigns.performance.lift_store import Measurements
from shared.campaigns.performance.performance import statistics
from shared.campaigns.performance.totals_store import CampaignTotals
from shared.campaigns.query import CampaignPath
from shared.campaigns.store import CampaignStore
from shared.kernel.errors import NotFoundError
from shared.web.answers import SIGNED_IN, answer, signed_in_responses
from shared.web.context import organization
from shared.web.parameters import OrganizationQuery

routes = APIBlueprint(
    "campaign_performance",
    __name__,
    url_prefix="/v1",
    abp_tags=[Tag(name="Campaigns", description="Whom to write to, and who is held out.")],
    abp_security=SIGNED_IN,
)


@routes.get(
    "/campaigns/<id>/performance",
    operation_id="getCampaignPerformance",
    responses=signed_in_responses(models.CampaignPerformance),
)
def get_campaign_performance(path: CampaignPath, query: OrganizationQuery) -> Response:
    """Get a campaign's messages, credited and incremental revenue, and return.

    Credited revenue is current; incremental revenue is measured nightly and `final` once the
    window has closed. Costs three document reads, and one per shard of its counters.
    """
    current = organization()
    campaign = None
    if is_campaign_id(path.id):
        campaign = current.open(CampaignStore).campaign(path.id)
    if campaign is None:
        raise NotFoundError("There is no such campaign.")
    measurements = current.open(Measurements)
    state = measurements.state()
    fields = presentation.performance_fields(
        campaign,
        current.open(CampaignCounters).of(campaign.id),
        measurements.one(state, campaign.id),
        current.settings().time_zone,
    )
    return answer(models.CampaignPerformance.of(current, state, **fields))


@routes.get(
    "/campaigns/stats",
    operation_id="getCampaignStats",
    responses=signed_in_responses(models.CampaignStats),
)
def get_campaign_stats(query: OrganizationQuery) -> Response:
    """Get the figures of the dashboard's overview, over all campaigns.

    Costs a document read per status and thousand campaigns of it, and one per shard of their
    counters.
    """
    current = organization()
    by_status = current.open(CampaignTotals).by_status()
    counters = current.open(CampaignCounters).all()
    return answer(presentation.stats(current.id, statistics(by_status, counters.values())))
