'use client';

import { useState, type FormEvent } from 'react';

import { Choice } from '../../components/Choice';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import { CONSENT_LABELS, CONSENTS, TIER_LABELS, TIERS } from '../../lib/format/profiles';
import { RISK_LABELS, RISKS } from '../../lib/format/predictions';
import { SEGMENTS, SEGMENT_LABELS } from '../../lib/format/segments';
import styles from './Filters.module.css';

export interface FilterValues {
  segment: string;
  risk: string;
  tier: string;
  tag: string;
  emailConsent: string;
  smsConsent: string;
  search: string;
  lastOrderFrom: string;
  lastOrderTo: string;
  minTotalSpent: string;
  maxTotalSpent: string;
  sort: Schemas['SortField'];
  order: Schemas['SortOrder'];
}

const SORTS: Readonly<Record<Schemas['SortField'], string>> = {
  lastOrderDate: 'Last order',
  totalSpent: 'Total spent',
  orderCount: 'Orders',
  avgOrderValue: 'Average order',
  displayName: 'Name',
  predictedLtv: 'Predicted value',
};

const CONSENT_OPTIONS: readonly (readonly [string, string])[] = [
  ['', 'Any'],
  ...CONSENTS.map((consent) => [consent, CONSENT_LABELS[consent]] as const),
];

const EMPTY = {
  segment: '',
  risk: '',
  tier: '',
  tag: '',
  emailConsent: '',
  smsConsent: '',
  search: '',
  lastOrderFrom: '',
  lastOrderTo: '',
  minTotalSpent: '',
  maxTotalSpent: '',
} as const;

/** The parameters of `/v1/customers` for what is filled in. */
export function queryOf(values: FilterValues) {
  const text = (value: string) => value.trim() || undefined;
  const number = (value: string) => (value.trim() === '' ? undefined : Number(value));
  return {
    segment: text(values.segment) as Schemas['Segment'] | undefined,
    risk: text(values.risk) as Schemas['RiskLevel'] | undefined,
    tier: text(values.tier) as Schemas['LoyaltyTier'] | undefined,
    tag: text(values.tag),
    emailConsent: text(values.emailConsent) as Schemas['Consent'] | undefined,
    smsConsent: text(values.smsConsent) as Schemas['Consent'] | undefined,
    search: text(values.search),
    lastOrderFrom: text(values.lastOrderFrom),
    lastOrderTo: text(values.lastOrderTo),
    minTotalSpent: number(values.minTotalSpent),
    maxTotalSpent: number(values.maxTotalSpent),
    sort: values.sort,
    order: values.order,
  };
}

/** What is typed applies when it is sent; what is chosen applies at once. */
export function Filters({
  values,
  onChange,
}: {
  values: FilterValues;
  onChange(values: FilterValues): void;
}) {
  const [typed, setTyped] = useState(values);
  const custom = useAnswer('custom segments', (api, signal) =>
    answered(api.GET('/v1/custom-segments', { signal })),
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    onChange(typed);
  }
  function type(change: Partial<FilterValues>) {
    setTyped({ ...typed, ...change });
  }
  function choose(change: Partial<FilterValues>) {
    const changed = { ...typed, ...change };
    setTyped(changed);
    onChange(changed);
  }

  return (
    <form className={`panel ${styles.filters}`} role="search" onSubmit={submit}>
      <label className={`field ${styles.search}`}>
        Search
        <input
          type="search"
          value={typed.search}
          maxLength={256}
          placeholder="Name, e-mail or phone"
          onChange={(event) => type({ search: event.target.value })}
        />
      </label>
      <label className="field">
        Segment
        <select value={typed.segment} onChange={(event) => choose({ segment: event.target.value })}>
          <option value="">All</option>
          {SEGMENTS.map((id) => (
            <option key={id} value={id}>
              {SEGMENT_LABELS[id]}
            </option>
          ))}
          {custom.data && custom.data.customSegments.length > 0 && (
            <optgroup label="Custom segments">
              {custom.data.customSegments.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </optgroup>
          )}
        </select>
      </label>
      <Choice
        name="Churn risk"
        value={typed.risk}
        options={[['', 'Any'], ...RISKS.map((risk): [string, string] => [risk, RISK_LABELS[risk]])]}
        onChange={(risk) => choose({ risk })}
      />
      <Choice
        name="Tier"
        value={typed.tier}
        options={[['', 'Any'], ...TIERS.map((tier): [string, string] => [tier, TIER_LABELS[tier]])]}
        onChange={(tier) => choose({ tier })}
      />
      <Choice
        name="E-mail consent"
        value={typed.emailConsent}
        options={CONSENT_OPTIONS}
        onChange={(emailConsent) => choose({ emailConsent })}
      />
      <Choice
        name="Text consent"
        value={typed.smsConsent}
        options={CONSENT_OPTIONS}
        onChange={(smsConsent) => choose({ smsConsent })}
      />
      <label className="field">
        Tag
        <input
          type="text"
          value={typed.tag}
          maxLength={200}
          onChange={(event) => type({ tag: event.target.value })}
        />
      </label>
      <label className="field">
        Sorted by
        <select
          value={typed.sort}
          onChange={(event) => choose({ sort: event.target.value as Schemas['SortField'] })}
        >
          {Object.entries(SORTS).map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        Order
        <select
          value={typed.order}
          onChange={(event) => choose({ order: event.target.value as Schemas['SortOrder'] })}
        >
          <option value="desc">Descending</option>
          <option value="asc">Ascending</option>
        </select>
      </label>
      <label className="field">
        Last order from
        <input
          type="date"
          value={typed.lastOrderFrom}
          onChange={(event) => type({ lastOrderFrom: event.target.value })}
        />
      </label>
      <label className="field">
        Last order until
        <input
          type="date"
          value={typed.lastOrderTo}
          onChange={(event) => type({ lastOrderTo: event.target.value })}
        />
      </label>
      <label className={`field ${styles.amount}`}>
        Spent at least
        <input
          type="number"
          min="0"
          step="0.01"
          value={typed.minTotalSpent}
          onChange={(event) => type({ minTotalSpent: event.target.value })}
        />
      </label>
      <label className={`field ${styles.amount}`}>
        Spent at most
        <input
          type="number"
          min="0"
          step="0.01"
          value={typed.maxTotalSpent}
          onChange={(event) => type({ maxTotalSpent: event.target.value })}
        />
      </label>
      <div className={styles.actions}>
        <button className="button primary" type="submit">
          Search
        </button>
        <button className="button" type="button" onClick={() => choose(EMPTY)}>
          Clear
        </button>
      </div>
    </form>
  );
}
