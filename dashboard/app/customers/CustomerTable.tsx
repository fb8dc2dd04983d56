import Link from 'next/link';

import { Known } from '../../components/Known';
import { RiskBadge } from '../../components/RiskBadge';
import { SegmentName } from '../../components/SegmentName';
import { Scroll } from '../../components/Scroll';
import type { Schemas } from '../../lib/api/client';
import type { Formats } from '../../lib/format/format';
import { TIER_LABELS } from '../../lib/format/profiles';
import styles from './CustomerTable.module.css';

const COLUMNS: readonly { name: string; sort?: Schemas['SortField']; number?: boolean }[] = [
  { name: 'Customer', sort: 'displayName' },
  { name: 'Segment' },
  { name: 'Total spent', sort: 'totalSpent', number: true },
  { name: 'Orders', sort: 'orderCount', number: true },
  { name: 'Average order', sort: 'avgOrderValue', number: true },
  { name: 'Last order', sort: 'lastOrderDate', number: true },
  { name: 'Churn risk' },
  { name: 'Tier' },
];

export function CustomerTable({
  customers,
  sort,
  order,
  formats,
}: {
  customers: readonly Schemas['CustomerProfile'][];
  sort: Schemas['SortField'];
  order: Schemas['SortOrder'];
  formats: Formats;
}) {
  if (customers.length === 0) {
    return <p className={styles.nobody}>Nobody on this page fits. Clear a filter, or look at the next page.</p>;
  }
  return (
    <Scroll label="Table of customers">
      <table className="table">
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th
                scope="col"
                key={column.name}
                className={column.number ? 'number' : undefined}
                aria-sort={column.sort !== sort ? undefined : order === 'asc' ? 'ascending' : 'descending'}
              >
                {column.name}
                {column.sort === sort && (
                  <span aria-hidden="true">{order === 'asc' ? ' ↑' : ' ↓'}</span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {customers.map((customer) => (
            <tr key={customer.id}>
              <th scope="row" className={styles.who}>
                <Link prefetch={false} href={`/customer?key=${customer.customerKey}`}>
                  <bdi>{customer.displayName ?? customer.email ?? 'No name'}</bdi>
                </Link>
                {customer.displayName !== null && (
                  <p className="quiet small">
                    <bdi>{customer.email ?? customer.phone ?? ''}</bdi>
                  </p>
                )}
              </th>
              <td>{customer.segment && <SegmentName id={customer.segment} />}</td>
              <td className="number">{formats.money(customer.totalSpent)}</td>
              <td className="number">{formats.count(customer.orderCount)}</td>
              <td className="number">
                <Known value={customer.avgOrderValue} format={formats.money} otherwise="No orders" />
              </td>
              <td className="number">
                <Known value={customer.lastOrderDate} format={formats.day} otherwise="No orders" />
                <p className="quiet small">{ago(customer.daysSinceLastOrder)}</p>
              </td>
              <td className={styles.risk}>
                {customer.churnRiskLevel === null ? (
                  <Known value={null} format={String} otherwise="No model is in force" />
                ) : (
                  <>
                    <RiskBadge level={customer.churnRiskLevel} />{' '}
                    <span className="quiet small">{customer.churnProbability}%</span>
                  </>
                )}
              </td>
              <td>
                <Known
                  value={customer.tier}
                  format={(tier) => TIER_LABELS[tier]}
                  otherwise="The loyalty programme does not know the customer"
                />
                {customer.points !== null && (
                  <p className="quiet small">{formats.count(customer.points)} points</p>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function ago(days: number | null): string {
  if (days === null) return '';
  if (days === 0) return 'within a day';
  return days === 1 ? '1 day ago' : `${days} days ago`;
}
