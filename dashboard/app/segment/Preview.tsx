'use client';

import Link from 'next/link';

import { Known } from '../../components/Known';
import { Problem } from '../../components/Problem';
import { SegmentName } from '../../components/SegmentName';
import { answered, type Schemas } from '../../lib/api/client';
import { useAnswer, type Answer } from '../../lib/api/useAnswer';
import type { Written } from '../../lib/conditions/definition';
import type { Formats } from '../../lib/format/format';
import { useDebounced } from '../../lib/live/useDebounced';
import styles from './segment.module.css';

/** Every preview reads all customers: it waits until nothing has changed for so long. */
const STILL_MILLISECONDS = 700;

/** Who meets the conditions now; null asks nothing. */
export function usePreview(conditions: Written['body'] | null): Answer<Schemas['CustomSegmentPreview']> {
  const body = useDebounced(conditions === null ? null : JSON.stringify(conditions), STILL_MILLISECONDS);
  return useAnswer(body, (api, signal) =>
    answered(api.POST('/v1/custom-segments:preview', { body: JSON.parse(body ?? '{}'), signal })),
  );
}

/** Who meets the conditions now: at once, for a click (`count`), or not where the account may not count. */
export function Preview({
  preview,
  mayCount,
  count,
  complete,
  hasErrors,
  formats,
}: {
  preview: Answer<Schemas['CustomSegmentPreview']>;
  mayCount: boolean;
  count: (() => void) | null;
  complete: boolean;
  hasErrors: boolean;
  formats: Formats;
}) {
  const { data, error, loading, reload } = preview;
  return (
    <section className={`panel ${styles.preview}`} aria-labelledby="preview">
      <header>
        <h2 id="preview">Who meets them now</h2>
      </header>
      <div className="inside" role="status" aria-live="polite">
        {!mayCount ? (
          <p className="quiet">Your account may not count customers by conditions.</p>
        ) : count ? (
          <div className="stack">
            <p className="quiet">Counting reads every customer. Change a condition, or count as it is.</p>
            <button className="button" type="button" onClick={count}>
              Count them now
            </button>
          </div>
        ) : !complete ? (
          <p className="quiet">Fill in every condition to see who meets them.</p>
        ) : error ? (
          hasErrors ? (
            <p className={styles.error}>A condition is not accepted: see the reason beside it.</p>
          ) : (
            <Problem error={error} retry={reload} />
          )
        ) : data === undefined ? (
          <span className="skeleton">
            <span className="hidden">Counting…</span>
          </span>
        ) : (
          <div aria-busy={loading}>
            <p className={styles.count}>
              <strong data-preview>{formats.count(data.customerCount)}</strong> of {formats.count(data.totalCustomers)}{' '}
              customers
            </p>
            <dl className={styles.figures}>
              <div>
                <dt>Share</dt>
                <dd>
                  <Known value={data.share} format={formats.share} otherwise="No customers" />
                </dd>
              </div>
              <div>
                <dt>Lifetime value</dt>
                <dd>{formats.roundMoney(data.lifetimeValue)}</dd>
              </div>
              <div>
                <dt>Average order</dt>
                <dd>
                  <Known value={data.averageOrderValue} format={formats.money} otherwise="No orders" />
                </dd>
              </div>
            </dl>
          </div>
        )}
      </div>
      {complete && data && data.sampleCustomers.length > 0 && (
        <>
          <h3 className="inside">The most valuable of them</h3>
          <ul className={styles.sample}>
            {data.sampleCustomers.map((customer) => (
              <li key={customer.customerKey}>
                <Link prefetch={false} href={`/customer?key=${customer.customerKey}`}>
                  <bdi>{customer.displayName ?? customer.email ?? 'No name'}</bdi>
                </Link>
                {customer.segment && <SegmentName id={customer.segment} />}
                <span>{formats.money(customer.lifetimeValue)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {complete && data && <footer>As of {formats.instant(data.asOf)}</footer>}
    </section>
  );
}
