import type { Schemas } from '../api/client';

export const TIER_LABELS: Readonly<Record<Schemas['LoyaltyTier'], string>> = {
  bronze: 'Bronze',
  silver: 'Silver',
  gold: 'Gold',
  platinum: 'Platinum',
};
export const TIERS = Object.keys(TIER_LABELS) as Schemas['LoyaltyTier'][];

export const CONSENT_LABELS: Readonly<Record<Schemas['Consent'], string>> = {
  granted: 'Granted',
  denied: 'Denied',
  unknown: 'Not recorded',
};
export const CONSENTS = Object.keys(CONSENT_LABELS) as Schemas['Consent'][];

export const RETENTION_LABELS: Readonly<Record<Schemas['RetentionTier'], string>> = {
  champion: 'Champion',
  engaged: 'Engaged',
  at_risk: 'At risk',
  dormant: 'Dormant',
};

/** What is known of consent on one channel, in words. */
export function consentText(said: Schemas['ChannelConsent'] | null): string {
  if (said === null) return CONSENT_LABELS.unknown;
  const notes = [said.unsubscribed && 'unsubscribed', said.undeliverable && 'bounced or complained'].filter(Boolean);
  return CONSENT_LABELS[said.consent] + (notes.length > 0 ? ` (${notes.join(', ')})` : '');
}
