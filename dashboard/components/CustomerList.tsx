import Link from 'next/link';

import type { Schemas } from '../lib/api/client';
import type { Formats } from '../lib/format/format';
import styles from './CustomerList.module.css';

/** Customers by name, with what they have spent. */
export function CustomerList({
  customers,
  formats,
}: {
  customers: readonly Schemas['CustomerProfile'][];
  formats: Formats;
}) {
  if (customers.length === 0) return <p className="quiet">Nobody on this page.</p>;
  return (
    <ul className={styles.list}>
      {customers.map((customer) => (
        <li key={customer.id}>
          <Link prefetch={false} href={`/customer?key=${customer.customerKey}`}>
            <bdi>{customer.displayName ?? customer.email ?? 'No name'}</bdi>
          </Link>{' '}
          <span className="quiet">
            {formats.count(customer.orderCount)} {customer.orderCount === 1 ? 'order' : 'orders'},{' '}
            {formats.money(customer.totalSpent)}
          </span>
        </li>
      ))}
    </ul>
  );
}
