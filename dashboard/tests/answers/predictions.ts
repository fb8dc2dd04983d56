// Answers about what is predicted.
import type { components } from '../../lib/api/schema.ts';
import { customers } from './customers.ts';
import { NIGHT, month, ready } from './shop.ts';

type Schemas = components['schemas'];

export const prediction: Schemas['ChurnPrediction'] = {
  ...ready,
  horizonDays: 90,
  decision: 'MBG/NBD has the smallest log loss of 6 models at 8 past cutoffs.',
  model: {
    kind: 'mbg_nbd',
    reason: 'It had the smallest log loss on the last 8 cutoffs.',
    horizonDays: 90,
    predictsValue: true,
    fittedAt: NIGHT,
    dataUntil: NIGHT,
    evidence: {
      origins: 8,
      customers: 912,
      logLoss: 0.4412,
      brier: 0.1401,
      baseLogLoss: 0.6101,
      baseBrier: 0.2107,
      auc: 0.842,
      calibrationSlope: 0.97,
      calibrationIntercept: 0.02,
      ece: 0.021,
      ecePerfect: 0.018,
    },
  },
  levels: (['low', 'medium', 'high', 'critical'] as const).map((level, index) => ({
    level,
    customers: [402, 211, 187, 200][index]!,
    lifetimeValue: [120000, 61000, 44000, 37144.5][index]!,
    predictedLtv: [64000, 18000, 6100, 900][index]!,
  })),
  mostAtStake: customers.customers.slice(0, 3).map(({ customerKey, displayName, segment }, index) => ({
    customerKey,
    displayName,
    segment,
    churnProbability: 82 - index * 4,
    churnRiskLevel: 'critical',
    predictedLtv: 400 - index * 50,
    atStake: 330 - index * 40,
  })),
  mostAtStakeComplete: true,
  reliability: Array.from({ length: 10 }, (_, index) => {
    const predicted = 0.05 + index * 0.1;
    const observed = Math.min(1, Math.max(0, predicted + (index % 2 === 0 ? 0.02 : -0.025)));
    return { customers: 91, predicted, observed, low: Math.max(0, observed - 0.08), high: Math.min(1, observed + 0.08) };
  }),
  scores: [0, 1].flatMap((age) =>
    (['mbg_nbd', 'bg_nbd', 'base_rate'] as const).map((kind, index) => ({
      kind,
      cutoffAt: `2026-0${8 - age}-01T04:00:00Z`,
      customers: 912 - age * 40,
      logLoss: 0.44 + index * 0.08,
      brier: 0.14 + index * 0.03,
      auc: kind === 'base_rate' ? null : 0.84,
    })),
  ),
};

export const forecast: Schemas['Forecast'] = {
  ...ready,
  months: Array.from({ length: 12 }, (_, index) => ({
    from: index === 0 ? '2026-11-27' : `${index < 2 ? 2026 : 2027}-${String(((10 + index) % 12) + 1).padStart(2, '0')}-01`,
    until: '2026-12-01',
    existing: 9000 * 0.9 ** index,
    new: 1200 * (index + 1),
  })),
  total: { existing: 64000, new: 92000, low: 141000, high: 171000 },
  past: [3, 6, 9].map((before) => ({
    cutoffAt: `${month(before)}-01T05:00:00Z`,
    days: 90,
    expectedExisting: 21000,
    expectedNew: 6100,
    actualExisting: 20150 + before * 200,
    actualNew: 6800,
  })),
};
