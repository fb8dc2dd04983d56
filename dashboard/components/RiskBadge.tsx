import type { Schemas } from '../lib/api/client';
import { RISK_LABELS } from '../lib/format/predictions';

const KINDS: Readonly<Record<Schemas['RiskLevel'], string>> = {
  critical: 'bad',
  high: 'warning',
  medium: 'info',
  low: 'good',
};

export function RiskBadge({ level }: { level: Schemas['RiskLevel'] }) {
  return <span className={`badge ${KINDS[level]}`}>{RISK_LABELS[level]}</span>;
}
