'use client';

import { inWords } from '../../lib/conditions/catalogue';
import type { OrderPart, OrdersDraft } from '../../lib/conditions/draft';
import { useOffered } from './CatalogueContext';
import styles from './segment.module.css';
import { Checked, Lines, wordLabel } from './Values';

const EVENTS: Readonly<Record<OrdersDraft['event'], string>> = {
  ordered: 'they ordered',
  did_not_order: 'they did not order',
};
const WINDOWS: Readonly<Record<OrdersDraft['window'], string>> = {
  ever: 'at any time',
  inTheLastDays: 'in the last … days',
  moreThanDaysAgo: 'more than … days ago',
  between: 'between two days',
};

/** A condition on single orders: which ones, how many or how much, and when. */
export function Orders({ condition, onChange }: { condition: OrdersDraft; onChange(next: OrdersDraft): void }) {
  const { catalogue } = useOffered();
  const set = (parts: Partial<OrdersDraft>) => onChange({ ...condition, ...parts });
  return (
    <>
      <select
        aria-label="Event"
        value={condition.event}
        onChange={(event) => set({ event: event.target.value as OrdersDraft['event'] })}
      >
        {Object.entries(EVENTS).map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
      <select
        aria-label="When"
        value={condition.window}
        onChange={(event) => set({ window: event.target.value as OrdersDraft['window'] })}
      >
        {Object.entries(WINDOWS).map(([id, text]) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
      {(condition.window === 'inTheLastDays' || condition.window === 'moreThanDaysAgo') && (
        <Number label="Days" value={condition.days} onChange={(days) => set({ days })} />
      )}
      {condition.window === 'between' && (
        <>
          <Day label="First day" value={condition.from} onChange={(from) => set({ from })} />
          and
          <Day label="Last day" value={condition.to} onChange={(to) => set({ to })} />
        </>
      )}
      <details className={styles.more} open={isNarrowed(condition)}>
        <summary>Which orders, how many</summary>
        <div className={styles.narrowing}>
          <label className="field">
            Times, at least
            <Number label="Times, at least" value={condition.atLeastTimes} onChange={(atLeastTimes) => set({ atLeastTimes })} />
          </label>
          <label className="field">
            Spent, at least
            <Number label="Spent, at least" value={condition.atLeastAmount} onChange={(atLeastAmount) => set({ atLeastAmount })} />
          </label>
          {catalogue.orderParts.map(({ name, values }) => {
            const part = name as OrderPart;
            const label = inWords(name);
            const put = (next: readonly string[]) => set({ parts: { ...condition.parts, [part]: next } });
            const chosen = condition.parts[part] ?? [];
            return (
              <div className="field" key={name}>
                {label}
                {values ? (
                  <Checked label={label} words={values.map((word) => [word, wordLabel(word)])} values={chosen} onChange={put} />
                ) : (
                  <Lines label={label} placeholder="Any; or one on each line" values={chosen} onChange={put} />
                )}
              </div>
            );
          })}
        </div>
      </details>
    </>
  );
}

function isNarrowed({ atLeastTimes, atLeastAmount, parts }: OrdersDraft): boolean {
  return (
    atLeastTimes !== '1' || atLeastAmount !== '' || Object.values(parts).some((values) => values.length > 0)
  );
}

function Number({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) {
  return (
    <input
      className={styles.number}
      aria-label={label}
      inputMode="decimal"
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function Day({ label, value, onChange }: { label: string; value: string; onChange(value: string): void }) {
  return <input aria-label={label} type="date" value={value} onChange={(event) => onChange(event.target.value)} />;
}
