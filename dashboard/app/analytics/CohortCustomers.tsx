'use client';

import Link from 'next/link';
import { useEffect, useRef } from 'react';

import { Asked } from '../../components/Asked';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import styles from './CohortCustomers.module.css';

export interface CohortCell {
  cohort: string;
  period: number;
  label: string;
  granularity: Schemas['Granularity'];
  mode: Schemas['Mode'];
}

/** The first customers of a cell of the heatmap. */
export function CohortCustomers({
  cell,
  onClose,
  formats,
}: {
  cell: CohortCell;
  onClose(): void;
  formats: Formats;
}) {
  const { cohort, period, granularity, mode } = cell;
  const answer = useAnswer(`cohort customers ${JSON.stringify(cell)}`, (api, signal) =>
    answered(
      api.GET('/v1/analytics/cohorts/{cohort}/customers', {
        params: { path: { cohort }, query: { period, granularity, mode, pageSize: 20 } },
        signal,
      }),
    ),
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [cell]);
  return (
    <section className={styles.customers} aria-labelledby="cell">
      <div className="pagehead">
        <h3 id="cell" ref={heading} tabIndex={-1}>
          First order in {cohort}, ordered in {cell.label}
        </h3>
        <button className="button" type="button" onClick={onClose}>
          Close
        </button>
      </div>
      <Asked answer={answer}>
        {({ customers, nextPageToken }) => (
          <>
            <ul className={styles.list}>
              {customers.map((customer) => (
                <li key={customer.id}>
                  <Link prefetch={false} href={`/customer?key=${customer.customerKey}`}>
                    <bdi>{customer.displayName ?? customer.email ?? 'No name'}</bdi>
                  </Link>{' '}
                  <span className="quiet">
                    {formats.count(customer.orderCount)} orders, {formats.money(customer.totalSpent)}
                  </span>
                </li>
              ))}
            </ul>
            {customers.length === 0 && <p className="quiet">Nobody.</p>}
            {nextPageToken !== null && <p className="quiet small">The first {customers.length} of them.</p>}
          </>
        )}
      </Asked>
    </section>
  );
}
