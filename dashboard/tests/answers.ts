// An answer of the API to each route that the pages ask for: what a fake API gives a browser. They are
// typed as the API describes them, so that a field removed there turns the build red here.
import type { components } from '../lib/api/schema.ts';
import { customers } from './answers/customers.ts';
import { NOW, NIGHT, ORG, SEGMENTS, ready, counts, total, day, month } from './answers/shop.ts';

export * from './answers/customers.ts';
export * from './answers/predictions.ts';
export { NOW } from './answers/shop.ts';

type Schemas = components['schemas'];

export const me: Schemas['Me'] = {
  uid: 'someone',
  role: 'brand_admin',
  orgId: ORG,
  ownOrgId: ORG,
  orgClaim: 'orgId',
  otherOrgIds: [],
  namableOrganizations: 'own',
  mayChange: ['thresholds', 'customSegments', 'campaigns', 'insights'],
  mayReadAll: true,
  currency: 'USD',
  timeZone: 'America/New_York',
};

export const segments: Schemas['Segments'] = {
  orgId: ORG,
  asOf: NOW,
  basis: 'current',
  stale: false,
  totalCustomers: total,
  thresholdsVersion: '7f3a',
  rulesRevision: 3,
  countedUnder: [],
  settingsProblems: [],
  segments: SEGMENTS.map((id, index) => ({
    id,
    label: { vip: 'VIP', at_risk: 'At Risk', high_value: 'High Value' }[id as string] ?? id[0]!.toUpperCase() + id.slice(1),
    description: 'A sentence about the segment.',
    count: counts[index]!,
    share: counts[index]! / total,
    lifetimeValue: counts[index]! * 213.5,
    averageOrderValue: 61.25,
  })),
  customSegments: [],
};

export const history: Schemas['SegmentHistory'] = {
  orgId: ORG,
  asOf: NOW,
  timeZone: 'America/New_York',
  basis: 'recorded',
  interval: 'day',
  stale: false,
  intervals: Array.from({ length: 30 }, (_, index) => ({
    from: day(29 - index),
    to: day(29 - index),
    closingAt: `${day(28 - index)}T04:59:59Z`,
    segments: SEGMENTS.map((id, place) => ({ id, opening: counts[place]! - 1, entered: 2, left: 1, count: counts[place]! })),
    customSegments: null,
    complete: index < 29,
    newCustomers: 3,
  })) as unknown as Schemas['SegmentHistory']['intervals'],
};

export const customSegments: Schemas['CustomSegments'] = { orgId: ORG, customSegments: [] } as unknown as Schemas['CustomSegments'];

export const suggestions: Schemas['Suggestions'] = {
  orgId: ORG,
  asOf: NOW,
  thresholdsVersion: '7f3a',
  stale: false,
  wording: null,
  suggestions: [],
};

export const overview: Schemas['Overview'] = {
  orgId: ORG,
  asOf: NOW,
  stale: false,
  timeZone: 'America/New_York',
  totalRevenue: 262144.5,
  totalOrders: 4321,
  averageOrderValue: 60.67,
  salesByProduct: Array.from({ length: 10 }, (_, index) => ({
    productId: `p${index}`,
    productName: ['Blue Dream 3.5g', 'Sour Gummies', 'Vape Cartridge', 'Pre-Roll Pack', 'Tincture', 'Cold Brew', 'Chocolate Bar', 'Live Resin', 'Topical Balm', 'Grinder'][index]!,
    revenue: 32000 / (index + 1),
  })),
  salesByCategory: ['Flower', 'Edibles', 'Vapes', 'Concentrates'].map((category, index) => ({
    category,
    revenue: 90000 / (index + 1),
  })),
  repeatCustomerRate: 0.413,
  uniqueCustomerCount: total,
  last30DaysRevenue: 18234.75,
  last30DaysOrders: 301,
  prev30DaysRevenue: 17102.1,
  prev30DaysOrders: 296,
  dailyStats: Array.from({ length: 30 }, (_, index) => ({
    date: day(29 - index),
    gmv: 520 + 130 * Math.sin(index / 2),
    orders: 9 + (index % 5),
    newCustomers: index % 4,
    returningOrders: 6,
    sessions: 60,
    checkoutsStarted: 20,
    paidCheckouts: 8,
  })),
  dataNote: 'Over all counted orders.',
  churnRate: 0.067,
  cohorts: null,
  affinityPairs: null,
  nightly: [
    { ...ready, field: 'salesByProduct' },
    { ...ready, field: 'churnRate' },
  ],
  conversionFunnel: null,
  channelPerformance: [],
  notComputed: [],
};

export const funnel: Schemas['Funnel'] = {
  orgId: ORG,
  asOf: NOW,
  timeZone: 'America/New_York',
  days: 30,
  from: day(29),
  to: day(0),
  measured: true,
  measuredFrom: day(20),
  stages: [
    { stage: 'Sessions', count: 1802, shareOfPrevious: null, shareOfFirst: 1 },
    { stage: 'Checkouts Started', count: 611, shareOfPrevious: 0.339, shareOfFirst: 0.339 },
    { stage: 'Paid Orders', count: 242, shareOfPrevious: 0.396, shareOfFirst: 0.134 },
  ] as Schemas['Funnel']['stages'],
  channels: [
    { channel: 'online', sessions: 1802, checkoutsStarted: 611, paid: 242, revenue: 14210.5, orders: 242, conversionRate: 0.134 },
    { channel: 'in_store', sessions: null, checkoutsStarted: null, paid: null, revenue: 4024.25, orders: 59, conversionRate: null },
  ] as Schemas['Funnel']['channels'],
  daily: Array.from({ length: 30 }, (_, index) => {
    const known = index >= 9;
    return {
      date: day(29 - index),
      sessions: known ? 80 + (index % 7) * 5 : null,
      checkoutsStarted: known ? 28 : null,
      paid: known ? 11 : null,
    };
  }),
  eventsWithoutSession: 4,
};

/** As many cohorts of as many periods; of the newest one, the first period alone is over. */
export function cohortsOf(size: number, granularity: Schemas['Granularity'] = 'month'): Schemas['Cohorts'] {
  return {
    ...ready,
    asOf: NOW,
    granularity,
    mode: 'in',
    keptFrom: month(size),
    mean: Array.from({ length: size }, (_, period) => (period === 0 ? 1 : 0.42 * 0.93 ** period)),
    values: null,
    valuesFound: null,
    cohorts: Array.from({ length: size }, (_, age) => ({
      cohort: month(age),
      value: null,
      size: 120 - age,
      periods: Array.from({ length: size }, (_, period) => {
        if (period > age) return null;
        const retention = period === 0 ? 1 : Math.max(0, 0.45 * 0.92 ** period - 0.0007 * age);
        return {
          period,
          label: month(age - period),
          customers: Math.round((120 - age) * retention),
          retention,
          orders: 30,
          revenue: 1800,
          cumulativeRevenuePerCustomer: 61.5 * (period + 1),
          complete: period < age,
          mayGrow: period === age,
        };
      }),
    })),
    nextPageToken: null,
  };
}

export const cohorts = cohortsOf(12);

export const cohortCustomers = {
  orgId: ORG,
  asOf: NOW,
  cohort: month(3),
  granularity: 'month',
  mode: 'in',
  period: 1,
  from: '2026-09-01',
  to: '2026-09-30',
  returned: true,
  breakdown: null,
  value: null,
  customers: customers.customers.slice(0, 6),
  segment: { name: 'Cohort 2026-08, ordered in 2026-09', description: 'Customers of a cell.', definition: {} },
  nextPageToken: null,
} as unknown as Schemas['CohortCustomers'];

export const affinity: Schemas['Affinity'] = {
  ...ready,
  orders: 3980,
  ordersCut: 0,
  sizeFactor: 1.31,
  pairsTested: 512,
  pairsFound: 96,
  pairsKept: 96,
  matching: 15,
  pairs: Array.from({ length: 15 }, (_, index) => ({
    productIdA: `a${index}`,
    productA: ['Sour Gummies', 'Blue Dream 3.5g', 'Vape Cartridge'][index % 3]!,
    productIdB: `b${index}`,
    productB: ['Cold Brew', 'Rolling Papers', 'Battery', 'Grinder'][index % 4]!,
    categoryA: 'Edibles',
    categoryB: 'Accessories',
    count: 12 + index * 9,
    customers: 10 + index * 6,
    support: 0.003 * (index + 1),
    confidenceAB: 0.31,
    confidenceBA: 0.12,
    lift: 6.1 - index * 0.3,
    liftAdjusted: 4.8 - index * 0.22,
    liftLower: 3.1 - index * 0.13,
    pValue: 0.0001,
    qValue: 0.002,
  })),
};

export const products: Schemas['Products'] = {
  orgId: ORG,
  asOf: NOW,
  status: 'ready',
  computedAt: NIGHT,
  lastFullDay: day(1),
  stale: false,
  lastError: null,
  total: 61,
  products: Array.from({ length: 15 }, (_, index) => ({
    productId: `p${index}`,
    productName: `Product ${index + 1}`,
    category: index % 5 === 4 ? null : 'Flower',
    units: 800 - index * 31,
    revenue: 32000 / (index + 1),
    unitsLast7Days: 21 - index,
    revenueLast7Days: 640 - index * 20,
    unitsLast30Days: 92 - index * 3,
    revenueLast30Days: 3680 - index * 120,
    velocity: (21 - index) / 7,
    trending: 21 - index > 14,
    lastSaleOn: index === 14 ? null : day(index),
  })),
  nextPageToken: 'next',
};

export const churn = {
  ...ready,
  days: 30,
  from: '2026-10-28T08:00:00Z',
  to: NIGHT,
  notChurnedAtStart: 571,
  churned: 38,
  churnRate: 0.0665,
  churnedAndWonBack: 4,
  newCustomers: 24,
  bySegment: SEGMENTS.filter((id) => id !== 'churned').map((segment, index) => ({
    segment,
    notChurnedAtStart: 120 - index * 12,
    churned: index * 2,
    churnRate: (index * 2) / (120 - index * 12),
    churnedAndWonBack: index % 2,
  })),
} as unknown as Schemas['ChurnAnswer'];

const cells = [...SEGMENTS, 'none' as const].flatMap((from, row) =>
  SEGMENTS.map((to, column) => ({ from, to, customers: row === column ? 90 : Math.max(0, 9 - row - column) })),
) as Schemas['MatrixCell'][];

export const transitions: Schemas['Transitions'] = {
  orgId: ORG,
  openingAt: '2026-10-28T04:00:00Z',
  closingAt: '2026-11-27T05:00:00Z',
  basis: 'recorded',
  stale: false,
  opening: SEGMENTS.map((segment, index) => ({ segment, customers: counts[index]! })),
  closing: SEGMENTS.map((segment, index) => ({ segment, customers: counts[index]! })),
  arrived: 24,
  left: 1,
  cells,
};

export const months: Schemas['MonthlyTransitions'] = {
  ...ready,
  timeZone: 'America/New_York',
  thresholdsVersion: '7f3a',
  months: [2, 1].map((before) => ({
    month: month(before),
    opening: transitions.opening,
    closing: transitions.closing,
    newCustomers: 21,
    cells,
  })),
};

export const rfm: Schemas['Rfm'] = {
  ...ready,
  customers: total,
  bands: (['recency', 'frequency', 'monetary'] as const).flatMap((dimension) =>
    [1, 2, 3, 4, 5].map((score) => ({ dimension, score, customers: 200, least: score * 10, most: score * 10 + 9 })),
  ),
  cells: [1, 2, 3, 4, 5].flatMap((recency) =>
    [1, 2, 3, 4, 5].map((frequency) => ({
      recency,
      frequency,
      monetary: frequency,
      customers: 5 + recency * frequency,
      orders: 40,
      revenue: 2400,
      meanRecencyDays: 40,
    })),
  ),
};

export const insights = {
  orgId: ORG,
  asOf: NOW,
  status: 'ready',
  generatedAt: NIGHT,
  validUntil: '2026-11-28T08:00:00Z',
  stale: false,
  wording: null,
  overview: null,
  insights: [],
  missing: [],
} as unknown as Schemas['Insights'];

export const quality: Schemas['Quality'] = {
  ...ready,
  depth: 'nightly',
  checks: [],
  findings: [],
  busyCustomers: [],
  unprocessedOrders: [],
};

export const transitionCustomers: Schemas['TransitionCustomers'] = {
  orgId: ORG,
  openingAt: transitions.openingAt,
  closingAt: transitions.closingAt,
  customers: customers.customers.slice(0, 4).map((each) => ({
    openingSegment: 'vip',
    closingSegment: 'loyal',
    customer: each,
  })),
  nextPageToken: null,
};
