import type { Schemas } from '../api/client';

/** The levels of churn risk, highest first. */
export const RISK_LABELS: Readonly<Record<Schemas['RiskLevel'], string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};

export const RISKS = Object.keys(RISK_LABELS) as readonly Schemas['RiskLevel'][];

/** What each kind of model goes by. */
export const MODEL_LABELS: Readonly<Record<Schemas['ModelKind'], string>> = {
  base_rate: 'Base rate',
  recency_rule: 'Recency rule',
  bg_nbd: 'BG/NBD',
  mbg_nbd: 'MBG/NBD',
  pareto_nbd: 'Pareto/NBD',
  logistic: 'Logistic regression',
};
