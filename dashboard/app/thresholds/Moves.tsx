import Link from 'next/link';

import { HeatTable } from '../../components/charts/HeatTable';
import { SegmentName } from '../../components/SegmentName';
import type { Schemas } from '../../lib/api/client';
import type { Formats } from '../../lib/format/format';
import { stepOf } from '../../lib/format/heat';
import { SEGMENTS, SEGMENT_LABELS } from '../../lib/format/segments';
import styles from './thresholds.module.css';

/** Who would move from which segment to which one. */
export function Moves({ preview, formats }: { preview: Schemas['ThresholdsPreview']; formats: Formats }) {
  const cells = new Map(preview.matrix.map((cell) => [`${cell.fromSegment} ${cell.toSegment}`, cell]));
  const changes = new Map(preview.segments.map((segment) => [segment.segment, segment]));
  return (
    <div className="stack">
      <p className={styles.sum} role="status">
        <strong data-moving>{formats.count(preview.movingCustomers)}</strong> of{' '}
        {formats.count(preview.totalCustomers)} customers would move; their lifetime value is{' '}
        {formats.roundMoney(preview.movingLifetimeValue)}. As of {formats.instant(preview.asOf)}.
      </p>
      <HeatTable
        label="Customers by segment now and then"
        corner="Now, then"
        lead="Now → then"
        columns={SEGMENTS.map((id) => SEGMENT_LABELS[id])}
        rows={SEGMENTS.map((from) => {
          const change = changes.get(from);
          return {
            id: from,
            name: <SegmentName id={from} />,
            lead: `${formats.count(change?.countBefore)} → ${formats.count(change?.countAfter)}`,
            cells: SEGMENTS.map((to) => {
              const cell = cells.get(`${from} ${to}`);
              const customers = cell?.customers ?? 0;
              return {
                text: customers === 0 ? '·' : formats.count(customers),
                step: from === to ? 0 : stepOf(customers, change?.countBefore ?? 0),
                sentence:
                  from === to
                    ? `${formats.count(customers)} customers stay in ${SEGMENT_LABELS[from]}`
                    : `${formats.count(customers)} customers would move from ${SEGMENT_LABELS[from]} to ` +
                      `${SEGMENT_LABELS[to]}, lifetime value ${formats.roundMoney(cell?.lifetimeValue)}`,
              };
            }),
          };
        })}
      />
      {preview.sampleCustomers.length > 0 && (
        <details>
          <summary>The most valuable who would move</summary>
          <ul className={styles.sample}>
            {preview.sampleCustomers.map((customer) => (
              <li key={customer.customerKey}>
                <Link prefetch={false} href={`/customer?key=${customer.customerKey}`}>
                  <bdi>{customer.displayName ?? customer.email ?? 'No name'}</bdi>
                </Link>
                <span>
                  {customer.segment && <SegmentName id={customer.segment} />} → <SegmentName id={customer.toSegment} />
                </span>
                <span>{formats.money(customer.lifetimeValue)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
