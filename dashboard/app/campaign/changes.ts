import { ifMatch, type Api, type Schemas } from '../../lib/api/client';

type Campaign = Schemas['CampaignModel'];

/** Changes some of a campaign, as it was when `etag` named it. */
export function changeCampaign(
  api: Api,
  campaign: Campaign,
  etag: string,
  change: Partial<Schemas['CampaignChangeBody']>,
) {
  const { name, description, cost, margin, discount, status } = campaign;
  return api.PUT('/v1/campaigns/{id}', {
    params: { path: { id: campaign.id }, header: ifMatch(etag) },
    body: { name, description, cost, margin, discount, status, ...change },
  });
}

const NEXT: Readonly<Record<Schemas['CampaignStatus'], readonly Schemas['CampaignStatus'][]>> = {
  freezing: [],
  failed: [],
  ready: ['sent', 'cancelled'],
  handed_over: ['sent', 'cancelled'],
  sent: [],
  cancelled: [],
};

/** What somebody may make of a campaign of this status. */
export function nextStatuses(status: Schemas['CampaignStatus']): readonly Schemas['CampaignStatus'][] {
  return NEXT[status];
}
