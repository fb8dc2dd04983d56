// Answers about single customers.
import type { components } from '../../lib/api/schema.ts';
import { NOW, NIGHT, ORG, SEGMENTS } from './shop.ts';

type Schemas = components['schemas'];

export const customer: Schemas['CustomerProfile'] = {
  id: 'key_ada',
  customerKey: 'key_ada',
  orgId: ORG,
  email: 'ada@example.org',
  phone: null,
  displayName: 'Ada Example',
  segment: 'at_risk',
  segmentLabel: 'At Risk',
  segmentSince: '2026-10-20T10:00:00Z',
  customSegments: [],
  nextTransitionAt: '2026-12-20T10:00:00Z',
  totalSpent: 512.4,
  lifetimeValue: 512.4,
  orderCount: 9,
  avgOrderValue: 56.93,
  firstOrderDate: '2025-03-02T10:00:00Z',
  lastOrderDate: '2026-09-20T10:00:00Z',
  daysSinceLastOrder: 68,
  preferredCategories: ['Edibles'],
  churnProbability: 82,
  churnRiskLevel: 'critical',
  predictedLtv: 44.1,
  expectedNextOrderDate: null,
  profileIds: ['org_green_phone_5550100123'],
  firstName: 'Ada',
  lastName: 'Lovelace',
  tier: 'gold',
  points: 1240,
  tags: ['edibles', 'weekend'],
  source: 'import',
  createdAt: '2025-03-01T10:00:00Z',
  emailConsent: { consent: 'granted', since: '2025-03-01T10:00:00Z', unsubscribed: false, undeliverable: false },
  smsConsent: { consent: 'denied', since: '2026-05-01T10:00:00Z', unsubscribed: true, undeliverable: false },
  retention: {
    score: 47,
    tier: 'at_risk',
    breakdown: { recency: 5, frequencyMonetary: 22, churnInverse: 5, engagement: 15 },
    reasons: [
      'Last order 68 days ago: 5 of 30.',
      '9 orders, lifetime value 512.40: 22 of 30.',
      'Churn probability 82 %: 5 of 25.',
      '1,240 points, purchase streak 10, tier gold: 15 of 15.',
    ],
  },
};

export const customers: Schemas['Customers'] = {
  orgId: ORG,
  asOf: NOW,
  customers: Array.from({ length: 12 }, (_, index) => ({
    ...customer,
    id: `key_${index}`,
    customerKey: `key_${index}`,
    displayName: `Customer Number ${index + 1}`,
    email: `customer${index}@example.org`,
    segment: SEGMENTS[index % 8]!,
    churnProbability: 95 - index * 8,
    churnRiskLevel: (['critical', 'high', 'medium', 'low'] as const)[Math.floor(index / 3)]!,
  })),
  nextPageToken: 'next',
};

export const customerDetail = {
  ...customer,
  asOf: NOW,
  stale: false,
  why: {
    explanation: 'Last order 68 days ago: at least 60 and less than 90.',
  },
  prediction: {
    churnProbability: 0.823,
    horizonDays: 90,
    model: 'mbg_nbd',
    fittedAt: NIGHT,
    predictedLtvLow: 0,
    predictedLtvHigh: 180.5,
    reasons: [
      { aspect: 'silence', text: 'Orders every 19 days on average, silent for 68 days', effect: 1.4 },
      { aspect: 'frequency', text: '9 orders in 602 days', effect: -0.6 },
      { aspect: 'spend', text: 'Spends $56.93 per order', effect: null },
    ],
  },
  nextTransition: { at: '2026-12-20T10:00:00Z', toSegment: 'churned' },
  recentOrders: [],
} as unknown as Schemas['CustomerDetail'];

export const timeline = {
  orgId: ORG,
  asOf: NOW,
  entries: [
    {
      at: '2026-11-19T10:00:00Z',
      order: null,
      step: { from: 'loyal', to: 'at_risk', cause: 'time', customSegments: [] },
    },
  ],
  nextPageToken: null,
} as unknown as Schemas['Timeline'];
