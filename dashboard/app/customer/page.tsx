'use client';

import Link from 'next/link';
import { useSearchParams } from 'next/navigation';
import { Suspense, type ReactNode } from 'react';

import { Asked, Lines } from '../../components/Asked';
import { Known } from '../../components/Known';
import { Names } from '../../components/Names';
import { Notice } from '../../components/Notice';
import { SegmentName } from '../../components/SegmentName';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import { placeLabel } from '../../lib/format/segments';
import { useFormats } from '../../lib/format/useFormats';
import styles from './customer.module.css';
import { PredictionSection } from './PredictionSection';
import { ProfileSection } from './ProfileSection';
import { TimelineSection } from './TimelineSection';

export default function CustomerPage() {
  return (
    <Suspense fallback={<Lines />}>
      <CustomerOfAddress />
    </Suspense>
  );
}

function CustomerOfAddress() {
  const key = useSearchParams().get('key') ?? '';
  const answer = useAnswer(`customer ${key}`, (api, signal) =>
    answered(
      api.GET('/v1/customers/{customerKey}', { params: { path: { customerKey: key } }, signal }),
    ),
  );
  const formats = useFormats();
  return (
    <div className="stack">
      <p>
        <Link prefetch={false} href="/customers">All customers</Link>
      </p>
      {answer.data === undefined && <h1 className="hidden">Customer</h1>}
      <Asked answer={answer} wait={<Lines count={8} />}>
        {(customer) => (
          <div className="stack">
            <Head customer={customer} />
            {customer.stale && (
              <Notice kind="warning" title="The segment is about to be decided again">
                <p>The time for it is over; that is made up for within minutes.</p>
              </Notice>
            )}
            <dl className={styles.figures}>
              <Figure name="Total spent" value={formats.money(customer.totalSpent)} />
              <Figure name="Orders" value={formats.count(customer.orderCount)} />
              <Figure
                name="Average order"
                value={<Known value={customer.avgOrderValue} format={formats.money} otherwise="No orders" />}
              />
              <Figure name="First order" value={<Known value={customer.firstOrderDate} format={formats.day} otherwise="No orders" />} />
              <Figure
                name="Last order"
                value={<Known value={customer.lastOrderDate} format={formats.day} otherwise="No orders" />}
                note={customer.daysSinceLastOrder === null ? undefined : `${customer.daysSinceLastOrder} days ago`}
              />
            </dl>
            <div className="halves">
              <Why customer={customer} formats={formats} />
              <PredictionSection customer={customer} formats={formats} />
            </div>
            <ProfileSection customer={customer} formats={formats} />
          </div>
        )}
      </Asked>
      {key !== '' && <TimelineSection customerKey={key} formats={formats} />}
    </div>
  );
}

function Head({ customer }: { customer: Schemas['CustomerDetail'] }) {
  return (
    <div className="pagehead">
      <div>
        <h1>
          <bdi>{customer.displayName ?? 'No name'}</bdi>
        </h1>
        <p>
          <bdi>{[customer.email, customer.phone].filter(Boolean).join(' · ') || 'No contact'}</bdi>
        </p>
      </div>
      {customer.segment && (
        <span className={`panel ${styles.segment}`}>
          <SegmentName id={customer.segment} />
        </span>
      )}
    </div>
  );
}

function Figure({ name, value, note }: { name: string; value: ReactNode; note?: string }) {
  return (
    <div className="panel">
      <dt>{name}</dt>
      <dd>{value}</dd>
      {note && <dd className="quiet small">{note}</dd>}
    </div>
  );
}

function Why({ customer, formats }: { customer: Schemas['CustomerDetail']; formats: Formats }) {
  const { why, nextTransition } = customer;
  return (
    <section className="panel" aria-labelledby="why">
      <header>
        <h2 id="why">Why this segment</h2>
        <p>As of {formats.instant(customer.asOf)}</p>
      </header>
      <div className={`inside ${styles.why}`}>
        <p>{why.explanation}</p>
        <ul>
          <li>
            In it since{' '}
            <b>
              <Known value={customer.segmentSince} format={formats.instant} otherwise="In no segment" />
            </b>
          </li>
          <li>
            {nextTransition ? (
              <>
                Without another order: <b>{placeLabel(nextTransition.toSegment)}</b> on{' '}
                <b>{formats.instant(nextTransition.at)}</b>
              </>
            ) : (
              'Without another order it stays as it is'
            )}
          </li>
          {customer.preferredCategories.length > 0 && (
            <li>
              Spends most on{' '}
              <b>
                <Names names={customer.preferredCategories} />
              </b>
            </li>
          )}
        </ul>
      </div>
    </section>
  );
}
