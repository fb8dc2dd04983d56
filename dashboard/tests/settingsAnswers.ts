// Answers to what the pages for segments of one's own and for thresholds ask.
import type { components } from '../lib/api/schema.ts';
import { customers, NOW, segments } from './answers.ts';

type Schemas = components['schemas'];

const ORG = 'org_fake';
const at = { createdAt: NOW, createdBy: 'someone', updatedAt: NOW, updatedBy: 'someone' } as const;
const sample = customers.customers.slice(0, 3).map(({ customerKey, displayName, email, segment }, index) => ({
  customerKey,
  displayName,
  email,
  segment,
  lifetimeValue: 900 - index * 100,
  orderCount: 12 - index,
}));

export const conditionFields: Schemas['ConditionFields'] = {
  fields: [
    {
      name: 'totalSpent',
      type: 'money',
      description: 'Sum of all counted orders.',
      operators: ['equals', 'at_least', 'less_than', 'between', 'exists'],
      vocabulary: null,
      values: null,
    },
    {
      name: 'segment',
      type: 'text',
      description: 'The customer’s segment, one of the eight.',
      operators: ['equals', 'in'],
      vocabulary: 'segment',
      values: segments.segments.map(({ id }) => id),
    },
    {
      name: 'lastOrderDate',
      type: 'date',
      description: 'Date of the latest order.',
      operators: ['at_least', 'less_than', 'between'],
      vocabulary: null,
      values: null,
    },
  ],
  events: ['ordered', 'did_not_order'],
  orderParts: [
    { name: 'product', values: null },
    { name: 'channel', values: ['online', 'in_store'] },
  ],
  messageEvents: ['received', 'did_not_receive'],
  windows: ['ever', 'inTheLastDays', 'moreThanDaysAgo', 'between'],
  limits: {
    conditions: 50,
    levels: 5,
    children: 20,
    values: 100,
    textLength: 200,
    nameLength: 100,
    descriptionLength: 500,
    customSegments: 100,
  },
};

export const customSegment: Schemas['CustomSegmentModel'] = {
  id: 'cs_0123456789ab',
  orgId: ORG,
  name: 'Spent much, away for long',
  description: 'Worth a call.',
  definition: {
    any: [
      { field: 'totalSpent', operator: 'at_least', value: 300 },
      { not: { event: 'ordered', channel: 'online', when: { inTheLastDays: 60 } } },
    ],
  },
  filters: null,
  version: 2,
  customerCount: 37,
  lifetimeValue: 18200.5,
  stale: false,
  evaluation: { status: 'complete', processed: 1000, total: 1000 },
  ...at,
};

export const customSegmentPreview: Schemas['CustomSegmentPreview'] = {
  orgId: ORG,
  asOf: NOW,
  definition: customSegment.definition,
  customerCount: 37,
  share: 0.037,
  totalCustomers: 1000,
  lifetimeValue: 18200.5,
  averageOrderValue: 54.1,
  sampleCustomers: sample,
};

const values: Schemas['ThresholdValues'] = {
  loyal_minOrders: 2,
  vip_minLifetimeValue: 500,
  vip_minOrders: 8,
  vip_minAOV: 50,
  highValue_minAOV: 75,
  highValue_maxOrders: 5,
  frequent_minOrders: 5,
  frequent_maxAOV: 60,
  slipping_minDays: 30,
  atRisk_minDays: 60,
  churned_minDays: 90,
  new_maxDays: 30,
};

export const thresholds: Schemas['ThresholdSettings'] = {
  orgId: ORG,
  version: 2,
  thresholdsVersion: '7f3a',
  rulesRevision: 3,
  thresholds: values,
  defaults: values,
  pending: false,
  settingsProblems: [],
};

export const thresholdsStatus: Schemas['ReclassificationStatusModel'] = {
  orgId: ORG,
  asOf: NOW,
  status: 'complete',
  settled: true,
  rulesRevision: 3,
  thresholdsVersion: '7f3a',
  processed: 1000,
  total: 1000,
  moved: 41,
  failed: 0,
  outdated: 0,
  pendingRevision: null,
  lastError: null,
  startedAt: NOW,
  updatedAt: NOW,
  completedAt: NOW,
};

export const thresholdsPreview: Schemas['ThresholdsPreview'] = {
  orgId: ORG,
  asOf: NOW,
  thresholds: values,
  thresholdsVersion: '81bc',
  totalCustomers: 1000,
  movingCustomers: 9,
  movingLifetimeValue: 5100,
  segments: segments.segments.map(({ id, label, count, lifetimeValue }) => ({
    segment: id,
    label,
    countBefore: count,
    countAfter: count,
    lifetimeValueBefore: lifetimeValue ?? 0,
    lifetimeValueAfter: lifetimeValue ?? 0,
  })),
  matrix: [
    { fromSegment: 'vip', toSegment: 'vip', customers: 32, lifetimeValue: 20000 },
    { fromSegment: 'vip', toSegment: 'loyal', customers: 9, lifetimeValue: 5100 },
  ],
  sampleCustomers: sample.map((customer) => ({ ...customer, toSegment: 'loyal' as const })),
};

const measured = (days: number) => ({
  days,
  returned: 0.8,
  returnProbability: { value: 0.3, low: 0.25, high: 0.35 },
  atRisk: 210,
});

export const recommendation: Schemas['Recommendation'] = {
  orgId: ORG,
  asOf: NOW,
  returnWithinDays: 90,
  returns: 812,
  returningCustomers: 401,
  thresholds: [
    { threshold: 'slipping_minDays', share: 0.75, proposed: measured(24), reason: null, detail: null, inForce: measured(30) },
    { threshold: 'atRisk_minDays', share: 0.9, proposed: measured(51), reason: null, detail: null, inForce: measured(60) },
    {
      threshold: 'churned_minDays',
      share: 0.95,
      proposed: null,
      reason: 'still_returning',
      detail: 'Customers still return after as long as there is data for.',
      inForce: measured(90),
    },
  ],
  curve: [0, 15, 30, 60, 90, 120].map((days) => ({
    days,
    away: 1 - days / 150,
    returnProbability: { value: 0.9 * 0.98 ** days, low: null, high: null },
    atRisk: 300 - days,
  })),
} as unknown as Schemas['Recommendation'];

export const versions: Schemas['ThresholdVersions'] = {
  orgId: ORG,
  versions: [2, 1].map((version) => ({
    version,
    thresholdsVersion: `v${version}`,
    thresholds: { ...values, vip_minOrders: 6 + version },
    savedAt: NOW,
    savedBy: 'someone',
    source: 'api',
    rolledBackTo: null,
  })),
  nextPageToken: null,
};
