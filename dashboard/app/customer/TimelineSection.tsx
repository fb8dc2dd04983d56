'use client';

import { useState } from 'react';

import { Asked } from '../../components/Asked';
import { Pager } from '../../components/Pager';
import { SegmentName } from '../../components/SegmentName';
import { answered, type Schemas } from '../../lib/api/client';
import { FIRST, tokenOf, type Place } from '../../lib/api/paging';
import { useAnswer } from '../../lib/api/useAnswer';
import type { Formats } from '../../lib/format/format';
import styles from './customer.module.css';

/** Orders and changes of segment, newest first. */
export function TimelineSection({ customerKey, formats }: { customerKey: string; formats: Formats }) {
  const [place, setPlace] = useState<Place>(FIRST);
  const query = { pageSize: 20, pageToken: tokenOf(place) };
  const answer = useAnswer(`timeline ${customerKey} ${query.pageToken}`, (api, signal) =>
    answered(
      api.GET('/v1/customers/{customerKey}/timeline', {
        params: { path: { customerKey }, query },
        signal,
      }),
    ),
  );
  return (
    <section className="panel" aria-labelledby="timeline">
      <header>
        <h2 id="timeline">What happened</h2>
      </header>
      <Asked answer={answer} wait={<div className="inside lines"><span className="skeleton" /></div>}>
        {({ entries, nextPageToken }) => (
          <>
            {entries.length === 0 && <p className="inside quiet">Nothing has happened yet.</p>}
            <ul className={`inside ${styles.timeline}`}>
              {entries.map((entry, index) => (
                <li key={`${entry.at} ${index}`}>
                  <time dateTime={entry.at}>{formats.instant(entry.at)}</time>
                  {entry.order && <Order order={entry.order} formats={formats} />}
                  {entry.step && <Step step={entry.step} />}
                </li>
              ))}
            </ul>
            <footer>
              <Pager place={place} nextPageToken={nextPageToken} onChange={setPlace} labels={['Newer', 'Older']} />
            </footer>
          </>
        )}
      </Asked>
    </section>
  );
}

function Order({ order, formats }: { order: Schemas['RecentOrder']; formats: Formats }) {
  return (
    <>
      <div className="wrap">
        {order.isReturn ? 'Return' : 'Order'} {!order.counted && <span className="badge">Does not count: {order.exclusion}</span>}
        <p className="quiet small">
          <bdi>{order.items.map(({ name, quantity }) => `${formats.decimal(quantity, 0)} × ${name}`).join(', ')}</bdi>
        </p>
      </div>
      <span className={order.counted ? styles.amount : styles.void}>{formats.money(order.amount)}</span>
    </>
  );
}

function Step({ step }: { step: Schemas['TimelineStep'] }) {
  return (
    <div>
      {step.from === step.to ? (
        'Custom segments changed'
      ) : (
        <>
          {step.from && (
            <>
              <SegmentName id={step.from} /> to{' '}
            </>
          )}
          <SegmentName id={step.to ?? 'none'} />
        </>
      )}
      <p className="quiet small">{step.cause}</p>
    </div>
  );
}
