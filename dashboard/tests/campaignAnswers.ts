// Answers of the API about one campaign that was sent and measured, and about a draft like it.
import type { components } from '../lib/api/schema.ts';
import { NOW } from './answers.ts';

type Schemas = components['schemas'];

const ORG = 'org_fake';
const ID = 'sc_0123456789ab';
const SENT_AT = '2026-11-10T15:00:00Z';

const leftOut: Schemas['LeftOutCount'][] = [
  { reason: 'no_consent', customers: 31 },
  { reason: 'unsubscribed', customers: 9 },
];
const reach: Schemas['Reach'] = {
  customers: 240,
  reachable: 200,
  leftOut,
  channels: [{ channel: 'email', reachable: 200, leftOut }],
};

export const campaign: Schemas['CampaignModel'] = {
  id: ID,
  orgId: ORG,
  name: 'Come back: Churned',
  description: null,
  goal: 'winback',
  channels: ['email'],
  source: { segment: 'churned' },
  rulesRevision: 3,
  status: 'sent',
  holdoutShare: 0.2,
  windowDays: 7,
  contactedWithinDays: 7,
  done: 240,
  expected: 240,
  failure: null,
  handover: null,
  treated: 160,
  heldOut: 40,
  reach,
  cost: 25,
  margin: 0.3,
  discount: null,
  frozenAt: SENT_AT,
  sentAt: SENT_AT,
  createdAt: SENT_AT,
  createdBy: 'someone',
  updatedAt: SENT_AT,
  updatedBy: 'someone',
};

export const campaigns: Schemas['Campaigns'] = { orgId: ORG, campaigns: [campaign], nextPageToken: null };

export const members: Schemas['CampaignMembers'] = {
  orgId: ORG,
  campaignId: ID,
  members: (['treated', 'held_out'] as const).map((arm) => ({
    customerKey: `key_${arm}`,
    arm,
    leftOut: null,
    segment: 'churned',
    channels: [
      { channel: 'email', leftOut: null, consent: 'granted', consentSince: SENT_AT, consentDocument: 'doc_1' },
    ],
  })),
  nextPageToken: null,
};

export const draft: Schemas['Prefill'] = {
  orgId: ORG,
  asOf: NOW,
  source: { segment: 'churned' },
  goal: 'winback',
  name: 'Winback: Churned',
  channels: ['email'],
  reach,
  valueAtStake: { lifetimeValue: 51240, last365Days: 8040 },
  suggestedTime: { weekday: 'friday', hour: 17, share: 0.08 },
  suggestedOffer: { category: 'Flower', customers: 120 },
  holdouts: [0.1, 0.5].map((share) => ({
    share,
    treated: 200 * (1 - share),
    heldOut: 200 * share,
    smallestLift: 1.5 / share,
    smallestLiftShare: 0.04 / share,
  })),
  measuredLifts: [3, 2, 1].map((number) => ({
    campaignId: `sc_00000000000${number}`,
    sentAt: `2026-0${number + 5}-01T15:00:00Z`,
    treated: 1000 * number,
    perCustomer: number,
    low: number - 1.25,
    high: number + 1.25,
  })),
  expectedLift: { campaigns: 3, perCustomer: 2.1, low: -0.4, high: 4.6 },
  cannotDetect: 'With 10% held out (20 of 200 customers), this audience cannot show less than +$15.00.',
  parameters: { goal: 'winback', segment: 'churned' },
};

const counted: Schemas['MessageCounts'] = {
  sent: 160,
  delivered: 152,
  opened: 61,
  clicked: 19,
  bounced: 8,
  complained: 0,
  unsubscribed: 3,
  deliveryRate: 0.95,
  bounceRate: 0.05,
  openRate: 0.401,
  clickRate: 0.125,
  clickToOpenRate: 0.311,
  complaintRate: 0,
  unsubscribeRate: 0.02,
};
const credited: Schemas['Credited'] = {
  orders: 18,
  revenue: 1104.5,
  averageOrderValue: 61.36,
  engagedOrders: 11,
  engagedRevenue: 702.25,
  engagedAverageOrderValue: 63.84,
};
const treated: Schemas['ArmResult'] = { customers: 160, buyers: 17, conversionRate: 0.106, orders: 18, revenue: 1120 };
const heldOut: Schemas['ArmResult'] = { customers: 40, buyers: 3, conversionRate: 0.075, orders: 3, revenue: 180 };
const lift: Schemas['LiftAmount'] = {
  perCustomer: 2.4,
  perCustomerLow: -1.1,
  perCustomerHigh: 5.9,
  total: 384,
  totalLow: -176,
  totalHigh: 944,
  pValue: 0.18,
  coverage: 0.95,
  reason: null,
  remedies: [],
};
const unknown: Schemas['LiftAmount'] = {
  perCustomer: null,
  perCustomerLow: null,
  perCustomerHigh: null,
  total: null,
  totalLow: null,
  totalHigh: null,
  pValue: null,
  coverage: 0.91,
  reason: 'low_coverage',
  remedies: ['larger_holdout'],
};

export const performance: Schemas['CampaignPerformance'] = {
  orgId: ORG,
  computedAt: '2026-11-27T08:04:00Z',
  status: 'ready',
  stale: false,
  lastError: null,
  campaignId: ID,
  name: campaign.name,
  campaignStatus: 'sent',
  sentAt: SENT_AT,
  windowDays: 7,
  windowEndsAt: '2026-11-17T15:00:00Z',
  treated: 160,
  heldOut: 40,
  messages: counted,
  channels: [{ ...counted, channel: 'email' }],
  credited,
  incremental: {
    state: 'final',
    measuredAt: '2026-11-18T08:04:00Z',
    restatedAt: null,
    isSample: false,
    treated,
    heldOut,
    revenue: lift,
    orders: { ...lift, perCustomer: 0.04, total: 6, totalLow: -2, totalHigh: 14 },
  },
  segments: [
    { segment: 'at_risk', messages: counted, credited, treated, heldOut, revenue: lift },
    { segment: 'churned', messages: counted, credited, treated, heldOut, revenue: unknown },
  ],
  days: [
    { day: '2026-11-10', creditedOrders: 6, creditedRevenue: 360, treatedOrders: 6, treatedRevenue: 400, heldOutOrders: 1, heldOutRevenue: 50 },
    { day: '2026-11-12', creditedOrders: 11, creditedRevenue: 724.5, treatedOrders: 12, treatedRevenue: 720, heldOutOrders: 2, heldOutRevenue: 130 },
    { day: '2026-11-13', creditedOrders: 1, creditedRevenue: 20, treatedOrders: null, treatedRevenue: null, heldOutOrders: null, heldOutRevenue: null },
  ],
  economics: {
    cost: 25,
    margin: 0.3,
    discount: null,
    givenAway: null,
    credited: { profit: 306.35, profitLow: null, profitHigh: null, roi: 12.25, roiLow: null, roiHigh: null, reason: null },
    incremental: { profit: 90.2, profitLow: -77.8, profitHigh: 258.2, roi: 3.61, roiLow: -3.11, roiHigh: 10.33, reason: null },
  },
};
